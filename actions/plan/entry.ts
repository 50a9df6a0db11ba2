import type { Repository } from '../../src/cycle/history.ts';
import { hotfixSummary } from '../../src/domain/hotfix/describe.ts';
import { readDigest } from '../../src/domain/release.ts';
import { environmentNamed } from '../../src/domain/route.ts';
import { judgePreview } from '../../src/domain/trust.ts';
import { readGates } from './gates.ts';
import { onHotfixWay } from './hotfix.ts';
import { nothing, type PlanOutcome, reasonOf, refusal, whatStarted } from './outcome.ts';
import { gateSummary, openHeadline, overrideWarnings } from './summary.ts';
import { waitFor } from './waiting.ts';
import { type PlanInputs, type PlanWorld, requireToken, type Way } from './way.ts';

/** The start of a stage: whether this release may enter this environment now. */
export async function planEntry(
  inputs: PlanInputs,
  world: PlanWorld,
  repository: Repository,
  commit: string,
  { trust, route, hotfix }: Way,
): Promise<PlanOutcome> {
  const environment = environmentNamed(world.configuration, inputs.environment);
  const digest = readDigest(inputs.digest);
  requireToken(inputs, `The gates of ${environment.name}`);
  const isPreview = environment === world.configuration.preview;
  const mayPreview = isPreview && judgePreview(world.event).kind === 'deploys';
  if (!hotfix && !route.environments.includes(environment) && !mayPreview) {
    const isFork = trust.kind === 'checks-only' && trust.isFork;
    const next = `Merge the change, or start the run by what \`routes:\` in airlock.yml lets into ${environment.name}.`;
    return {
      ...refusal(
        isFork ? 'FORK_RUN' : 'CHECKS_ONLY',
        `This run may not enter ${environment.name}: ${route.why}`,
        next,
      ),
      outputs: nothing(world, trust),
      summary: '',
    };
  }
  const entry = { environment, digest, commit, lane: 'normal' as const, isAhead: false };
  const own = hotfix ? onHotfixWay(world.configuration, entry, hotfix) : entry;
  const { gates, holding, record, opensByApproval } = await readGates(world, repository, own);
  const others = gates.filter(({ gate }) => !opensByApproval.includes(gate));
  const waiting = await waitFor(world, repository, { ...own, digest }, others, inputs.job);
  const outputs = {
    environments: JSON.stringify(holding ? [] : [environment.name]),
    commit,
    hotfix: record && JSON.stringify(record),
    overridden: JSON.stringify(gates.flatMap(({ gate, state }) => (state === 'overridden' ? [gate] : []))),
    waiting: String(waiting !== undefined),
    plan: JSON.stringify({
      ...whatStarted(world.event, trust),
      commit,
      digest,
      environment: environment.name,
      gates,
    }),
  };
  const summary = [waiting?.summary, record && hotfixSummary(record), gateSummary(gates)]
    .filter(Boolean)
    .join('\n\n');
  if (waiting) return { kind: 'done', waits: true, ...waiting, outputs, summary };
  if (!holding) {
    const headline = openHeadline(environment.name, gates);
    return {
      kind: 'done',
      headline,
      outputs,
      summary,
      annotations: overrideWarnings(environment.name, gates),
    };
  }
  return {
    ...refusal(reasonOf(holding), `${environment.name} stays shut: ${holding.why}`, holding.next),
    outputs,
    summary,
  };
}
