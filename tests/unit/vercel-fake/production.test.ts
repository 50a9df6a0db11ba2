import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newAccount } from '../../../rehearsal/vercel/account.ts';
import { lookAtDeployment } from '../../../rehearsal/vercel/builds.ts';
import { Refusal } from '../../../rehearsal/vercel/call.ts';
import {
  finishRelease,
  lookAtProject,
  moveOn,
  requestPromote,
  requestRollback,
} from '../../../rehearsal/vercel/production.ts';
import { underWay } from '../../../rehearsal/vercel/progress.ts';
import { enterStage, isActive } from '../../../rehearsal/vercel/rolling-release.ts';
import { seedProject } from '../../../rehearsal/vercel/seed.ts';
import type { Deployment, Project, State } from '../../../rehearsal/vercel/state.ts';

/*
 * Whatever is asked in whatever order, production stays one thing: the same deployment by the project, by
 * its domains and by the record of who held it; a rolling release runs between what is live and one other.
 */

const SIZE = 4;

async function world(plan: 'hobby' | 'pro', rolling: boolean) {
  const person = newAccount('sophie', 'personal', plan, 0);
  let time = 0;
  let ids = 0;
  const state: State = {
    person,
    accounts: new Map([[person.id, person]]),
    tokens: new Map(),
    projects: new Map(),
    deployments: new Map(),
    aliases: new Map(),
    clock: {
      now: () => time,
      advance: (milliseconds) => {
        time += milliseconds;
      },
    },
    pace: { build: 1, alias: 2 },
    trouble: { builds: [], aliasing: [], visits: [], hiddenStages: 0, releaseLag: 0 },
    edge: { openDeployment: async (id) => id, openDomain: async (id) => `${id}.example.com` },
    stamp: () => ++time,
    newId: (prefix) => `${prefix}_${++ids}`,
  };
  const { project } = await seedProject(state, { name: 'shop', account: person });
  if (rolling)
    project.rollingConfig = {
      advancementType: 'automatic',
      stages: [
        { targetPercentage: 10, duration: 1 },
        { targetPercentage: 50, duration: 1 },
        { targetPercentage: 100 },
      ],
    };
  const deployments = Array.from({ length: SIZE }, (_, index) => newDeployment(state, project, index));
  // One is left to be built while the rest goes on.
  for (const deployment of deployments.slice(0, 2).concat(deployments.slice(3)))
    while (deployment.state !== 'READY') lookAtDeployment(state, deployment);
  return { state, project, deployments };
}

function newDeployment(state: State, project: Project, index: number): Deployment {
  const deployment: Deployment = {
    id: `dpl_${index}`,
    project,
    url: `dpl-${index}.example.com`,
    target: index === SIZE - 1 ? 'preview' : 'production',
    createdAt: state.stamp(),
    meta: {},
    gitMetadata: undefined,
    files: [],
    prebuilt: true,
    autoAssignCustomDomains: index === 0,
    environment: {},
    end: { state: 'READY', logs: [] },
    state: 'QUEUED',
    substate: undefined,
    looks: 0,
    buildingAt: undefined,
    readyAt: undefined,
    canceledAt: undefined,
    aliasAssigned: false,
    events: [],
  };
  state.deployments.set(deployment.id, deployment);
  return deployment;
}

const steps = fc.array(
  fc.record({
    act: fc.constantFrom('build', 'promote', 'rollback', 'look', 'look', 'wait', 'approve', 'fail'),
    which: fc.nat(SIZE - 1),
  }),
  { minLength: 10, maxLength: 60 },
);

test('production stays one thing, whatever is asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('hobby', 'pro'), fc.boolean(), steps, async (plan, rolling, acts) => {
      const { state, project, deployments } = await world(plan, rolling && plan === 'pro');
      for (const { act, which } of acts) {
        const deployment = deployments[which];
        if (deployment === undefined) continue;
        // Time alone may complete a rolling release; a refusal may not.
        moveOn(state, project);
        const before = project.live;
        const refused = perform(state, project, deployment, act);
        if (refused) expect(project.live).toBe(before);
        check(state, project);
      }
    }),
    { numRuns: 300, verbose: 1 },
  );
});

/** @returns whether it was refused */
function perform(state: State, project: Project, deployment: Deployment, act: string): boolean {
  try {
    if (act === 'build') lookAtDeployment(state, deployment);
    else if (act === 'promote') requestPromote(state, deployment);
    else if (act === 'rollback') requestRollback(state, deployment, undefined);
    else if (act === 'look') lookAtProject(state, project);
    else if (act === 'wait') state.clock.advance(45_000);
    else if (act === 'fail') state.trouble.aliasing.push({ outcome: 'failed' });
    else if (isActive(project.rolling)) {
      enterStage(project.rolling, project.rolling.stage + 1, state.clock.now());
      finishRelease(state, project);
    }
    return false;
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return true;
  }
}

function check(state: State, project: Project): void {
  const { live, rolling, aliasJob } = project;
  const holder = state.aliases.get(project.domains[0]?.name ?? '')?.deployment;
  expect(holder).toBe(live);
  expect(project.reigns.at(-1)).toBe(live);
  if (live !== undefined)
    expect(state.deployments.get(live)).toMatchObject({
      state: 'READY',
      target: 'production',
      substate: 'PROMOTED',
    });
  if (isActive(rolling)) {
    expect(rolling.base).toBe(live);
    expect(rolling.canary).not.toBe(live);
    expect(state.deployments.get(rolling.canary)?.substate).toBe('ROLLING');
  }
  if (aliasJob?.status === 'succeeded' && rolling === undefined) expect(aliasJob.to).toBe(live);
  if (project.rolledBack !== undefined && !underWay(aliasJob))
    expect(project.autoAssignCustomDomains).toBe(false);
}
