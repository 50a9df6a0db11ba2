import { expect, test } from 'vitest';
import { finish, jobs, ledger, live, makeRelease, REVIEWER, scene } from './scene.ts';

const world = scene();

const ALWAYS = { from: '2020-01-01', to: '2099-12-31', why: 'the books are being closed' };

test('who approves sees what would change while the run waits; an approval of one’s own run opens nothing', async () => {
  const caller = await world.open({
    environments: ['staging', 'production'],
    configure: (document) =>
      document.setIn(['environments', 'production', 'gates'], { approval: 'required' }),
    reviewers: { production: [REVIEWER, 'ada'] },
  });
  await makeRelease(caller, '1.0.0');
  const own = await caller.start({ actor: 'ada' });
  const { markdown } = await own.event('summary', (event) => event.markdown.includes('### production'));
  expect(markdown).toContain('nobody said yes yet; GitHub asks');
  expect(markdown).toMatch(/In staging \| passed .* live there for/);
  world.github.review({ runId: own.id, environment: 'production', verdict: 'approved', by: 'ada' });
  expect((await own.done).conclusion).toBe('failure');
  expect(own.summaries()).toContain('production was approved only by ada, who started the run');
  expect(await jobs(own)).toMatchObject({ overview: 'success', 'production / stage': 'failure' });
  expect(ledger(caller, 'production')).toEqual([]);
  expect(await live(caller, 'production')).toBeUndefined();
});

test('a freeze holds a release before anything is touched, and only where it is', async () => {
  const caller = await world.open({
    environments: ['staging', 'production'],
    configure: (document) =>
      document.setIn(['environments', 'production', 'calendar'], {
        zone: 'Europe/Berlin',
        freezes: [ALWAYS],
      }),
  });
  await makeRelease(caller, '1.0.0');
  const run = await finish(await caller.start());
  expect(run.conclusion).toBe('failure');
  expect(run.summaries()).toContain('frozen until Fri 1 Jan 2100 00:00 CET: the books are being closed');
  expect(await live(caller, 'staging')).toBe('1.0.0');
  expect(ledger(caller, 'production')).toEqual([]);
});

test('a release that has not stood in staging for long enough waits, and is told until when', async () => {
  const caller = await world.open({
    environments: ['staging', 'production'],
    configure: (document) => document.setIn(['environments', 'production', 'gates'], { soak: '2h' }),
  });
  await makeRelease(caller, '1.0.0');
  const run = await finish(await caller.start());
  expect(run.conclusion).toBe('failure');
  expect(run.summaries()).toMatch(/it must stand in staging for 2 h; (2 h|1 h \d+ min) are left/);
  expect(ledger(caller, 'production')).toEqual([]);
});
