import { askedOnce } from '../../src/cycle/asked-once.ts';
import { headCommit, SHA } from '../../src/cycle/history.ts';
import { Failure } from '../../src/domain/failure.ts';
import { chooseRoute } from '../../src/domain/route.ts';
import { isClosing, judgeTrust, type Trust } from '../../src/domain/trust.ts';
import { planAhead } from './dry-run.ts';
import { planEntry } from './entry.ts';
import { hotfixRight } from './hotfix.ts';
import { nothing, type PlanOutcome, refusal } from './outcome.ts';
import { planClosing, planRun } from './start.ts';
import { unmerged, wouldEnd } from './unmerged.ts';
import type { PlanInputs, PlanWorld } from './way.ts';

/** Says what this run may do, and why, before it does anything. Changes nothing, but for asking people where airlock.yml has them asked. */
export async function plan(inputs: PlanInputs, world: PlanWorld, signal: AbortSignal): Promise<PlanOutcome> {
  const right = inputs.lane === 'hotfix' ? hotfixRight(inputs, world) : undefined;
  if (right?.kind === 'none') return notAHotfix(world, right);
  const hotfix = right?.hotfix;
  const trust: Trust = right ? { kind: 'enters', why: right.why } : judgeTrust(world.event);
  const route = chooseRoute({
    configuration: world.configuration,
    event: world.event,
    trust,
    covers:
      inputs.environment === '' ? inputs.covers : world.configuration.environments.map(({ name }) => name),
    until: inputs.until,
    lane: inputs.lane === 'hotfix' ? 'hotfix' : 'normal',
  });
  if (trust.kind === 'refused') {
    return { ...refusal(trust.reason, trust.why, trust.next), outputs: nothing(world, trust), summary: '' };
  }
  if (isClosing(world.event) && inputs.environment === '') return planClosing(world, trust);
  const repository = { processes: askedOnce(world.processes), workspace: world.workspace, signal };
  const commit = await headCommit(repository, world.event.sha);
  const { commit: meant } = inputs;
  if (meant !== '' && !SHA.test(meant)) throw unreadableCommit();
  if (meant !== '' && meant !== commit) {
    const what = `This run is for ${commit.slice(0, 7)}, and ${meant.slice(0, 7)} was meant: the branch moved`;
    const next = 'Look at what the branch has now, and ask for that.';
    return {
      ...refusal('COMMIT_MOVED', what, next),
      outputs: { ...nothing(world, trust), commit },
      summary: '',
    };
  }
  const goal = inputs.environment === '' ? route.environments.at(-1)?.name : inputs.environment;
  if (inputs['dry-run']) {
    const end = hotfix ? undefined : await wouldEnd(repository, world, goal, commit);
    return planAhead(inputs, world, repository, commit, { trust, route, hotfix }, end);
  }
  const stray = hotfix ? undefined : await unmerged(repository, world, goal, commit);
  if (stray) {
    const outputs = { ...nothing(world, trust), commit };
    return { ...refusal(stray.reason, stray.why, stray.next), outputs, summary: '' };
  }
  return inputs.environment === ''
    ? planRun(world, repository, commit, { trust, route, hotfix })
    : planEntry(inputs, world, repository, commit, { trust, route, hotfix });
}

const unreadableCommit = () =>
  new Failure(
    'INPUT_INVALID',
    '`commit` must be the full SHA of a commit: 40 hex digits in lower case.',
    'Pass the whole SHA, or leave `commit` out.',
  );

const notAHotfix = (world: PlanWorld, { why, next }: { why: string; next: string }): PlanOutcome => ({
  ...refusal('NOT_A_HOTFIX', `This run takes no short way: ${why}`, next),
  outputs: nothing(world, judgeTrust(world.event)),
  summary: '',
});
