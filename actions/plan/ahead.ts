import type { Repository } from '../../src/cycle/history.ts';
import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { readOverview } from '../../src/cycle/overview.ts';
import { HORIZON_MS } from '../../src/domain/calendar/ask.ts';
import { GUARDED_VERBS } from '../../src/domain/calendar/calendar.ts';
import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Decision } from '../../src/domain/gates/engine.ts';
import { goodActivations } from '../../src/domain/ledger.ts';
import { cell, code, table } from '../../src/domain/markdown.ts';
import { renderOverview } from '../../src/domain/overview.ts';
import { type Digest, shortDigest } from '../../src/domain/release.ts';
import { readCalendar } from '../../src/ports/calendar.ts';
import { readGates } from './gates.ts';
import { onHotfixWay, plannedHotfix } from './hotfix.ts';
import { gateSummary } from './summary.ts';
import type { WouldEnd } from './unmerged.ts';
import type { GateWorld, HotfixEntry } from './world.ts';

export interface AheadWorld extends GateWorld {
  /** Keeps a file for later steps of the job. Returns the absolute path of its folder. */
  keepFile(name: string, content: string): Promise<string>;
}

interface AheadQuestion {
  /** Those that are asked about, in order. */
  readonly environments: readonly EnvironmentSettings[];
  /** The release that would enter; without it the one that is next for each. */
  readonly digest: Digest | undefined;
  /** The commit that is checked out. */
  readonly commit: string;
  /** Path of airlock.yml in the repository. */
  readonly config: string;
  /** Whether the checked-out commit is not built: a pull request's. */
  readonly isProposal: boolean;
  /** What is to be known of a hotfix; absent in the normal lane. */
  readonly hotfix?: HotfixEntry | undefined;
  /** What would end the run before its gates are asked. */
  readonly end?: WouldEnd | undefined;
}

export interface AheadAnswer {
  readonly headline: string;
  readonly summary: string;
  readonly verdicts: readonly (Decision & { readonly environment: string })[];
  /** Folder of calendars as ICS files, one for each environment that has one; empty for none. */
  readonly calendars: string;
}

/** What the gates would say now. Changes nothing, and lets nothing in. */
export async function lookAhead(
  world: AheadWorld,
  repository: Repository,
  question: AheadQuestion,
): Promise<AheadAnswer> {
  const now = world.clock.now();
  const { hotfix, end } = question;
  const parts = [
    ...(end ? [endSummary(end)] : []),
    ...(hotfix ? [plannedHotfix(world.configuration, hotfix)] : []),
  ];
  const verdicts: (Decision & { environment: string })[] = [];
  let calendars = '';
  for (const environment of question.environments) {
    const candidate = await candidateFor(world, environment, question);
    const normal = { environment, ...candidate, lane: 'normal' as const, isAhead: true };
    const entry = hotfix ? onHotfixWay(world.configuration, normal, hotfix) : normal;
    const decision = await readGates(world, repository, entry);
    verdicts.push({ environment: environment.name, ...decision });
    const overview = await readOverview(world, repository, { ...entry, config: question.config });
    parts.push(
      `### ${cell(environment.name)}: ${stateOf(decision)}`,
      `For ${describe(candidate)}.`,
      gateSummary(decision.gates),
      renderOverview(overview, now),
    );
    calendars = (await keepCalendar(world, environment, now, repository.signal)) || calendars;
  }
  return { headline: headlineOf(verdicts, end), summary: parts.join('\n\n'), verdicts, calendars };
}

/** The gates below it are told all the same: they are what is left once it is mended. */
const endSummary = ({ reason, why, next }: WouldEnd): string =>
  table(['Would be refused', 'Why', 'Next'], [[code(reason), cell(why), cell(next)]]);

interface Candidate {
  readonly digest: Digest | undefined;
  readonly commit: string;
}

/** The named release; else what stands as proven in the environment before; else the checked-out commit. */
async function candidateFor(
  { configuration: { app }, ledger }: GateWorld,
  { gates }: EnvironmentSettings,
  { digest, commit, isProposal, hotfix }: AheadQuestion,
): Promise<Candidate> {
  const before = gates.after.at(-1);
  if (digest !== undefined || isProposal || hotfix || before === undefined) return { digest, commit };
  const entries = await readEntries(
    ledger,
    { app, environment: before },
    (read) => goodActivations(read, undefined).length > 0,
  );
  const release = goodActivations(entries, undefined)[0]?.payload.release;
  return release ?? { digest, commit };
}

const describe = ({ digest, commit }: Candidate): string =>
  digest === undefined
    ? `commit ${code(commit.slice(0, 7))}, not built`
    : `${code(`sha256:${shortDigest(digest)}`)} of commit ${code(commit.slice(0, 7))}`;

const stateOf = (decision: Decision): string =>
  decision.holding ? (onlyWaits(decision) ? 'waits for approval alone' : 'stays shut') : 'open';

/** Whether nothing but people's word is missing. */
const onlyWaits = ({ gates }: Decision): boolean =>
  gates.every(
    (one) => one.state !== 'unknown' && (one.state !== 'shut' || one.reason === 'WAITS_FOR_APPROVAL'),
  );

function headlineOf(verdicts: AheadAnswer['verdicts'], end: WouldEnd | undefined): string {
  if (end) return `Would be refused now: ${end.why} [${end.reason}]`;
  const named = (some: AheadAnswer['verdicts']) => some.map(({ environment }) => environment).join(', ');
  const held = verdicts.filter(({ holding }) => holding !== undefined);
  const shut = held.filter((one) => !onlyWaits(one));
  if (shut.length > 0)
    return `Would stay shut now: ${shut.map(({ environment, holding }) => `${environment} (${holding?.gate})`).join(', ')}`;
  return held.length > 0
    ? `Only an approval is missing: ${named(held)}`
    : `Every gate is open: ${named(verdicts)}`;
}

/** A calendar that cannot be read has been said by its gate. */
async function keepCalendar(
  { calendars, configuration, keepFile }: AheadWorld,
  { name, gates }: EnvironmentSettings,
  now: Date,
  signal: AbortSignal,
): Promise<string> {
  if (gates.calendar === undefined) return '';
  const within = { from: now.getTime(), to: now.getTime() + HORIZON_MS };
  try {
    const calendar = await readCalendar(gates.calendar, GUARDED_VERBS, calendars, within, signal);
    const sheet = { name: `${name} of ${configuration.app}`, within, now };
    return await keepFile(`${name}.ics`, calendars.render(calendar, sheet));
  } catch (error) {
    if (error instanceof Failure && error.code !== 'CANCELLED') return '';
    throw error;
  }
}
