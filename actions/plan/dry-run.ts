import type { Repository } from '../../src/cycle/history.ts';
import { hotfixWay } from '../../src/domain/hotfix/way.ts';
import { readDigest } from '../../src/domain/release.ts';
import { environmentNamed } from '../../src/domain/route.ts';
import { lookAhead } from './ahead.ts';
import { type PlanOutcome, whatStarted } from './outcome.ts';
import type { WouldEnd } from './unmerged.ts';
import { type PlanInputs, type PlanWorld, requireToken, type Way } from './way.ts';

/** What the gates would say: lets nothing in, so that anybody who may read the repository may ask. */
export async function planAhead(
  inputs: PlanInputs,
  world: PlanWorld,
  repository: Repository,
  commit: string,
  { trust, route, hotfix }: Way,
  end: WouldEnd | undefined,
): Promise<PlanOutcome> {
  const { configuration, event } = world;
  requireToken(inputs, 'The gates');
  const all = hotfix ? hotfixWay(configuration).route : configuration.environments;
  const { headline, summary, verdicts, calendars } = await lookAhead(world, repository, {
    environments: inputs.environment === '' ? all : [environmentNamed(configuration, inputs.environment)],
    digest: inputs.digest === '' ? undefined : readDigest(inputs.digest),
    commit,
    config: inputs.config,
    isProposal: route.environments.length === 0,
    hotfix,
    end,
  });
  const outputs = {
    environments: '[]',
    commit,
    calendars,
    plan: JSON.stringify({
      ...whatStarted(event, trust),
      commit,
      dryRun: true,
      refusal: end,
      environments: [],
      verdicts: verdicts.map(({ environment, gates, holding }) => ({
        environment,
        wouldEnter: end === undefined && holding === undefined,
        gates,
      })),
    }),
  };
  return { kind: 'done', headline, outputs, summary };
}
