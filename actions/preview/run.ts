import { readEntries } from '../../src/cycle/ledger-entries.ts';
import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { Failure } from '../../src/domain/failure.ts';
import { isRecord } from '../../src/domain/json-path.ts';
import { type LedgerEntry, lastGood } from '../../src/domain/ledger.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { sameRelease } from '../../src/domain/release.ts';
import type { BundleSize } from '../../src/domain/size.ts';
import type { OwnPullRequest } from '../../src/domain/trust.ts';
import type { CheckResult } from '../../src/domain/verdict.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import { type Baseline, linkable, type PreviewReport, previewComment, removedComment } from './comment.ts';
import type { contract } from './contract.ts';
import type { Stamp } from './marker.ts';
import { type Retirement, type RetireWorld, retirePreviews } from './retire.ts';
import { type Telling, tell } from './tell.ts';

export interface PreviewWorld extends RetireWorld {
  /** The environment whose newest good release the sizes are compared with. */
  readonly first: EnvironmentSettings;
  readonly pullRequest: OwnPullRequest;
  readonly conversation: Conversation;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
  /** Takes secrets out of a text, as it was before anything in it is escaped or cut. */
  redact(text: string): string;
}

type PreviewInputs = Inputs<typeof contract>;
type Result = Outcome<Outputs<typeof contract>>;

/** Tells the pull request what became of its preview, and removes previews that nobody needs. Safe to repeat. */
export async function preview(
  inputs: PreviewInputs,
  world: PreviewWorld,
  signal: AbortSignal,
): Promise<Result> {
  const { isOpen, head } = await world.conversation.pullRequest(world.pullRequest.number);
  // What GitHub says now counts: a report may come after the pull request was closed, and a clean-up
  // after it was opened again.
  if (!isOpen) return cleanUp(world, head, signal);
  return inputs.mode === 'report' ? report(inputs, world, head, signal) : openedAgain(world);
}

async function report(
  inputs: PreviewInputs,
  world: PreviewWorld,
  head: string,
  signal: AbortSignal,
): Promise<Result> {
  const { event, pullRequest } = world;
  const told = await reportOf(inputs, world, signal);
  const body = previewComment(told);
  const state = told.passed ? 'passed' : 'failed';
  const telling = await say(world, head, state, body, true);
  const limit = superseding(telling, told.passed, event.run.id);
  const { removed, left } =
    limit === undefined
      ? NOTHING
      : await retirePreviews(
          world,
          { pullRequest: pullRequest.number, before: limit, note: 'A newer preview took its place' },
          signal,
        );
  const common = {
    outputs: {
      verdict: told.passed ? 'pass' : 'fail',
      comment: telling.kind,
      removed: JSON.stringify(removed.map(({ id }) => id)),
    },
    summary: body,
    annotations: left.map(({ deployment, why }) => ({
      level: 'warning' as const,
      message: `The older preview ${deployment} is still there: ${why}`,
    })),
  };
  const where = `pull request ${pullRequest.number}`;
  if (told.passed) {
    const of = telling.kind === 'overtaken' ? 'tells of a newer commit already' : 'is up to date';
    return { kind: 'done', headline: `The preview is up; the comment on ${where} ${of}`, ...common };
  }
  return {
    kind: 'refused',
    reason: 'PREVIEW_FAILED',
    headline: `The preview of ${where} is not up or did not pass${told.stopped === '' ? '' : `: ${told.stopped}`}`,
    next: 'Read the step that failed, mend it and push again.',
    ...common,
  };
}

const NOTHING: Retirement = { removed: [], left: [] };

/** Which run's preview makes those before it needless; none does that did not pass. */
function superseding(telling: Telling, passed: boolean, runId: string): string | undefined {
  if (telling.kind === 'overtaken') return telling.by.state === 'passed' ? telling.by.runId : undefined;
  return passed ? runId : undefined;
}

async function cleanUp(world: PreviewWorld, head: string, signal: AbortSignal): Promise<Result> {
  const { pullRequest, app, event, clock } = world;
  const { removed, left } = await retirePreviews(
    world,
    { pullRequest: pullRequest.number, note: 'Pull request closed' },
    signal,
  );
  const told = left.map(({ deployment, why }) => ({ deployment, why: world.redact(why) }));
  const body = removedComment({ app, left: told, head, run: event.run.url, at: clock.now() });
  const telling = await say(world, head, left.length === 0 ? 'removed' : 'failed', body, false);
  const common = {
    outputs: { comment: telling.kind, removed: JSON.stringify(removed.map(({ id }) => id)) },
    summary: body,
  };
  const count = `${removed.length} ${removed.length === 1 ? 'preview' : 'previews'}`;
  if (left.length === 0) {
    return {
      kind: 'done',
      headline: `Pull request ${pullRequest.number} is closed: ${removed.length === 0 ? 'no preview was left' : `${count} removed`}`,
      ...common,
    };
  }
  return {
    kind: 'refused',
    reason: 'CLEAN_UP_INCOMPLETE',
    headline: `${count} removed, and still there: ${left.map(({ deployment }) => deployment).join(', ')}`,
    next: 'Run the job again; what it removed already it passes over.',
    ...common,
  };
}

const openedAgain = ({ pullRequest }: PreviewWorld): Result => ({
  kind: 'done',
  headline: `Pull request ${pullRequest.number} is open again: its previews stay`,
  outputs: { comment: 'none', removed: '[]' },
  summary: '',
});

function say(
  { app, conversation, event, pullRequest }: PreviewWorld,
  head: string,
  state: Stamp['state'],
  body: string,
  begins: boolean,
): Promise<Telling> {
  const { id: runId, attempt } = event.run;
  return tell(conversation, {
    app,
    pullRequest: pullRequest.number,
    head,
    stamp: { runId, attempt, head: pullRequest.head, state },
    body,
    begins,
  });
}

/** Green only when every part says so: what is missing is not a yes. */
async function reportOf(
  inputs: PreviewInputs,
  world: PreviewWorld,
  signal: AbortSignal,
): Promise<PreviewReport> {
  const checks = readChecks(inputs.checks);
  const url = linkable(inputs.url);
  const isUp = inputs.stopped === '' && url !== undefined && inputs.digest !== '';
  const isProven =
    inputs.verdict === 'pass' && checks.length > 0 && checks.every(({ verdict }) => verdict === 'pass');
  const stopped =
    inputs.stopped || (isUp && isProven ? '' : 'Not every step says that the preview is up and passed.');
  return {
    app: world.app,
    passed: isUp && isProven,
    stopped: world.redact(stopped),
    url,
    version: inputs.version,
    deploymentId: inputs['deployment-id'],
    head: world.pullRequest.head,
    checks: checks.map(({ name, detail, ...check }) => ({
      ...check,
      name: world.redact(name),
      detail: world.redact(detail),
    })),
    sizes: readSizes(inputs.sizes),
    baseline: await readBaseline(world),
    guardedBy: url === undefined ? undefined : await guardOf(world, signal),
    run: world.event.run.url,
    at: world.clock.now(),
  };
}

/** A target that gives the checks a key keeps strangers out. That it cannot be asked spoils no report. */
async function guardOf(world: PreviewWorld, signal: AbortSignal): Promise<string | undefined> {
  try {
    const access = await (await world.openTarget()).access?.(signal);
    return Object.keys(access?.headers ?? {}).length > 0 ? world.environment.target.provider : undefined;
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'CANCELLED') throw error;
    return undefined;
  }
}

async function readBaseline({ app, first, ledger }: PreviewWorld): Promise<Baseline> {
  const environment = first.name;
  const weighed = (read: readonly LedgerEntry[]) => {
    const good = lastGood(read, undefined)?.payload.release;
    const staged = read.find(
      ({ task, payload }) =>
        task === 'deploy' && payload.sizes !== undefined && good && sameRelease(payload.release, good),
    );
    return { good, sizes: staged?.payload.sizes };
  };
  const entries = await readEntries(
    ledger,
    { app, environment },
    (read) => weighed(read).sizes !== undefined,
  );
  const { good, sizes } = weighed(entries);
  if (good === undefined) return { kind: 'none', why: `no release has passed its checks in ${environment}` };
  if (sizes === undefined) return { kind: 'none', why: `${good.version} in ${environment} was not weighed` };
  return { kind: 'release', environment, version: good.version, sizes };
}

const VERDICTS: ReadonlySet<unknown> = new Set(['pass', 'fail', 'insufficient', 'error']);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** What cannot be read is no check that passed: it makes the input wrong. */
function readChecks(given: unknown): readonly CheckResult[] {
  const isCheck = (one: unknown): one is CheckResult =>
    isRecord(one) &&
    typeof one.name === 'string' &&
    VERDICTS.has(one.verdict) &&
    typeof one.detail === 'string' &&
    isCount(one.durationMs);
  if (Array.isArray(given) && given.every(isCheck)) return given;
  throw invalid('checks', '`checks` output of smoke-test');
}

function readSizes(given: unknown): readonly BundleSize[] {
  const isSize = (one: unknown): one is BundleSize =>
    isRecord(one) &&
    typeof one.name === 'string' &&
    isCount(one.raw) &&
    [one.gzip, one.brotli].every((value) => value === undefined || isCount(value));
  if (Array.isArray(given) && given.every(isSize)) return given;
  throw invalid('sizes', '`sizes` output of build-check');
}

const invalid = (input: string, from: string): Failure =>
  new Failure('INPUT_INVALID', `preview: \`${input}\` is not what it should be.`, `Pass the ${from}.`);
