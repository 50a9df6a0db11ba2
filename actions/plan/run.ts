import { headCommit, type Repository, SHA, versionQuestion } from '../../src/cycle/history.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Decision } from '../../src/domain/gates/engine.ts';
import { hotfixSummary } from '../../src/domain/hotfix/describe.ts';
import { hotfixWay, skippedBy } from '../../src/domain/hotfix/way.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { readDigest } from '../../src/domain/release.ts';
import { chooseRoute, environmentNamed, type Route } from '../../src/domain/route.ts';
import {
  isClosing,
  judgePreview,
  judgeTrust,
  type PreviewRight,
  type Trust,
} from '../../src/domain/trust.ts';
import { chooseVersion } from '../../src/domain/version.ts';
import type { ProcessRunner } from '../../src/ports/process.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import { type AheadWorld, lookAhead } from './ahead.ts';
import type { contract } from './contract.ts';
import { readGates, readHotfixGates } from './gates.ts';
import { type HotfixEntry, hotfixRight, onHotfixWay, plannedHotfix } from './hotfix.ts';
import { gateSummary, openHeadline, overrideWarnings, planSummary } from './summary.ts';
import { unmerged, type WouldEnd, wouldEnd } from './unmerged.ts';
import { waitFor } from './waiting.ts';

/** The ledger, the holds, the calendars and GitHub's own gates are asked only for an environment's gates. */
export interface PlanWorld extends AheadWorld {
  readonly processes: ProcessRunner;
  /** Names of the app's own variables that are set. */
  readonly configured: readonly string[];
  /** Absolute path of the checkout. */
  readonly workspace: string;
}

type PlanInputs = Inputs<typeof contract>;
type Result = Outcome<Outputs<typeof contract>>;

/** How far a run may go that nobody refused, and which way. */
interface Way {
  readonly trust: Exclude<Trust, { kind: 'refused' }>;
  readonly route: Route;
  readonly hotfix: HotfixEntry | undefined;
}

/** Says what this run may do, and why, before it does anything. Changes nothing, but for asking people where airlock.yml has them asked. */
export async function plan(inputs: PlanInputs, world: PlanWorld, signal: AbortSignal): Promise<Result> {
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
  const repository = { processes: world.processes, workspace: world.workspace, signal };
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

/** The end of a pull request. The commit of a closed one may be gone: nothing of the checkout is read. */
function planClosing({ event, configuration }: PlanWorld, trust: Trust): Result {
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

/** The start of a pipeline: how far it goes, and as which version. */
async function planRun(
  world: PlanWorld,
  repository: Repository,
  commit: string,
  { trust, route: { environments: route, why }, hotfix }: Way,
): Promise<Result> {
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

/** What the gates would say: lets nothing in, so that anybody who may read the repository may ask. */
async function planAhead(
  inputs: PlanInputs,
  world: PlanWorld,
  repository: Repository,
  commit: string,
  { trust, route, hotfix }: Way,
  end: WouldEnd | undefined,
): Promise<Result> {
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

function requireToken({ token }: PlanInputs, what: string): void {
  if (token !== '') return;
  throw new Failure(
    'TOKEN_MISSING',
    `${what} cannot be read without a token.`,
    'Leave `token` out of `with:` for the job’s own, and give the job `actions: read` and `deployments: read`.',
  );
}

/** The start of a stage: whether this release may enter this environment now. */
async function planEntry(
  inputs: PlanInputs,
  world: PlanWorld,
  repository: Repository,
  commit: string,
  { trust, route, hotfix }: Way,
): Promise<Result> {
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
  const { gates, holding, record } = await readGates(world, repository, own);
  const waiting = await waitFor(world, repository, { ...own, digest }, gates, inputs.job);
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

/** Holds the branch to what is live before anything is built. */
function askEarly(world: PlanWorld, repository: Repository, commit: string, hotfix: HotfixEntry) {
  const environment = environmentNamed(
    world.configuration,
    world.configuration.environments.at(-1)?.name ?? '',
  );
  const entry = { environment, digest: undefined, commit, lane: 'hotfix' as const, isAhead: true };
  return readHotfixGates(world, repository, { ...entry, hotfix });
}

const notAHotfix = (world: PlanWorld, { why, next }: { why: string; next: string }): Result => ({
  ...refusal('NOT_A_HOTFIX', `This run takes no short way: ${why}`, next),
  outputs: nothing(world, judgeTrust(world.event)),
  summary: '',
});

const reasonOf = (holding: NonNullable<Decision['holding']>) =>
  holding.state === 'unknown' ? 'GATE_UNREADABLE' : holding.reason;

const refusal = (reason: keyof (typeof contract)['refusals'], headline: string, next: string) => ({
  kind: 'refused' as const,
  reason,
  headline,
  next,
});

const nothing = ({ event }: PlanWorld, trust: Trust) => ({
  environments: '[]',
  approvals: '[]',
  preview: 'false',
  'clean-up': 'false',
  plan: JSON.stringify({ ...whatStarted(event, trust), environments: [] }),
});

const whatStarted = (event: WorkflowEvent, trust: Trust) => ({
  event: event.name,
  ref: event.ref,
  actor: event.triggeringActor,
  trust: trust.kind,
  why: trust.why,
});

const inSeconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
