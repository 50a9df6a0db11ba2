import { beforeAll, describe, expect } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { ControlPayload } from '../../src/domain/holds.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { createHoldLedger } from '../../src/github/holds.ts';
import { readPayload } from '../../src/github/payload.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { inTurn } from '../turns.ts';
import { finish, ledger, live, makeRelease, release, scene } from './scene.ts';

const test = inTurn('control');
const world = scene();
let caller: CallerRepository;

const CONTROL = {
  on: {
    workflow_dispatch: {
      inputs: Object.fromEntries(
        ['environment', 'mode', 'reason', 'release', 'until'].map((name) => [name, { type: 'string' }]),
      ),
    },
  },
  permissions: {},
  jobs: {
    airlock: {
      uses: 'airlock-actions/airlock/.github/workflows/control.yml@v1',
      permissions: { actions: 'read', contents: 'read', deployments: 'write' },
      with: Object.fromEntries(
        ['environment', 'mode', 'reason', 'release', 'until'].map((name) => [name, `\${{ inputs.${name} }}`]),
      ),
    },
  },
};

beforeAll(async () => {
  caller = await world.open({
    environments: ['production'],
    files: { '.github/workflows/control.yml': JSON.stringify(CONTROL) },
  });
  await release(caller, '1.0.0');
});

const say = async (inputs: Record<string, string>) =>
  finish(
    await caller.start({
      workflowPath: '.github/workflows/control.yml',
      event: 'workflow_dispatch',
      inputs: { environment: 'production', ...inputs },
    }),
  );

const back = async (reason: string) =>
  finish(
    await caller.start({
      workflowPath: '.github/workflows/rollback.yml',
      event: 'workflow_dispatch',
      inputs: { environment: 'production', reason },
    }),
  );

const holds = () => {
  const [owner = '', name = ''] = caller.name.split('/');
  const { apiUrl: rest, graphqlUrl: graphql } = world.github;
  // As the jobs of the repository write: what a person writes is not believed.
  const [run] = world.github.snapshot().runs.filter(({ opened }) => opened.repository === caller.name);
  const permissions = { deployments: 'write', actions: 'read' } as const;
  const token = world.github.mintToken({ runId: run?.id ?? 0, job: 'control', permissions });
  const repository = { owner, name };
  return createHoldLedger(connectGitHub({ token, api: { rest, graphql }, repository, clock: systemClock }));
};

const word = (commit: string): ControlPayload => ({
  schema: 1,
  control: 'lock',
  app: 'harbor',
  commit,
  reason: 'hold on',
  lifts: [],
  run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' },
  actor: 'mary',
});

/** Tickets of the lane that nobody gave back. */
const openTickets = () =>
  (
    world.github.snapshot().repositories.find(({ name, owner }) => `${owner}/${name}` === caller.name)
      ?.deployments ?? []
  ).filter(({ payload, statuses }) => readPayload(payload).kind === 'lane' && statuses.length === 0);

describe('a locked environment', () => {
  test('lets no release in, and lets it in once it is unlocked', async () => {
    expect((await say({ mode: 'lock', reason: 'the till is down $(id) `id`' })).conclusion).toBe('success');
    const refused = await release(caller, '1.1.0');
    expect(refused.conclusion).toBe('failure');
    expect(refused.text()).toMatch(/production is locked by .*the till is down/);
    expect(refused.text()).toContain('[HELD]');
    expect(await live(caller, 'production')).toBe('1.0.0');

    expect((await say({ mode: 'unlock', reason: 'it works again' })).conclusion).toBe('success');
    expect((await finish(await caller.start({ rerunOf: refused.id }))).conclusion).toBe('success');
    expect(await live(caller, 'production')).toBe('1.1.0');
  });

  test('that was locked after the plan stops the release before it goes live', async () => {
    const sha = await makeRelease(caller, '1.2.0', { production: ['slow'] });
    const run = await caller.start({ sha });
    await run.event(
      'log',
      (event) => event.step?.id === 'release.smoke-test' && event.line.includes('Waiting up to'),
    );
    // A run of the control workflow would take longer than the app takes to start.
    await holds().record({ environment: 'production', payload: word(sha) });
    expect((await finish(run)).conclusion).toBe('failure');
    expect(run.text()).toContain('[HELD]');
    expect(await live(caller, 'production')).toBe('1.1.0');
    expect(ledger(caller, 'production').filter((entry) => entry.startsWith('promote 1.2.0'))).toEqual([]);
  });

  test('is gone back in all the same; what was left stays out until it is released with a reason', async () => {
    const went = await back('guests see empty pages');
    expect(went.conclusion).toBe('success');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect((await say({ mode: 'unlock', reason: 'calm again' })).conclusion).toBe('success');
    const again = await finish(await caller.start());
    expect(again.text()).not.toContain('is locked');
    const status = await say({ mode: 'status' });
    expect(status.text()).toContain('production as it stands');
    expect((await say({ mode: 'unlock', reason: 'twice' })).text()).toContain('[NOT_LOCKED]');
    expect((await say({ mode: 'release', release: '1.1.0', reason: '' })).text()).toContain(
      '[REASON_MISSING]',
    );
    expect((await say({ mode: 'release', release: '1.1.0', reason: 'it was the network' })).conclusion).toBe(
      'success',
    );
  });

  test('leaves no ticket of the lane behind, whatever happened', () => {
    expect(openTickets()).toEqual([]);
  });
});
