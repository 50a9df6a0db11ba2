import { beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { drawn } from '../sample.ts';
import { inTurn } from '../turns.ts';
import { type Behaviour, finish, ledger, live, makeRelease, release, scene } from './scene.ts';
import { changesFromNow, deploymentsOf, openSite, vercelOf, visitors } from './vercel-scene.ts';
import { expectNowhere, written } from './written.ts';

const world = scene();
const today = drawn(['again', 'tokens', 'by hand', 'personal'], 1);
const STAGE = 'airlock / production / stage';

describe('releases of a site, one after the other', () => {
  let caller: CallerRepository;
  const runs: WatchedRun[] = [];
  const released = async (version: string, behaviour: Behaviour = {}) => {
    const run = await release(caller, version, behaviour);
    runs.push(run);
    return run;
  };

  beforeAll(async () => {
    caller = await openSite(world);
    await released('1.0.0');
  });

  test('staged beside the live one, checked, promoted: no visitor is failed', async () => {
    const load = visitors(caller);
    const changes = changesFromNow(caller);
    const run = await released('1.1.0');
    const { failures, by } = await load.stop();
    expect(run.conclusion).toBe('success');
    expect(await live(caller, 'production')).toBe('1.1.0');
    expect(failures).toEqual({});
    expect(Object.keys(by).length).toBe(2);
    expect(new Set(changes())).toEqual(new Set(['uploadFile', 'createDeployment', 'requestPromote']));
    expect(vercelOf(caller).project.deployments()).toMatchObject([
      { target: 'production', meta: { airlockVersion: '1.0.0' } },
      { target: 'production', meta: { airlockVersion: '1.1.0' } },
    ]);
    expect(ledger(caller, 'production')).toEqual([
      'deploy 1.0.0: inactive',
      'promote 1.0.0: inactive',
      'deploy 1.1.0: inactive',
      'promote 1.1.0: success',
    ]);
  });

  test.runIf(today('again'))('run again, a finished run changes nothing at Vercel', async () => {
    const changes = changesFromNow(caller);
    const again = await finish(await caller.start({ rerunOf: runs.at(-1)?.id ?? 0 }));
    expect(again.conclusion).toBe('success');
    expect(changes()).toEqual([]);
    expect(deploymentsOf(caller, '1.1.0')).toHaveLength(1);
    expect(await live(caller, 'production')).toBe('1.1.0');
  });

  test('wrong beside the live one, a release is never promoted', async () => {
    const changes = changesFromNow(caller);
    const run = await released('1.2.0', { production: ['wrong-version'] });
    expect(run.conclusion).toBe('failure');
    expect(run.steps()).toMatchObject({
      [`${STAGE}: release.deploy`]: 'success',
      [`${STAGE}: release.smoke-test`]: 'failure',
      [`${STAGE}: release.promote`]: 'skipped',
      [`${STAGE}: release.rollback`]: 'success',
    });
    expect(new Set(changes())).toEqual(new Set(['uploadFile', 'createDeployment']));
    expect(deploymentsOf(caller, '1.2.0')).toMatchObject([{ substate: 'STAGED' }]);
    expect(await live(caller, 'production')).toBe('1.1.0');
  });

  test('broken once it is live, the same job goes back by Vercel’s own rollback, and says what that turns off', async () => {
    const { fake, project } = vercelOf(caller);
    fake.faults.visit({
      atDomains: true,
      status: 404,
      concerns: ({ id }) => deploymentsOf(caller, '1.3.0').some((one) => one.id === id),
    });
    const changes = changesFromNow(caller);
    const run = await released('1.3.0');
    expect(run.conclusion).toBe('failure');
    expect(run.steps()).toMatchObject({
      [`${STAGE}: release.promote`]: 'failure',
      [`${STAGE}: release.rollback`]: 'success',
    });
    expect(changes().slice(-2)).toEqual(['requestPromote', 'requestRollback']);
    expect(await live(caller, 'production')).toBe('1.1.0');
    expect(ledger(caller, 'production').at(-1)).toBe('rollback 1.1.0: success, promote: LIVE_CHECKS_FAILED');
    expect(project.autoAssigns()).toBe(false);
    expect(run.text()).toMatch(/warning: Vercel is rolled back now: until the next promote/);
  });

  test.runIf(today('tokens'))(
    'without a token, or with one of another project, it is red, says what to do, and changes nothing',
    async () => {
      const { fake, project } = vercelOf(caller);
      const other = await fake.addProject({ name: 'elsewhere', team: 'rehearsal' });
      const changes = changesFromNow(caller);
      const sha = await makeRelease(caller, '1.4.0');
      const withToken = async (VERCEL_TOKEN: string, rerunOf?: number) => {
        const environmentSecrets = { production: { VERCEL_TOKEN } };
        const start = { sha, environmentSecrets, ...(rerunOf === undefined ? {} : { rerunOf }) };
        return finish(await caller.start(start));
      };
      const without = await withToken('');
      expect(without.conclusion).toBe('failure');
      expect(without.text()).toContain(
        'Next: Add the secret VERCEL_TOKEN to the GitHub environment, and hand it to the workflow. [VERCEL_TOKEN_MISSING]',
      );
      const withWrong = await withToken(fake.addToken({ scope: 'project', project: other.id }), without.id);
      expect(withWrong.conclusion).toBe('failure');
      expect(withWrong.text()).toMatch(
        /Next: Give the token the scope of this project or of its team,.*\[VERCEL_FORBIDDEN\]/,
      );
      expect(changes()).toEqual([]);
      expect(await live(caller, 'production')).toBe('1.1.0');
      expect(project.autoAssigns()).toBe(false);

      const withRight = await finish(await caller.start({ sha, rerunOf: without.id }));
      runs.push(without, withWrong, withRight);
      expect(withRight.conclusion).toBe('success');
      expect(await live(caller, 'production')).toBe('1.4.0');
      // The promote turned on again what the rollback before it had turned off.
      expect(project.autoAssigns()).toBe(true);
    },
  );

  test.runIf(today('by hand'))(
    'what somebody promoted by hand meanwhile is named in the next run',
    async () => {
      const before = await live(caller, 'production');
      const [old] = deploymentsOf(caller, '1.0.0');
      vercelOf(caller).fake.promoteByHand(old?.id ?? '');
      expect(await live(caller, 'production')).toBe('1.0.0');
      const run = await released('1.5.0');
      expect(run.conclusion).toBe('success');
      expect(run.text()).toMatch(/warning: drift: 1\.0\.0 \(dpl_\w+\) was made live outside of Airlock/);
      expect(run.text()).toContain(`by the ledger ${before} went live last`);
      expect(run.summaries()).toContain('was made live outside of Airlock');
      expect(await live(caller, 'production')).toBe('1.5.0');
    },
  );

  test('in all of that neither the token nor the secret for the checks stands anywhere', async () => {
    const { VERCEL_TOKEN = '', VERCEL_AUTOMATION_BYPASS_SECRET = '' } =
      caller.places.production?.secrets ?? {};
    expect([VERCEL_TOKEN.length, VERCEL_AUTOMATION_BYPASS_SECRET.length]).toEqual([40, 32]);
    const places = await written(caller, world.github, runs);
    expect(Object.keys(places)).toContainEqual(expect.stringContaining('airlock-release'));
    expectNowhere(places, VERCEL_TOKEN, VERCEL_AUTOMATION_BYPASS_SECRET);
    expect(JSON.stringify(vercelOf(caller).fake.requests)).not.toContain(VERCEL_TOKEN);
  });
});

inTurn('rolling')(
  'from a custom environment on to production, in the steps of a Rolling Release',
  async () => {
    const caller = await openSite(world, {
      environments: ['staging', 'production'],
      configure: (document) =>
        document.setIn(['environments', 'production', 'strategy'], {
          canary: { steps: [10, 50, 100], pause: '200ms' },
        }),
    });
    await release(caller, '1.0.0');
    const load = visitors(caller);
    const changes = changesFromNow(caller);
    const run = await release(caller, '1.1.0');
    const { failures, by } = await load.stop();
    expect(run.conclusion).toBe('success');
    expect(await live(caller, 'production')).toBe('1.1.0');
    expect(deploymentsOf(caller, '1.1.0')).toMatchObject([
      { target: { custom: expect.any(String) } },
      { target: 'production' },
    ]);
    expect(changes().slice(-4)).toEqual([
      'updateRollingReleaseConfig',
      'startRollingRelease',
      'approveRollingReleaseStage',
      'completeRollingRelease',
    ]);
    expect(vercelOf(caller).project.rollingRelease()).toMatchObject({ state: 'COMPLETE' });
    expect(failures).toEqual({});
    expect(Object.keys(by).length).toBe(2);
  },
);

test.runIf(today('personal'))('in a personal account there is no team to name', async () => {
  const caller = await openSite(world);
  const { fake } = vercelOf(caller);
  const own = await fake.addProject({ name: 'own-quay', protection: 'standard' });
  const document = parseDocument(await caller.tree.read('.github/airlock.yml'));
  const production = ['environments', 'production'];
  document.setIn([...production, 'target'], { vercel: { project: own.name } });
  document.setIn([...production, 'url'], own.domains[0]);
  const sha = await caller.commit('Move home', { '.github/airlock.yml': String(document) });
  const run = await finish(
    await caller.start({
      sha,
      environmentSecrets: {
        production: {
          VERCEL_TOKEN: fake.addToken({ scope: 'project', project: own.id }),
          VERCEL_AUTOMATION_BYPASS_SECRET: own.bypassSecret ?? '',
        },
      },
    }),
  );
  expect(run.conclusion).toBe('success');
  expect(own.deployments()).toMatchObject([{ id: own.live(), meta: { airlockCommit: sha } }]);
  expect(fake.requests.filter(({ team }) => team)).toEqual([]);
});
