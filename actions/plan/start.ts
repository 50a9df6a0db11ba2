import { type Repository, versionQuestion } from '../../src/cycle/history.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { skippedBy } from '../../src/domain/hotfix/way.ts';
import { environmentNamed } from '../../src/domain/route.ts';
import { judgePreview, type PreviewRight, type Trust } from '../../src/domain/trust.ts';
import { chooseVersion } from '../../src/domain/version.ts';
import { readHotfixGates } from './gates.ts';
import { plannedHotfix } from './hotfix.ts';
import { nothing, type PlanOutcome, reasonOf, refusal, whatStarted } from './outcome.ts';
import { gateSummary, planSummary } from './summary.ts';
import type { PlanWorld, Way } from './way.ts';
import type { HotfixEntry } from './world.ts';

/** The start of a pipeline: how far it goes, and as which version. */
export async function planRun(
  world: PlanWorld,
  repository: Repository,
  commit: string,
  { trust, route: { environments: route, why }, hotfix }: Way,
): Promise<PlanOutcome> {
  const { event, configuration } = world;
  const early = hotfix && (await askEarly(world, repository, commit, hotfix));
  if (early?.holding) {
    return {
      ...refusal(reasonOf(early.holding), `This is no hotfix yet: ${early.holding.why}`, early.holding.next),
      outputs: nothing(world, trust),
      summary: gateSummary(early.gates),
    };
  }
  const startedBy = event.refType === 'tag' ? event.ref.replace(/^refs\/tags\//, '') : undefined;
  const { version, from } = chooseVersion(await versionQuestion(repository, commit, startedBy));
  const buildTime = inSeconds(world.clock.now());
  const names = route.map(({ name }) => name);
  const preview = previewRight(world.configuration, event);
  return {
    kind: 'done',
    headline:
      names.length > 0
        ? `${version} may go through ${names.join(' → ')}`
        : `${version} is built and checked${preview.kind === 'deploys' ? ', shown as a preview' : ''}, and enters no environment: ${why}`,
    outputs: {
      environments: JSON.stringify(names),
      approvals: JSON.stringify(
        route.filter(({ gates }) => gates.approval === 'required').map(({ name }) => name),
      ),
      version,
      commit,
      'build-time': buildTime,
      configured: world.configured.join(','),
      preview: String(preview.kind === 'deploys'),
      'clean-up': 'false',
      'skip-checks': hotfix && configuration.hotfix.skip.checks.join(','),
      'approval-environment': hotfix?.approvedIn,
      plan: JSON.stringify({
        ...whatStarted(event, trust),
        commit,
        version,
        versionFrom: from,
        buildTime,
        preview: preview.kind,
        ...(hotfix ? { hotfix: { branch: hotfix.branch, skipped: skippedBy(configuration) } } : {}),
        environments: route.map(({ name, gates, strategy, url }) => ({
          name,
          after: gates.after,
          approval: gates.approval,
          strategy: strategy.kind,
          url,
        })),
      }),
    },
    summary: [
      hotfix && plannedHotfix(configuration, hotfix),
      planSummary({
        event,
        why,
        version,
        from,
        commit,
        buildTime,
        route,
        preview,
        configuration: world.configuration,
      }),
    ]
      .filter(Boolean)
      .join('\n\n'),
  };
}

/** Holds the branch to what is live before anything is built. */
function askEarly(world: PlanWorld, repository: Repository, commit: string, hotfix: HotfixEntry) {
  const environment = environmentNamed(
    world.configuration,
    world.configuration.environments.at(-1)?.name ?? '',
  );
  const entry = { environment, digest: undefined, commit, lane: 'hotfix' as const, isAhead: true };
  return readHotfixGates(world, repository, { ...entry, hotfix });
}

/** The end of a pull request. The commit of a closed one may be gone: nothing of the checkout is read. */
export function planClosing({ event, configuration }: PlanWorld, trust: Trust): PlanOutcome {
  const preview = previewRight(configuration, event);
  const cleansUp = preview.kind === 'cleans-up';
  return {
    kind: 'done',
    headline: cleansUp
      ? 'The pull request is closed: its previews are removed, and nothing is built'
      : `The pull request is closed: nothing is built, and nothing is removed, because ${preview.why}`,
    outputs: {
      environments: '[]',
      approvals: '[]',
      preview: 'false',
      'clean-up': String(cleansUp),
      plan: JSON.stringify({ ...whatStarted(event, trust), environments: [], preview: preview.kind }),
    },
    summary: '',
  };
}

const previewRight = (configuration: Configuration, event: WorkflowEvent): PreviewRight =>
  configuration.preview === undefined
    ? { kind: 'none', why: 'airlock.yml has no `preview:`' }
    : judgePreview(event);

const inSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
