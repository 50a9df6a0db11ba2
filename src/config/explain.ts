import type * as z from 'zod';
import { isRecord } from '../domain/json-path.ts';
import { nearest, suggestion } from './nearest.ts';
import { type Problem, quote } from './problem.ts';
import type { Path, Source } from './yaml.ts';

type Issue = z.core.$ZodIssue;

/**
 * Handed to zod while it reads: leaves with an issue what only the schema knows. An own property of a raw
 * issue stays on the finished one.
 */
export const withKnownKeys: z.core.$ZodErrorMap = (issue) => {
  const definition: unknown = issue.inst?._zod.def;
  if (issue.code === 'unrecognized_keys' && isRecord(definition) && isRecord(definition.shape)) {
    issue.known = Object.keys(definition.shape);
  }
  return undefined;
};

const knownKeys = (issue: Issue & { readonly known?: unknown }): readonly string[] =>
  Array.isArray(issue.known) ? issue.known : [];

/** What zod found, in words, each at its own line. */
export function explain(issues: readonly Issue[], source: Source): readonly Problem[] {
  const flat = issues.flatMap((issue) => flatten(issue, []));
  // `enviroments:` is one mistake, not an unknown key and a missing one.
  const meant = new Set(
    flat.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => pathText([...issue.path, nearest(key, knownKeys(issue)) ?? key]))
        : [],
    ),
  );
  const incomplete = new Set(
    flat.flatMap(({ code, path }) => (code === 'unrecognized_keys' ? [pathText(path)] : [])),
  );
  return flat.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, source);
    // What a mapping must hold cannot be said while some of its keys are not understood.
    if (issue.code === 'custom' && incomplete.has(pathText(issue.path))) return [];
    const value = valueAt(source.value, issue.path);
    if (value === undefined) {
      const path = pathText(issue.path);
      return meant.has(path) ? [] : [source.problem(issue.path, 'value', `${quote(path)} is missing`)];
    }
    const part = issue.code === 'invalid_key' ? 'key' : 'value';
    return [source.problem(issue.path, part, `${subject(issue)} ${predicate(issue, value)}`)];
  });
}

/** Issues inside the only branch of a union that fits what was written, else the union's own. */
function flatten(issue: Issue, prefix: Path): readonly Issue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.filter((branch) => !branch.some(isOfAnotherKind));
    const [branch] = branches;
    if (branches.length === 1 && branch) return branch.flatMap((inner) => flatten(inner, path));
  }
  return [{ ...issue, path }];
}

const isOfAnotherKind = (issue: Issue): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union');

function unknownKeys(issue: Issue & { code: 'unrecognized_keys' }, source: Source): readonly Problem[] {
  const known = knownKeys(issue);
  return issue.keys.map((key) => {
    const hint = suggestion(key, known) || (known.length > 0 ? `; known here: ${known.join(', ')}` : '');
    const path = [...issue.path, key];
    return source.problem(path, 'key', `${quote(pathText(path))} is not a known key${hint}`);
  });
}

const subject = (issue: Issue): string =>
  issue.path.length === 0
    ? 'the file'
    : issue.code === 'invalid_key'
      ? `the name ${quote(issue.path.at(-1))}`
      : quote(pathText(issue.path));

function predicate(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'is not a name';
  const choices = choicesOf(issue);
  const wanted = demand(issue, choices);
  // "must be …, but is …" reads well; "must rise from step to step, but is …" does not.
  return wanted.startsWith('must be ') ? `${wanted}${received(value)}${suggestion(value, choices)}` : wanted;
}

function demand(issue: Issue, choices: readonly string[]): string {
  // Messages of our own schemas start with the verb; zod's do not.
  if (/^(must|cannot) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return choices.length === 1 ? `must be ${choices[0]}` : `must be one of ${choices.join(', ')}`;
    case 'too_small':
      return issue.minimum === 1 && issue.origin !== 'number'
        ? 'must not be empty'
        : `must ${MEASURES[issue.origin] ?? 'be'} ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `must ${MEASURES[issue.origin] ?? 'be'} ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return `is not valid: ${issue.message}`;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

const MEASURES: Readonly<Record<string, string>> = { string: 'have a length of', array: 'have a length of' };

/** The values that could stand there, of a union's branches too. */
function choicesOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'invalid_union') return issue.errors.flat().filter(isOfAnotherKind).flatMap(choicesOf);
  return [];
}

function received(value: unknown): string {
  if (value === null) return ', but nothing is there';
  if (Array.isArray(value)) return ', but is a list';
  if (typeof value === 'object') return ', but is a mapping';
  return typeof value === 'string'
    ? `, but is ${quote(value)}`
    : `, but is the ${typeof value} ${quote(value)}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return here;
}

/** `environments.staging.smoke.checks[0].path` */
const pathText = (path: Path): string =>
  path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
