import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { byJob, type Files, scene } from './scene.ts';

const job = (steps: string): Files => ({
  'ci.yml': `on: push\njobs:\n  one:\n    runs-on: x\n    steps:\n${steps}`,
});

/** A zombie that nobody has collected yet has ended as well. */
const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

test('a cancel interrupts first, and the steps that ask for it still run, and post too', async () => {
  const it = scene(
    job(`
      - { id: work, uses: owner/airlock/actions/patient@v1 }
      - { id: plain, run: 'true' }
      - { id: failed, if: failure(), run: 'true' }
      - { id: tidy, if: cancelled(), run: 'true' }
      - { id: last, if: always(), run: 'true' }
`),
    {
      'actions/patient/action.yml':
        'name: p\ndescription: p\nruns: { using: node24, main: main.mjs, post: post.mjs }\n',
      'actions/patient/main.mjs':
        "process.on('SIGINT', () => { console.log('saved'); process.exit(0); }); setInterval(() => {}, 1000); console.log('ready');",
      'actions/patient/post.mjs': "console.log('put in order');",
    },
  );
  const run = it.start({ grace: { interruptMs: 20_000, terminateMs: 20_000 } });
  await it.event('log', (event) => event.line === 'ready');
  run.cancel();
  const result = await run.done;
  expect(byJob(result)).toEqual({ one: 'cancelled' });
  expect(it.steps('one')).toEqual({
    'main work': 'cancelled',
    'main plain': 'skipped',
    'main failed': 'skipped',
    'main tidy': 'success',
    'main last': 'success',
    'post work': 'success',
  });
  expect(it.lines('one')).toEqual(expect.arrayContaining(['saved', 'put in order']));
});

test('what ignores SIGINT and SIGTERM is killed, with what it started', async () => {
  const it = scene(
    job(`
      - shell: bash
        run: |
          trap 'echo got INT' INT; trap 'echo got TERM' TERM
          (trap '' INT TERM; while :; do sleep 0.05; done) &
          echo "child $!"
          while :; do sleep 0.05; done
`),
  );
  const run = it.start();
  const { line } = await it.event('log', (event) => event.line.startsWith('child '));
  const child = Number(line.split(' ')[1]);
  expect(isAlive(child)).toBe(true);
  run.cancel();
  const result = await run.done;
  expect(byJob(result)).toEqual({ one: 'cancelled' });
  const told = it.lines('one').filter((text) => text.startsWith('got '));
  expect(told).toEqual(['got INT', 'got TERM']);
  await vi.waitFor(() => expect(isAlive(child)).toBe(false));
});

test('a running step whose if allows it is left alone', async () => {
  const it = scene(
    job(`
      - id: must
        if: always()
        env: { GATE: '\${{ github.event.gate }}' }
        run: echo ready; until test -e "$GATE"; do sleep 0.02; done
`),
  );
  const gate = join(it.root, 'gate');
  const run = it.start(withGate(gate));
  await it.event('log', (event) => event.line === 'ready');
  run.cancel();
  writeFileSync(gate, '');
  await run.done;
  expect(it.steps('one')).toEqual({ 'main must': 'success' });
});

/** The step's gate comes with the event, as data. */
const withGate = (gate: string) => ({ event: { name: 'push', payload: { gate } } });

test('a job whose if allows it runs through the cancel', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  must:
    if: always()
    runs-on: x
    env: { GATE: '\${{ github.event.gate }}' }
    steps:
      - run: echo ready; until test -e "$GATE"; do sleep 0.02; done
`,
  });
  const gate = join(it.root, 'gate');
  const run = it.start(withGate(gate));
  await it.event('log', (event) => event.line === 'ready');
  run.cancel();
  writeFileSync(gate, '');
  expect(byJob(await run.done)).toEqual({ must: 'success' });
});

// The step's `if` as it stands in the runner's own source: success() inside a composite action looks at the
// action alone, so only `!cancelled()` lets a cancel reach it when the composite step itself is let live.
const rescue = (work: string): Files => ({
  'action.yml': `
name: rescue
description: r
inputs: { mark: { description: m } }
runs:
  using: composite
  steps:
    - { id: work, if: '${work}', shell: bash, run: 'echo ready; sleep 30 & wait' }
    - { id: rescue, if: failure() || cancelled(), shell: bash, run: 'sleep 0.5 & wait $!; touch "\${{ inputs.mark }}"' }
`,
});

test('a cancelled composite step also cancels the rescue steps inside it, as the runner does', async () => {
  const it = scene(
    job(`
      - { id: cycle, uses: owner/airlock@v1, with: { mark: '\${{ github.event.gate }}' } }
      - { id: after, if: cancelled(), run: 'true' }
`),
    rescue('success()'),
  );
  const mark = join(it.root, 'mark');
  const run = it.start(withGate(mark));
  await it.event('log', (event) => event.line === 'ready');
  run.cancel();
  await run.done;
  expect(it.steps('one')).toEqual({
    'main cycle.work': 'cancelled',
    'main cycle.rescue': 'cancelled',
    'main cycle': 'cancelled',
    'main after': 'success',
  });
  expect(existsSync(mark)).toBe(false);
});

test('a composite step that may outlive the cancel lets its rescue steps finish, when the others are not for cancelled jobs', async () => {
  const it = scene(
    job(
      `      - { id: cycle, if: always(), uses: owner/airlock@v1, with: { mark: '\${{ github.event.gate }}' } }\n`,
    ),
    rescue('success() && !cancelled()'),
  );
  const mark = join(it.root, 'mark');
  const run = it.start(withGate(mark));
  await it.event('log', (event) => event.line === 'ready');
  run.cancel();
  const result = await run.done;
  expect(it.steps('one')).toMatchObject({ 'main cycle.work': 'cancelled', 'main cycle.rescue': 'success' });
  expect(byJob(result)).toEqual({ one: 'cancelled' });
  expect(existsSync(mark)).toBe(true);
});

test('a step killed from outside fails, and the run can be started again', async () => {
  const it = scene(
    job(`
      - { id: work, run: 'if [ "$GITHUB_RUN_ATTEMPT" = 1 ]; then sleep 30; fi' }
      - { id: tell, if: failure(), run: 'true' }
`),
  );
  const first = it.start({
    hooks: { onProcess: (_job, step, pid) => void (step.id === 'work' && process.kill(-pid, 'SIGKILL')) },
  });
  const result = await first.done;
  expect(byJob(result)).toEqual({ one: 'failure' });
  expect(it.lines('one')).toContain('##[error]Process completed with exit code 137.');
  expect(it.steps('one')).toEqual({ 'main work': 'failure', 'main tell': 'success' });
  const again = it.start({ rerunOf: first.id });
  expect(await again.done).toMatchObject({ id: first.id, attempt: 2, conclusion: 'success' });
});

test('a cancelled job that does not end is killed when its time is over', async () => {
  const it = scene(
    job(
      `      - { id: stuck, if: always(), run: 'echo ready; sleep 30' }\n      - { if: always(), run: 'true' }\n`,
    ),
  );
  const run = it.start({ cancelTimeoutMs: 100 });
  await it.event('log', (event) => event.line === 'ready');
  run.cancel();
  const result = await run.done;
  expect(byJob(result)).toEqual({ one: 'cancelled' });
  expect(it.steps('one')).toEqual({ 'main stuck': 'cancelled' });
});

test('what a step leaves running ends with its job, unless it cleared the runner’s mark', async () => {
  const it = scene(
    job(`
      - run: |
          setsid sleep 60 > /dev/null 2>&1 < /dev/null & echo "left $!"
          RUNNER_TRACKING_ID= setsid sleep 60 > /dev/null 2>&1 < /dev/null & echo "kept $!"
`),
  );
  const result = await it.run();
  expect(result.conclusion).toBe('success');
  const pid = (name: string) =>
    Number(
      it
        .lines('one')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  await vi.waitFor(() => expect(isAlive(pid('left'))).toBe(false));
  expect(isAlive(pid('kept'))).toBe(true);
  process.kill(pid('kept'), 'SIGKILL');
});
