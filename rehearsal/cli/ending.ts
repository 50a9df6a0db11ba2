import type { Digest } from '../../src/domain/release.ts';
import type { Conclusion } from '../executor/events.ts';
import type { FirstFailure } from '../view/ending.ts';
import type { Ending } from '../view/story.ts';

/** What the flags foretell: environments from this one on keep their release; undefined when all get the new one. */
export interface Foretold {
  readonly stopsAt: string | undefined;
  /** In words, for a reader who wonders why. */
  readonly because: string;
  /** Visitors may meet errors: that is what the fault does. */
  readonly mayFail: boolean;
}

/** What was to go wrong. */
export interface Flags {
  /** In the order of airlock.yml. */
  readonly environments: readonly string[];
  /** The environment that is refused to the release. */
  readonly rejected: string | undefined;
  /** What the release carries. */
  readonly fault: { readonly environment: string; readonly what: string } | undefined;
  /** The job in which the run was cancelled, as it was to be. */
  readonly cancelled: { readonly environment: string | undefined } | undefined;
  readonly mayFail: boolean;
}

/** Where the release stops if all goes as the flags say. */
export function foretell({ environments, rejected, fault, cancelled, mayFail }: Flags): Foretold {
  const stops = [
    rejected !== undefined && { at: rejected, because: `${rejected} was rejected` },
    fault !== undefined && { at: fault.environment, because: fault.what },
    // In a job of no environment it keeps the release out of every one.
    cancelled !== undefined && {
      at: cancelled.environment ?? environments[0],
      because: `the run was to be cancelled in ${cancelled.environment ?? 'a job before all environments'}`,
    },
  ].filter((stop) => stop !== false);
  const first = environments.flatMap((name) => stops.find(({ at }) => at === name) ?? [])[0];
  return { stopsAt: first?.at, because: first?.because ?? 'nothing was to go wrong', mayFail };
}

/** What was read when all was over. */
export interface Facts {
  /** In the order of airlock.yml. */
  readonly environments: readonly {
    readonly name: string;
    readonly before: Live | undefined;
    readonly after: Live | undefined;
  }[];
  readonly commit: string;
  readonly conclusion: Conclusion;
  readonly startupFailure: string | undefined;
  readonly failure: FirstFailure | undefined;
  readonly failedRequests: number;
  /** Why requests failed → how many. */
  readonly failures: Readonly<Record<string, number>>;
  /** Reasons of rollbacks as the ledger has them, by environment. */
  readonly rollbacks: Readonly<Record<string, string>>;
  /** Things that went against the flags before the end. */
  readonly complaints: readonly string[];
}

export interface Live {
  readonly digest?: Digest;
  readonly version: string;
  readonly commit: string;
}

/** Files that were kept, or how to get them. */
export type Places = { readonly kept: readonly string[] } | { readonly hint: string };

/** Whether it ended as foretold, and what to tell of it. */
export function judge(facts: Facts, foretold: Foretold, places: Places): Ending {
  const stop = facts.environments.findIndex(({ name }) => name === foretold.stopsAt);
  const live = facts.environments.map(({ name, after }) => ({
    environment: name,
    ...(after === undefined ? {} : { release: after }),
    isNew: after?.commit === facts.commit,
  }));
  const surprises = facts.environments.flatMap(({ name, before, after }, index) => {
    const wantsNew = stop === -1 || index < stop;
    if (wantsNew && after?.commit !== facts.commit)
      return [`${name} should have the new release and has ${nameOf(after)}`];
    if (!wantsNew && after?.digest !== before?.digest)
      return [`${name} should have kept ${nameOf(before)} and has ${nameOf(after)}`];
    return [];
  });
  const wanted = stop === -1 ? facts.conclusion === 'success' : facts.conclusion !== 'success';
  if (!wanted) surprises.push(`the run ended with ${facts.conclusion}`);
  if (facts.failedRequests > 0 && !foretold.mayFail)
    surprises.push(`${facts.failedRequests} visitors got no good answer (${countsOf(facts.failures)})`);
  surprises.push(...facts.complaints);
  const foretoldEnding = surprises.length === 0;
  const last = facts.environments.at(-1);
  return {
    foretold: foretoldEnding,
    headline: headlineOf(last, facts),
    why: [
      ...reasonsOf(facts),
      ...(foretoldEnding && stop !== -1 ? [`as foretold: ${foretold.because}`] : []),
      ...surprises.map((surprise) => `not as foretold: ${surprise}`),
    ],
    live,
    next: 'kept' in places ? places.kept : foretoldEnding && stop === -1 ? [] : [places.hint],
  };
}

function headlineOf(last: Facts['environments'][number] | undefined, facts: Facts): string {
  if (last === undefined) return 'There is no environment to go to.';
  if (last.after?.commit === facts.commit) return `${last.after.version} is live in ${last.name}.`;
  const why = stoppedBy(facts, last.name);
  if (last.after === undefined) return `Nothing is live in ${last.name}${why}.`;
  const again = last.name in facts.rollbacks ? 'live again' : 'still live';
  return `${last.after.version} is ${again} in ${last.name}${why}.`;
}

function stoppedBy({ failure, conclusion }: Facts, environment: string): string {
  if (conclusion === 'cancelled') return ': the run was cancelled';
  if (failure === undefined) return '';
  const { station, step } = failure;
  if (step === undefined) return `: the release did not enter ${station}`;
  return `: ${station === environment ? step : `${step} in ${station}`} stopped the new release`;
}

function reasonsOf({ failure, startupFailure, rollbacks, conclusion }: Facts): readonly string[] {
  const reasons: string[] = startupFailure === undefined ? [] : [startupFailure];
  if (failure !== undefined && conclusion !== 'success') {
    const place = [failure.station, failure.step].filter((part) => part !== undefined).join(', ');
    reasons.push(
      ...(failure.said.length === 0
        ? [`${place} did not pass`]
        : failure.said.slice(0, 3).map((said) => `${place}: ${said}`)),
    );
  }
  for (const [environment, reason] of Object.entries(rollbacks))
    reasons.push(`${environment} went back: ${reason}`);
  return reasons;
}

const nameOf = (live: Live | undefined): string =>
  live === undefined ? 'nothing' : `${live.version} (${live.commit.slice(0, 7)})`;

const countsOf = (failures: Readonly<Record<string, number>>): string =>
  Object.entries(failures)
    .map(([reason, times]) => `${reason}: ${times}`)
    .join(', ');
