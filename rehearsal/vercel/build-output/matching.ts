import type { IncomingHttpHeaders } from 'node:http';
import { BuildOutputError, type Condition, type Source } from './configuration.ts';

/** What conditions are held against. */
export interface Asked {
  readonly method: string;
  /** Without a port. */
  readonly host: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
}

export interface Match {
  /** With its captures in place. */
  readonly dest: string | undefined;
  /** Names in lower case, captures in place. */
  readonly headers: Readonly<Record<string, string>>;
}

type Captures = Readonly<Record<string, string | undefined>>;

/** One route, ready to be held against requests. */
export class Matcher {
  readonly route: Source;
  readonly #pattern: RegExp;
  readonly #has: readonly Test[];
  readonly #missing: readonly Test[];

  /** @throws BuildOutputError for a pattern that JavaScript cannot read as PCRE does */
  constructor(route: Source) {
    this.route = route;
    this.#pattern = compile(route.src, route.caseSensitive ? '' : 'i');
    this.#has = (route.has ?? []).map(test);
    this.#missing = (route.missing ?? []).map(test);
  }

  match(path: string, asked: Asked): Match | undefined {
    const { methods, dest, headers } = this.route;
    const found = this.#pattern.exec(path);
    if (!found || (methods && !methods.includes(asked.method))) return undefined;
    const had = this.#has.map((holds) => holds(asked));
    if (had.includes(undefined) || this.#missing.some((holds) => holds(asked))) return undefined;

    const captures: Captures = Object.assign({ ...found, ...found.groups }, ...had);
    return {
      dest: dest === undefined ? undefined : fill(dest, captures),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), fill(value, captures)]),
      ),
    };
  }
}

/** The named captures where it holds. */
type Test = (asked: Asked) => Captures | undefined;

function test(condition: Condition): Test {
  const pattern = condition.value === undefined ? undefined : compile(condition.value, '');
  return (asked) => {
    const seen = seenIn(condition, asked);
    if (seen === undefined || !pattern) return seen === undefined ? undefined : {};
    const found = pattern.exec(seen);
    return found ? { ...found.groups } : undefined;
  };
}

function seenIn(condition: Condition, { host, headers, query }: Asked): string | undefined {
  switch (condition.type) {
    case 'host':
      return host;
    case 'header':
      return headers[condition.key.toLowerCase()]?.toString();
    case 'query':
      return query.get(condition.key) ?? undefined;
    case 'cookie':
      return cookies(headers.cookie).get(condition.key);
  }
}

const cookies = (header = ''): ReadonlyMap<string, string> =>
  new Map(
    header.split(';').map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), value.join('=').trim()];
    }),
  );

/**
 * Patterns are held against the whole text:
 * https://github.com/vercel/vercel/blob/main/packages/routing-utils/src/index.ts (normalizeRoutes)
 */
function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(
      `${source.startsWith('^') ? '' : '^'}${source}${source.endsWith('$') ? '' : '$'}`,
      flags,
    );
  } catch (cause) {
    throw new BuildOutputError(`The pattern ${source} is not supported.`, { cause });
  }
}

const fill = (text: string, captures: Captures): string =>
  text.replace(/\$(\d+|[A-Za-z]\w*)/g, (_, name: string) => captures[name] ?? '');
