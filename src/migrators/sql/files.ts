import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, type Location } from '../../domain/failure.ts';
import { lineAndColumn, type Piece, type Scanned, scan } from '../../domain/sql/scan.ts';
import type { Reversibility } from '../../ports/migrator.ts';
import { type Header, readHeader } from './header.ts';

/** One direction of a migration, ready to run. */
export interface Script {
  /** File name inside the folder of migrations. */
  readonly file: string;
  /** Without byte order mark, with `\n` line ends; the statements' offsets point into it. */
  readonly text: string;
  readonly statements: readonly Piece[];
  readonly noTransaction: boolean;
  readonly losslessWhen: string | undefined;
}

export interface MigrationFile {
  readonly version: bigint;
  /** As in the file name: `0003_add_email`. */
  readonly id: string;
  /** SHA-256 of the text that goes up, the same for both kinds of line end. */
  readonly checksum: string;
  readonly reversibility: Reversibility;
  readonly up: Script;
  readonly down: Script | undefined;
}

const NAME = /^((\d{1,18})_[A-Za-z0-9_-]+)(\.up|\.down)?\.sql$/;
/** Files that may stand beside migrations without being one. */
const COMPANIONS: ReadonlySet<string> = new Set(['.gitkeep', 'README.md']);
const TRANSACTION_CONTROL =
  /^(begin|commit|end|abort|start\s+transaction|prepare\s+transaction|rollback(?!\s+(work\s+|transaction\s+)?to\b))\b/i;
const COPY_FROM_STDIN = /^copy\b[^;]*\bfrom\s+stdin\b/i;
const CONCURRENT_INDEX = /^create\s+(unique\s+)?index\s+concurrently\b/i;

type Problem = Location & { readonly what: string };

/**
 * Reads the folder of migrations, oldest first. Everything in it must be a migration with a proper name
 * and a readable text: a file that is skipped in silence is a migration that never ran.
 *
 * @throws Failure MIGRATIONS_NOT_FOUND, or MIGRATION_INVALID with every problem of every file
 */
export async function readMigrations(directory: string): Promise<readonly MigrationFile[]> {
  const problems: Problem[] = [];
  const names = await fileNames(directory, problems);
  const scripts = new Map<string, { id: string; version: bigint; up?: Read; down?: Read }>();
  for (const name of names) {
    const [, id, digits, direction] = NAME.exec(name) ?? [];
    if (id === undefined || digits === undefined) {
      problems.push({
        file: name,
        what: 'is not named like a migration: use `0001_what_it_does.sql`, `….up.sql` or `….down.sql`.',
      });
      continue;
    }
    const migration = scripts.get(id) ?? { id, version: BigInt(digits) };
    scripts.set(id, migration);
    const way = direction === '.down' ? 'down' : 'up';
    if (migration[way])
      problems.push({ file: name, what: `says the same as ${migration[way].script.file}.` });
    migration[way] = await readScript(directory, name, way, problems);
  }

  const migrations: MigrationFile[] = [];
  const owners = new Map<bigint, string>();
  for (const { id, version, up, down } of scripts.values()) {
    const file = up?.script.file ?? down?.script.file ?? id;
    const owner = owners.get(version);
    if (owner !== undefined)
      problems.push({ file, what: `has the same number as ${owner}: give it the next free one.` });
    owners.set(version, id);
    if (!up) {
      problems.push({ file, what: `has no file that goes up: add ${id}.sql or remove this one.` });
      continue;
    }
    checkTogether(id, up, down, problems);
    migrations.push({
      version,
      id,
      checksum: createHash('sha256').update(up.script.text).digest('hex'),
      reversibility: down ? (up.header.revert ?? 'unknown') : 'irreversible',
      up: up.script,
      down: down?.script,
    });
  }
  if (problems.length > 0) throw invalid(problems);
  return migrations.sort((a, b) => (a.version < b.version ? -1 : 1));
}

async function fileNames(directory: string, problems: Problem[]): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw new Failure(
      'MIGRATIONS_NOT_FOUND',
      'The release has no folder of migrations, or it cannot be read.',
      'Check `database.migrations` in airlock.yml, and that the release was sealed after the folder was added.',
      { cause },
    );
  });
  const others = entries.filter((entry) => !COMPANIONS.has(entry.name));
  for (const entry of others.filter((other) => !other.isFile())) {
    problems.push({
      file: entry.name,
      what: 'is not a plain file: move it out of the folder of migrations.',
    });
  }
  return others
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

interface Read {
  readonly script: Script;
  readonly header: Header;
}

async function readScript(
  directory: string,
  file: string,
  direction: 'up' | 'down',
  problems: Problem[],
): Promise<Read> {
  const bytes = await readFile(join(directory, file));
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    problems.push({ file, what: 'is not UTF-8: save it as UTF-8.' });
  }
  const problem = (offset: number, what: string) =>
    problems.push({ file, ...lineAndColumn(text, offset), what });
  const scanned = scan(text);
  const header = readHeader(scanned, direction, problem);
  checkText(text, scanned, header, problem);
  const { noTransaction, losslessWhen } = header;
  return { script: { file, text, statements: scanned.statements, noTransaction, losslessWhen }, header };
}

function checkText(
  text: string,
  scanned: Scanned,
  header: Header,
  problem: (offset: number, what: string) => void,
): void {
  const nul = text.indexOf('\0');
  if (nul !== -1)
    problem(nul, 'A NUL character: PostgreSQL would silently ignore what follows it. Remove it.');
  if (scanned.statements.length === 0) problem(0, 'No statement in it: write one, or remove the file.');
  for (const offset of scanned.backslashes) {
    problem(offset, 'A psql command (`\\…`): only SQL runs here. Remove it.');
  }
  for (const { text: statement, offset } of scanned.statements) {
    if (TRANSACTION_CONTROL.test(statement)) {
      problem(
        offset,
        'The file begins or ends a transaction itself: Airlock runs it in one. Remove this statement.',
      );
    }
    if (COPY_FROM_STDIN.test(statement)) problem(offset, 'COPY FROM STDIN needs psql: use INSERT.');
    if (CONCURRENT_INDEX.test(statement) && !concurrentIndex(statement)) {
      problem(offset, 'Name the index: without a name an interrupted build cannot be found again.');
    }
  }
  const second = scanned.statements[1];
  if (header.noTransaction && second) {
    problem(
      second.offset,
      'A no-transaction file holds one statement: put the next one into a file of its own.',
    );
  }
}

function checkTogether(id: string, up: Read, down: Read | undefined, problems: Problem[]): void {
  const { file } = up.script;
  if (!down && up.header.revert !== undefined && up.header.revert !== 'irreversible') {
    problems.push({
      file,
      what: `says \`revert = ${up.header.revert}\`: add ${id}.down.sql, or say irreversible.`,
    });
  }
  if (down?.script.losslessWhen !== undefined && up.header.revert !== 'lossy') {
    problems.push({
      file: down.script.file,
      what: `has \`lossless-when\`, which counts only when ${file} says \`revert = lossy\`.`,
    });
  }
}

/** The index and the table of a CREATE INDEX CONCURRENTLY, as written in the statement. */
export function concurrentIndex(statement: string): { index: string; table: string } | undefined {
  const identifier = '(?:"(?:[^"]|"")+"|[\\w$\\u0080-\\uffff]+)';
  const [, index, table] =
    new RegExp(
      `^create\\s+(?:unique\\s+)?index\\s+concurrently\\s+(?:if\\s+not\\s+exists\\s+)?(?!on\\s)(${identifier})\\s+on\\s+(?:only\\s+)?(${identifier}(?:\\s*\\.\\s*${identifier})?)`,
      'i',
    ).exec(statement) ?? [];
  if (index === undefined || table === undefined) return undefined;
  return {
    index: index.startsWith('"') ? index.slice(1, -1).replaceAll('""', '"') : index.toLowerCase(),
    table,
  };
}

function invalid(problems: readonly Problem[]): Failure {
  const [first] = problems;
  const place = ({ file, line }: Problem) => (line === undefined ? file : `${file}:${line}`);
  const at = first && {
    file: first.file,
    ...(first.line === undefined ? {} : { line: first.line }),
    ...(first.column === undefined ? {} : { column: first.column }),
  };
  return new Failure(
    'MIGRATION_INVALID',
    `The migrations cannot be run as they are:\n${problems.map((problem) => `- ${place(problem)}: ${problem.what}`).join('\n')}`,
    'Mend what is listed and seal a new release. Nothing was applied.',
    at ? { at } : {},
  );
}
