/** What stands at a path of a JSON value, or how far the path could be followed. */
export type Found =
  | { readonly found: true; readonly value: unknown }
  /** `missing` is the part of the path, from its beginning, that is not there. */
  | { readonly found: false; readonly missing: string };

const STEP = /\.?([^.[\]"]+)|\[(\d+)\]|\["([^"]*)"\]/y;

/**
 * The steps of a path such as `a.b[0].c` or `["a.b"].c`; undefined when it is not one. Keys are texts,
 * indexes numbers.
 */
export function parseJsonPath(path: string): readonly (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  let at = 0;
  while (at < path.length) {
    STEP.lastIndex = at;
    const step = STEP.exec(path);
    const dotted = step?.[0].startsWith('.') ?? false;
    // A dot belongs between two steps and nowhere else.
    if (!step || (at === 0 ? dotted : step[1] !== undefined && !dotted)) return undefined;
    steps.push(step[2] === undefined ? (step[1] ?? step[3] ?? '') : Number(step[2]));
    at = STEP.lastIndex;
  }
  return steps.length > 0 ? steps : undefined;
}

/** Follows steps through objects' own keys and arrays' indexes. */
export function readJsonPath(value: unknown, steps: readonly (string | number)[]): Found {
  let here = value;
  for (const [index, step] of steps.entries()) {
    const isThere =
      typeof step === 'number'
        ? Array.isArray(here) && step < here.length
        : isRecord(here) && Object.hasOwn(here, step);
    if (!isThere) return { found: false, missing: writeJsonPath(steps.slice(0, index + 1)) };
    here = (here as Record<string | number, unknown>)[step];
  }
  return { found: true, value: here };
}

/** Whether a JSON value is an object with keys. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const writeJsonPath = (steps: readonly (string | number)[]): string =>
  steps
    .map((step) =>
      typeof step === 'number' ? `[${step}]` : /[.[\]"]/.test(step) ? `["${step}"]` : `.${step}`,
    )
    .join('')
    .replace(/^\./, '');
