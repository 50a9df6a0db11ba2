import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Run } from '../../../rehearsal/executor/executor.ts';
import { byJob, type Scene, scene } from './scene.ts';

const lane = (concurrency: string, gate: string) => `
on: push
jobs:
  deploy:
    concurrency: ${concurrency}
    runs-on: x
    steps:
      - run: |
          echo "in $GITHUB_RUN_ID"
          until test -e "${gate}$GITHUB_RUN_ID"; do sleep 0.02; done
`;

const gated = (concurrency: string) => {
  const it = scene({ 'ci.yml': lane(concurrency, `\${{ github.event.gate }}`) });
  const event = { name: 'push', payload: { gate: join(it.root, 'gate-') } };
  return {
    it,
    start: () => it.start({ event }),
    open: (run: Run) => writeFileSync(join(it.root, `gate-${run.id}`), ''),
  };
};

const inside = (it: Scene, run: Run) => it.event('log', (event) => event.line === `in ${run.id}`);
const pending = (it: Scene, count: number) =>
  vi.waitFor(() => expect(it.lanes.pending('octo/shop:prod')).toBe(count));

test('with queue: max everyone waits and goes in the order of arrival', async () => {
  const { it, start, open } = gated('{ group: prod, queue: max }');
  const first = start();
  await inside(it, first);
  const second = start();
  await pending(it, 1);
  const third = start();
  await pending(it, 2);
  expect(it.events).toContainEqual(
    expect.objectContaining({ type: 'job-changed', status: 'blocked', runId: third.id }),
  );
  for (const run of [third, second, first]) open(run);
  const results = await Promise.all([first.done, second.done, third.done]);
  expect(results.map((result) => result.conclusion)).toEqual(['success', 'success', 'success']);
  const order = it.events.flatMap((event) =>
    event.type === 'log' && event.line.startsWith('in ') ? [event.runId] : [],
  );
  expect(order).toEqual([first.id, second.id, third.id]);
});

test('without it a newer one takes the place of the one that waits', async () => {
  const { it, start, open } = gated('prod');
  const first = start();
  await inside(it, first);
  const second = start();
  await pending(it, 1);
  const third = start();
  expect((await second.done).conclusion).toBe('cancelled');
  for (const run of [first, third]) open(run);
  expect((await first.done).conclusion).toBe('success');
  expect((await third.done).conclusion).toBe('success');
  expect(it.events).toContainEqual(
    expect.objectContaining({
      type: 'job-changed',
      status: 'cancelled',
      runId: second.id,
      note: "Canceling since a higher priority waiting request for 'prod' exists",
    }),
  );
});

test('cancel-in-progress ends the one inside', async () => {
  const { it, start, open } = gated('{ group: prod, cancel-in-progress: true }');
  const first = start();
  await inside(it, first);
  const second = start();
  open(second);
  expect((await first.done).conclusion).toBe('cancelled');
  expect((await second.done).conclusion).toBe('success');
});

test('a cancel takes a waiting job out of the line', async () => {
  const { it, start, open } = gated('{ group: prod, queue: max }');
  const first = start();
  await inside(it, first);
  const second = start();
  await pending(it, 1);
  second.cancel();
  expect((await second.done).conclusion).toBe('cancelled');
  expect(it.lanes.pending('octo/shop:prod')).toBe(0);
  open(first);
  expect((await first.done).conclusion).toBe('success');
});

const APPROVAL = `
on: push
jobs:
  before: { runs-on: x, steps: [{ run: 'true' }] }
  deploy:
    needs: before
    concurrency: { group: prod, queue: max }
    environment: { name: production, url: 'https://\${{ steps.at.outputs.host }}', deployment: false }
    runs-on: x
    steps: [{ id: at, run: 'echo host=shop.example >> "$GITHUB_OUTPUT"' }]
  after: { needs: deploy, runs-on: x, steps: [{ run: 'true' }] }
`;

test('approval is asked for each job, with its lane held, and no token before the yes', async () => {
  const it = scene({ 'ci.yml': APPROVAL });
  it.service.reviewers.set('production', ['hubot']);
  const run = it.start();
  const wanted = await it.event('approval-wanted');
  expect(wanted).toMatchObject({ job: 'deploy', environment: 'production', reviewers: ['hubot'] });
  expect(it.lanes.isHeld('octo/shop:prod')).toBe(true);
  expect(it.service.minted.map((one) => one.job)).toEqual(['before']);
  await vi.waitFor(() => expect(it.service.statuses.at(-1)).toMatchObject({ status: 'waiting' }));
  it.service.answer('deploy', { verdict: 'approved', by: 'hubot' });
  const result = await run.done;
  expect(byJob(result)).toEqual({ before: 'success', deploy: 'success', after: 'success' });
  expect(result.jobs.find((job) => job.id === 'deploy')?.environmentUrl).toBe('https://shop.example');
  expect(it.events).toContainEqual(
    expect.objectContaining({ type: 'approval-given', job: 'deploy', verdict: 'approved', by: 'hubot' }),
  );
});

test('a rejection fails the job, and a cancel ends the wait', async () => {
  const it = scene({ 'ci.yml': APPROVAL });
  it.service.reviewers.set('production', ['hubot']);
  const rejected = it.start();
  await it.event('approval-wanted');
  it.service.answer('deploy', { verdict: 'rejected', by: 'hubot' });
  expect(byJob(await rejected.done)).toEqual({ before: 'success', deploy: 'failure', after: 'skipped' });
  const cancelled = it.start();
  await it.event('approval-wanted', (event) => event.runId === cancelled.id);
  cancelled.cancel();
  expect(byJob(await cancelled.done)).toEqual({ before: 'success', deploy: 'cancelled', after: 'cancelled' });
  expect(it.lanes.isHeld('octo/shop:prod')).toBe(false);
});

test('a called workflow that wants the group its caller holds is a deadlock, and is cancelled', async () => {
  const it = scene({
    'ci.yml': 'on: push\nconcurrency: prod\njobs: { call: { uses: ./.github/workflows/a.yml } }\n',
    '.github/workflows/a.yml':
      'name: inner\non: workflow_call\nconcurrency: prod\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }\n',
  });
  const result = await it.run();
  expect(byJob(result)).toEqual({ 'call / a': 'cancelled' });
  expect(it.events).toContainEqual(
    expect.objectContaining({ type: 'job-changed', note: expect.stringContaining('deadlock') }),
  );
  expect(it.lanes.isHeld('octo/shop:prod')).toBe(false);
});
