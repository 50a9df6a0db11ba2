import { describeAge } from './duration.ts';
import { cell, code, details, inert, preformatted, table } from './markdown.ts';
import { type Digest, shortDigest } from './release.ts';
import type { Lock } from './sql/locks.ts';

/** What whoever lets a release into an environment should know before. All texts may be a stranger's. */
export interface Overview {
  readonly environment: string;
  readonly commit: string;
  readonly digest: Digest | undefined;
  /** What is live there; absent before the first release. */
  readonly live: Named | undefined;
  /** What lies between the two; absent where they cannot be compared, with the reason. */
  readonly change: OverviewChange | { readonly unknown: string };
  /** The environments before it, in order. */
  readonly proofs: readonly Proof[];
  /** Who made the release, as the ledger says; absent while it is not built. */
  readonly built:
    | { readonly by: string; readonly at: string; readonly run: string; readonly version: string }
    | undefined;
  /** What happens when it turns out bad. */
  readonly rollback: { readonly automatic: boolean; readonly migrations: 'when-safe' | 'never' };
}

interface Named {
  readonly version: string;
  readonly commit: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

export interface OverviewChange {
  /** Newest first. */
  readonly commits: readonly { readonly sha: string; readonly author: string; readonly subject: string }[];
  /** `lines` is absent where git cannot count them. */
  readonly files: readonly { readonly path: string; readonly lines: number | undefined }[];
  readonly migrations: readonly PendingMigration[];
  /** What airlock.yml says differently, as git shows it; empty for nothing. */
  readonly configuration: string;
}

export interface PendingMigration {
  readonly id: string;
  /** `free` loses nothing, `lossy` data, `unknown` nobody said; `irreversible` has no way back. */
  readonly reversibility: 'free' | 'lossy' | 'irreversible' | 'unknown';
  /** What waits while it runs, by its text. */
  readonly lock: Lock;
}

export interface Proof {
  readonly environment: string;
  /** Absent where this digest is not proven. */
  readonly passed?: {
    readonly at: string;
    /** Whether it is what is live there. */
    readonly isLive: boolean;
    readonly verdicts: Readonly<Record<string, string>>;
    readonly run: string;
  };
}

const MOST_COMMITS = 50;
const MOST_FILES = 50;
const MOST_CHARACTERS = 20_000;

/** The numbers of the pull requests that commits came from, by what GitHub writes into their first lines. */
export const pullRequestsIn = (subjects: readonly string[]): readonly number[] => {
  const numbers = subjects.flatMap((subject) => {
    const [, merged, squashed] = /^Merge pull request #(\d{1,9}) |\(#(\d{1,9})\)$/.exec(subject) ?? [];
    return merged ?? squashed ?? [];
  });
  return [...new Set(numbers.map(Number))];
};

/** The overview in GitHub-flavoured Markdown. */
export function renderOverview(overview: Overview, now: Date): string {
  const { change } = overview;
  const head = table(['', ''], facts(overview, now));
  if ('unknown' in change)
    return [head, `What changes cannot be shown: ${cell(change.unknown)}`].join('\n\n');
  return [head, ...changeBlocks(change)].join('\n\n');
}

function facts(overview: Overview, now: Date): readonly (readonly string[])[] {
  const { live, built, change, digest, commit, rollback } = overview;
  const files = digest === undefined ? 'not built yet' : code(`sha256:${shortDigest(digest)}`);
  const back =
    live === undefined
      ? 'nothing: this is the first release here'
      : `${rollback.automatic ? 'by itself' : 'by the rollback workflow'} to ${code(live.version)}; migrations are ${rollback.migrations === 'never' ? 'left as they are' : 'taken back where nothing is lost'}`;
  const size =
    'unknown' in change
      ? []
      : [
          [
            'Change',
            `${counted(change.commits.length, 'commit')}, ${counted(change.files.length, 'file')}${numbersOf(change)}`,
          ],
        ];
  return [
    ['Into', `**${cell(overview.environment)}**`],
    ['Release', `${built ? `${code(built.version)} · ` : ''}${code(commit.slice(0, 7))} · ${files}`],
    ...(built ? [['Built by', `${cell(built.by)}, ${ago(built.at, now)}, in ${code(built.run)}`]] : []),
    [
      'Live now',
      live
        ? `${code(live.version)} · ${code(live.commit.slice(0, 7))}, for ${since(live.since, now)}`
        : 'nothing yet',
    ],
    ...overview.proofs.map((proof) => [`In ${cell(proof.environment)}`, proven(proof, now)]),
    ...size,
    ['If it turns out bad', `goes back ${back}`],
  ];
}

const numbersOf = ({ commits }: OverviewChange): string => {
  const numbers = pullRequestsIn(commits.map(({ subject }) => subject));
  return numbers.length === 0 ? '' : `, pull requests ${numbers.map((number) => `#${number}`).join(' ')}`;
};

function proven({ passed }: Proof, now: Date): string {
  if (passed === undefined) return 'not proven';
  const verdicts = Object.entries(passed.verdicts).map(
    ([check, verdict]) => `${cell(check)} ${cell(verdict)}`,
  );
  return [
    `passed ${ago(passed.at, now)}${passed.isLive ? `, live there for ${since(passed.at, now)}` : ', another release took its place there'}`,
    ...verdicts,
    `in ${code(passed.run)}`,
  ].join('; ');
}

const changeBlocks = (change: OverviewChange): readonly string[] => [
  ...(change.migrations.length === 0 ? [] : [migrationTable(change.migrations)]),
  ...(change.configuration === ''
    ? []
    : [details('airlock.yml changes', preformatted(cut(change.configuration)))]),
  ...(change.commits.length === 0
    ? []
    : [
        details(
          counted(change.commits.length, 'commit'),
          table(
            ['Commit', 'Author', ''],
            change.commits
              .slice(0, MOST_COMMITS)
              .map(({ sha, author, subject }) => [code(sha.slice(0, 7)), inert(author), inert(subject)]),
          ) + more(change.commits.length - MOST_COMMITS),
        ),
      ]),
  ...(change.files.length === 0
    ? []
    : [
        details(
          counted(change.files.length, 'file'),
          table(
            ['File', 'Lines'],
            change.files
              .slice(0, MOST_FILES)
              .map(({ path, lines }) => [code(path), lines === undefined ? 'not counted' : String(lines)]),
          ) + more(change.files.length - MOST_FILES),
        ),
      ]),
];

/** What each migration makes others wait for, and whether it can be undone. */
export const migrationTable = (migrations: readonly PendingMigration[]): string =>
  table(
    ['Migration', 'While it runs', 'Way back'],
    migrations.map(({ id, lock, reversibility }) => [code(id), WAITS[lock], WAYS_BACK[reversibility]]),
  );

const WAYS_BACK: Readonly<Record<PendingMigration['reversibility'], string>> = {
  free: '🟢 loses nothing',
  lossy: '🟠 loses data',
  unknown: '🟠 there is one; whether it loses data is not said',
  irreversible: '🔴 none',
};

const WAITS: Readonly<Record<Lock, string>> = {
  none: '🟢 nothing waits',
  rows: '🟢 other writes to the same rows wait',
  'schema-changes': '🟢 reads and writes go on',
  writes: '🟠 writes to a table wait',
  'reads-and-writes': '🟠 reads and writes of a table wait',
  unknown: '🟠 what waits cannot be told from its text',
};

const more = (left: number): string => (left > 0 ? `\n\nand ${left} more` : '');

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const cut = (text: string): string =>
  text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS).toWellFormed()}\n…`;

const since = (time: string, now: Date): string => {
  const milliseconds = now.getTime() - Date.parse(time);
  return Number.isNaN(milliseconds) ? 'an unknown time' : describeAge(milliseconds);
};

const ago = (time: string, now: Date): string => `${since(time, now)} ago`;
