import { expect, test } from 'vitest';
import { finish, jobs, ledger, live, makeRelease, REVIEWER, scene } from './scene.ts';

const world = scene();

test('who approves sees what would change while the run waits; neither one’s own word opens it, nor that reviewers are gone since', async () => {
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

  const unguarded = await caller.start();
  await unguarded.event('job-changed', ({ job, status }) => job.includes('staging') && status === 'running');
  caller.protect('production', []);
  expect((await finish(unguarded)).conclusion).toBe('failure');
  expect(unguarded.text()).toContain(
    'airlock.yml requires an approval, but GitHub lets everyone into production',
  );
  expect(await live(caller, 'production')).toBeUndefined();
});
