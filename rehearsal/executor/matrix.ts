import { evaluate, type Scope } from './evaluate.ts';
import type { Strategy } from './workflow.ts';

export type Combination = Readonly<Record<string, unknown>>;

export interface Expanded {
  readonly combinations: readonly Combination[];
  readonly failFast: boolean;
  /** Jobs at once; Infinity when nothing is said. */
  readonly maxParallel: number;
}

/** GitHub's limit of jobs a matrix makes in one run. */
const MOST_JOBS = 256;

/** Evaluates a strategy. Without a matrix there is one combination, with nothing in it. */
export function expandStrategy(strategy: Strategy | undefined, scope: Scope): Expanded {
  const value = strategy?.matrix === undefined ? undefined : evaluate(strategy.matrix, scope);
  const failFast = strategy?.failFast === undefined ? true : evaluate(strategy.failFast, scope) === true;
  const limit = strategy?.maxParallel === undefined ? 0 : Number(evaluate(strategy.maxParallel, scope));
  const combinations = value === undefined ? [{}] : expandMatrix(value);
  if (combinations.length > MOST_JOBS)
    throw new Error(`The matrix makes ${combinations.length} jobs; GitHub allows ${MOST_JOBS}`);
  return { combinations, failFast, maxParallel: limit > 0 ? limit : Number.POSITIVE_INFINITY };
}

/** All combinations of the vectors, less `exclude`, with `include` merged in or added. */
export function expandMatrix(matrix: unknown): Combination[] {
  if (!isRecord(matrix)) throw new Error('A matrix must be a mapping');
  const { include = [], exclude = [], ...vectors } = matrix;
  let combinations: Record<string, unknown>[] = Object.keys(vectors).length === 0 ? [] : [{}];
  for (const [name, values] of Object.entries(vectors)) {
    if (!Array.isArray(values) || values.length === 0)
      throw new Error(`Matrix vector '${name}' does not contain any values`);
    combinations = combinations.flatMap((combination) =>
      values.map((value: unknown) => ({ ...combination, [name]: value })),
    );
  }
  const excluded = records(exclude);
  const kept = combinations.filter((combination) => !excluded.some((filter) => matches(combination, filter)));
  const original = kept.map((combination) => ({ ...combination }));
  const added: Record<string, unknown>[] = [];
  for (const extra of records(include)) {
    const shared = Object.keys(extra).filter((key) => key in vectors);
    const fits = original.flatMap((combination, index) =>
      shared.every((key) => same(combination[key], extra[key])) ? [index] : [],
    );
    if (fits.length === 0) added.push({ ...extra });
    for (const index of fits) Object.assign(kept[index] ?? {}, extra);
  }
  return [...kept, ...added];
}

/** What GitHub writes behind a matrix job's name: the values in their order. */
export const suffixOf = (combination: Combination): string =>
  Object.values(combination)
    .flatMap((value) => (isRecord(value) ? Object.values(value) : [value]))
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(', ');

const matches = (combination: Combination, filter: Combination): boolean =>
  Object.entries(filter).every(([key, value]) => same(combination[key], value));

const same = (one: unknown, other: unknown): boolean =>
  isRecord(other) && isRecord(one) ? matches(one, other) : JSON.stringify(one) === JSON.stringify(other);

const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
