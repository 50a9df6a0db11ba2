import { scan } from './scan.ts';

/** What others have to wait for while a migration runs, from the least to the most. */
export const LOCKS = ['none', 'rows', 'schema-changes', 'writes', 'reads-and-writes', 'unknown'] as const;

/**
 * `none`: nothing that is there before; `rows`: those it writes; `schema-changes`: nothing but other changes
 * of the schema; `writes` and `reads-and-writes` of a whole table; `unknown`: its text does not say.
 */
export type Lock = (typeof LOCKS)[number];

const NAME = String.raw`(?:"(?:[^"]|"")+"|[\w$\u0080-\uffff]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$\u0080-\uffff]+))?`;
const TABLE = `alter table (?:if exists )?(?:only )?${NAME}`;

/** By how a statement begins, the first that fits; measured on PostgreSQL 15 to 18. What is not here is not known. */
const RULES: readonly (readonly [RegExp, Lock])[] = [
  [/^(create (unique )?index|drop index) concurrently\b/, 'schema-changes'],
  [/^create (unique )?index\b/, 'writes'],
  [/^create .*\bpartition of\b/, 'reads-and-writes'],
  [/^create (\w+ )*table\b.*\breferences\b/, 'writes'],
  [/^create (\w+ )*table\b/, 'none'],
  [/^create (or replace )?(constraint )?trigger\b/, 'writes'],
  [/^create (or replace )?(policy|rule)\b/, 'reads-and-writes'],
  [/^create or replace (temp |temporary |recursive )*view\b/, 'reads-and-writes'],
  [/^create statistics\b/, 'schema-changes'],
  [/^create (schema|type|domain|extension|sequence|(or replace )?(function|procedure)|.*\bview)\b/, 'none'],
  [/^alter (type|schema|extension)\b/, 'none'],
  [/^alter domain\b/, 'writes'],
  [new RegExp(`^${TABLE} validate constraint ${NAME}$`), 'schema-changes'],
  [new RegExp(`^${TABLE} alter (column )?${NAME} set statistics `), 'schema-changes'],
  [new RegExp(`^${TABLE} (re)?set \\((fillfactor|(toast\\.)?autovacuum_)`), 'schema-changes'],
  [new RegExp(`^${TABLE} add (constraint ${NAME} )?foreign key\\b`), 'writes'],
  [new RegExp(`^${TABLE} (enable|disable) (replica |always )?trigger\\b`), 'writes'],
  [/^(alter|drop|truncate|cluster|lock|reindex)\b/, 'reads-and-writes'],
  [/^refresh materialized view concurrently\b/, 'writes'],
  [/^refresh materialized view\b/, 'reads-and-writes'],
  [/^vacuum (\(.*)?full\b/, 'reads-and-writes'],
  [/^(comment|analyze|vacuum)\b/, 'schema-changes'],
  [/^(insert|update|delete|merge|copy)\b/, 'rows'],
  [/^(grant|revoke|set|reset)\b/, 'none'],
];

const CREATED = new RegExp(`^create (?:\\w+ )*table (?:if not exists )?(${NAME})`);
const TOUCHED = new RegExp(
  `^(?:${TABLE.replace(NAME, `(${NAME})`)}|create (?:unique )?index .*?\\bon (?:only )?(${NAME})|insert into (${NAME})|comment on table (${NAME}))`,
);

/**
 * The strongest lock of a migration, by its text alone: nobody has asked a database. It is never less than
 * what PostgreSQL takes; how long it is held nobody can read there.
 */
export function strongestLock(sql: string): Lock {
  const created = new Set<string>();
  const locks = scan(sql).statements.map(({ text }): Lock => {
    const statement = plain(text);
    const [, own] = CREATED.exec(statement) ?? [];
    const touched = TOUCHED.exec(statement)?.slice(1).find(Boolean);
    // Nobody waits for a table that nobody else can see yet. A foreign key locks the other table, too.
    const isOwn = touched !== undefined && created.has(touched) && !/\breferences\b/.test(statement);
    if (own !== undefined && !/^create (?:\w+ )*table if not exists/.test(statement)) created.add(own);
    return isOwn ? 'none' : lockOf(statement);
  });
  return LOCKS[Math.max(0, ...locks.map((lock) => LOCKS.indexOf(lock)))] ?? 'unknown';
}

function lockOf(statement: string): Lock {
  const found = RULES.find(([begins]) => begins.test(statement))?.[1] ?? 'unknown';
  // Of several changes of one table only the first was looked at.
  return /^alter table\b/.test(statement) && hasSeveral(statement) ? 'reads-and-writes' : found;
}

/** In small letters, with one space between words, without comments and what strings say. */
const plain = (statement: string): string =>
  statement
    .replaceAll(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith("'") ? "''" : ' '))
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();

/** Whether a comma stands outside of all parentheses. */
function hasSeveral(statement: string): boolean {
  let depth = 0;
  for (const sign of statement) {
    if (sign === '(') depth += 1;
    else if (sign === ')') depth -= 1;
    else if (sign === ',' && depth === 0) return true;
  }
  return false;
}
