import type { Configuration, EnvironmentSettings } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import { liveEntry } from '../domain/hotfix/base.ts';
import { isProven, type LedgerEntry, nameOf, proofOf } from '../domain/ledger.ts';
import type { Overview, OverviewChange, PendingMigration, Proof } from '../domain/overview.ts';
import type { Digest } from '../domain/release.ts';
import { strongestLock } from '../domain/sql/locks.ts';
import type { Ledger } from '../ports/ledger.ts';
import { changeBetween } from './change.ts';
import { failed, git, lines, type Repository, relationTo, SHA } from './history.ts';
import { readEntries } from './ledger-entries.ts';

/** More commits than this nobody reads. */
const MOST_COMMITS = 500;
const REVERT = /^--\s*airlock\s*:\s*revert\s*=\s*(free|lossy|irreversible)\s*$/i;
const MIGRATION = /^(\d{1,18}_[A-Za-z0-9_-]+)(\.up|\.down)?\.sql$/;

interface Question {
  readonly environment: EnvironmentSettings;
  /** Absent while it is not built. */
  readonly digest: Digest | undefined;
  readonly commit: string;
  /** Path of airlock.yml in the repository. */
  readonly config: string;
}

export interface OverviewWorld {
  readonly configuration: Pick<Configuration, 'app' | 'database'>;
  readonly ledger: Ledger;
}

/**
 * What whoever approves should know. A history that does not tell is said as that.
 *
 * @throws Failure of the ledger
 */
export async function readOverview(
  world: OverviewWorld,
  repository: Repository,
  question: Question,
): Promise<Overview> {
  const { environment, digest, commit } = question;
  const { app } = world.configuration;
  const [entries, ...before] = await Promise.all([
    readEntries(
      world.ledger,
      { app, environment: environment.name },
      (read) => liveEntry(read) !== undefined,
    ),
    ...environment.gates.after.map(async (name) => ({
      name,
      entries: await readEntries(
        world.ledger,
        { app, environment: name },
        (read) => digest !== undefined && isProven(read, digest),
      ),
    })),
  ]);
  const live = liveEntry(entries);
  return {
    environment: environment.name,
    commit,
    digest,
    live: live && {
      version: nameOf(live.payload),
      commit: commitOf(live),
      since: live.changedAt,
    },
    change: await readChange(world, repository, question, live && commitOf(live)),
    proofs: before.map(({ name, entries }) => proofIn(name, entries, digest)),
    built: builtBy(
      before.flatMap((one) => one.entries),
      digest,
    ),
    rollback: environment.rollback,
  };
}

const commitOf = ({ payload }: LedgerEntry): string => (payload.foreign ?? payload.release).commit;

function proofIn(environment: string, entries: readonly LedgerEntry[], digest: Question['digest']): Proof {
  const proof = digest === undefined ? undefined : proofOf(entries, digest);
  if (proof === undefined) return { environment };
  const { state, openedAt, changedAt, payload } = proof;
  const isLive = state === 'succeeded';
  return {
    environment,
    passed: {
      at: isLive ? changedAt : openedAt,
      isLive,
      verdicts: payload.verdicts,
      run: payload.run.url,
    },
  };
}

/** Who started the run that staged it first. */
function builtBy(entries: readonly LedgerEntry[], digest: Question['digest']): Overview['built'] {
  const first = entries.findLast(({ payload }) => digest !== undefined && payload.release.digest === digest);
  if (first === undefined) return undefined;
  const { actor, run, release } = first.payload;
  return { by: actor, at: release.builtAt, run: run.url, version: release.version };
}

async function readChange(
  { configuration }: OverviewWorld,
  repository: Repository,
  { commit, config }: Question,
  live: string | undefined,
): Promise<Overview['change']> {
  if (live === undefined) return { unknown: 'nothing is live to compare with' };
  try {
    if ((await relationTo(repository, commit, live)) === 'unknown')
      return { unknown: `the live commit ${live.slice(0, 7)} is not in this repository’s history` };
    const [commits, change, migrations, difference] = await Promise.all([
      commitsBetween(repository, live, commit),
      changeBetween(repository, live, commit),
      configuration.database === undefined
        ? []
        : migrationsBetween(repository, live, commit, configuration.database.migrations),
      differenceOf(repository, live, commit, config),
    ]);
    return { commits, files: change.files, migrations, configuration: difference };
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'CANCELLED') throw error;
    return { unknown: error.message };
  }
}

async function commitsBetween(
  repository: Repository,
  live: string,
  commit: string,
): Promise<OverviewChange['commits']> {
  const range = ['--end-of-options', `${live}..${commit}`, '--'];
  const found = await lines(repository, [
    'log',
    '--no-show-signature',
    `--max-count=${MOST_COMMITS}`,
    '--format=%H%x09%an%x09%s',
    ...range,
  ]);
  return found.map((line) => {
    const [sha = '', author = '', ...subject] = line.split('\t');
    return { sha, author, subject: subject.join(' ') };
  });
}

async function differenceOf(repository: Repository, live: string, commit: string, config: string) {
  const result = await git(repository, [
    'diff',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    live,
    commit,
    '--',
    `:(top,literal)${config}`,
  ]);
  if (result.code !== 0) throw failed(result);
  // From the first hunk on: what stands above names blobs and files.
  return result.stdout.slice(Math.max(0, result.stdout.search(/^@@/m)));
}

/** Migrations that the live commit does not have, in order; all of them where nothing is live. */
export async function migrationsBetween(
  repository: Repository,
  live: string | undefined,
  commit: string,
  folder: string,
): Promise<readonly PendingMigration[]> {
  const [before, after] = await Promise.all([
    live === undefined ? [] : migrationFiles(repository, live, folder),
    migrationFiles(repository, commit, folder),
  ]);
  const known = new Set(before.map(({ id }) => id));
  const added = after.filter(({ id, isDown }) => !isDown && !known.has(id));
  const undone = new Set(after.flatMap(({ id, isDown }) => (isDown ? [id] : [])));
  return Promise.all(
    added.map(async ({ id, object }): Promise<PendingMigration> => {
      const text = await git(repository, ['cat-file', 'blob', object]);
      if (text.code !== 0) throw failed(text);
      const reversibility = undone.has(id) ? statedIn(text.stdout) : 'irreversible';
      return { id, reversibility, lock: strongestLock(text.stdout) };
    }),
  );
}

/** What a migration says of itself above its first statement. */
function statedIn(text: string): PendingMigration['reversibility'] {
  const rows = text.split('\n').map((row) => row.trim());
  const first = rows.findIndex((row) => row !== '' && !row.startsWith('--'));
  const words = (first === -1 ? rows : rows.slice(0, first)).flatMap((row) => REVERT.exec(row)?.[1] ?? []);
  const [word] = words.map((one) => one.toLowerCase());
  return word === 'free' || word === 'lossy' || word === 'irreversible' ? word : 'unknown';
}

async function migrationFiles(repository: Repository, commit: string, folder: string) {
  const found = await git(repository, ['ls-tree', '-z', '--full-tree', commit, '--', `${folder}/`]);
  if (found.code !== 0) throw failed(found);
  return found.stdout.split('\0').flatMap((line) => {
    const [, object = '', path = ''] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    const [, id, direction] = MIGRATION.exec(path.slice(folder.length + 1)) ?? [];
    return id === undefined || !SHA.test(object) ? [] : [{ id, object, isDown: direction === '.down' }];
  });
}
