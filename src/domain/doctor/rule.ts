import type { Location } from '../failure.ts';
import type { Facts, Read } from './facts.ts';

/** How grave it is when the answer is no. */
export type Weight = 'open' | 'warn';
export type Severity = Weight | 'unknown' | 'ok';

/** The way to mend something: by hand in the browser or an editor, or by one command. */
export interface Fix {
  readonly click: string;
  readonly command?: string;
}

/** One question about a repository. */
export interface Rule {
  readonly id: string;
  /** The question, for a person. */
  readonly asks: string;
  readonly weight: Weight;
  /** Why it matters, in one line. */
  readonly why: string;
  /** The usual way to mend it, with names to fill in; what was seen may bring its own. */
  fix(place: Place): Fix;
  look(facts: Facts): readonly Sighting[];
}

/** Where a fix is meant for. */
export interface Place {
  /** `owner/name` */
  readonly repository: string;
  /** What was looked at: an environment, a branch, a file. */
  readonly about: string;
}

/** What a rule saw of one thing. */
export interface Sighting {
  readonly answer: 'ok' | 'no' | 'unknown';
  readonly about: string;
  readonly what: string;
  readonly at?: Location;
  /** In place of the rule's own. */
  readonly fix?: Fix;
  /** The command of the rule's own way, for what was seen. */
  readonly command?: string;
  /** In place of the rule's own. */
  readonly weight?: Weight;
}

type More = Pick<Sighting, 'at' | 'fix' | 'command' | 'weight'>;

export const ok = (about: string, what: string): Sighting => ({ answer: 'ok', about, what });
export const no = (about: string, what: string, more: More = {}): Sighting => ({
  answer: 'no',
  about,
  what,
  ...more,
});
export const unknown = (about: string, what: string, more: More = {}): Sighting => ({
  answer: 'unknown',
  about,
  what,
  ...more,
});

/** Judges what was read; what was not is unknown, and the way on is a token that may read it. */
export function whenRead<T>(
  read: Read<T>,
  about: string,
  judge: (value: T) => Sighting | readonly Sighting[],
): readonly Sighting[] {
  if (read.kind === 'read') return [judge(read.value)].flat();
  return [untold(about, read)];
}

/** What GitHub did not answer. */
export const untold = (
  about: string,
  { why, needs }: { readonly why: string; readonly needs: string | undefined },
): Sighting =>
  unknown(about, why, {
    fix: needs === undefined ? { click: 'Run the doctor again: no permission is missing.' } : tokenFix(needs),
  });

/** A job's own token can be given neither administration, secrets nor environments. */
export const tokenFix = (needs: string): Fix => ({
  click: `Give the doctor a token with ${needs}: on your machine as GH_TOKEN, in Actions as the secret DOCTOR_TOKEN (docs/doctor.md, “A token that may look”).`,
});

/** One sighting for all workflows when none is wrong; a file that could not be read proves nothing. */
export function amongWorkflows(
  { workflows }: Facts,
  wrong: readonly Sighting[],
  allWell: string,
): readonly Sighting[] {
  const unread = workflows.flatMap((one) =>
    one.kind === 'unread'
      ? [
          unknown(one.file, one.why, {
            at: { file: one.file },
            fix: { click: `Mend ${one.file}: GitHub cannot read it either, or it is no workflow.` },
          }),
        ]
      : [],
  );
  if (workflows.length === 0)
    return [
      unknown('workflows', 'there is none in this checkout', {
        fix: {
          click: 'Run the doctor in a checkout of the repository: its workflows are part of what is open.',
        },
      }),
    ];
  const seen = [...wrong, ...unread];
  return seen.length > 0 ? seen : [ok('workflows', allWell)];
}
