import type { IncomingMessage } from 'node:http';
import { BuildOutputError, byPhase, type Configuration, type Phase, type Source } from './configuration.ts';
import { type Asked, Matcher } from './matching.ts';
import type { Output, Outputs } from './outputs.ts';

/** What answers a request: an output, or a status alone (of a redirect, `location` is among the headers). */
export interface Routed {
  readonly output?: Output;
  /** The one a route gives; without it the output's own. */
  readonly status?: number;
  /** Of every route on the way, in lower case. What a function says itself counts for more. */
  readonly headers: Readonly<Record<string, string>>;
  /** What was asked for, and what a route's `dest` adds. */
  readonly query: URLSearchParams;
}

/** A place among the outputs. */
interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** One request on its way. */
interface Journey {
  readonly asked: Asked;
  readonly headers: Record<string, string>;
  /** Where the routes that `continue` have brought it. */
  place: Place;
}

/** Where one phase ends. */
interface Arrival {
  readonly output: Output | undefined;
  readonly query: URLSearchParams;
  readonly status: number | undefined;
}

/** One after another, until one leads to an output. Each is followed by `hit` or `miss`. */
const MAIN_PHASES = ['start', 'filesystem', 'rewrite', 'resource'] as const;

/**
 * Vercel's routing over one build output, as documented and, where the documentation is silent, as
 * `vercel dev` does it.
 *
 * https://vercel.com/docs/build-output-api/configuration#routes
 * https://github.com/vercel/vercel/blob/main/packages/cli/src/util/dev/router.ts
 */
export class Router {
  readonly #outputs: Outputs;
  readonly #phases: ReadonlyMap<Phase, readonly Matcher[]>;

  /** @throws BuildOutputError for a route that could not do its work where it stands */
  constructor(routes: Configuration['routes'], outputs: Outputs) {
    this.#outputs = outputs;
    this.#phases = new Map(
      [...byPhase(routes)].map(([phase, sources]) => {
        for (const source of sources) checkPlace(phase, source);
        return [phase, sources.map((source) => new Matcher(source))];
      }),
    );
  }

  route(request: IncomingMessage): Routed {
    const { pathname: path, searchParams: query } = new URL(`${ORIGIN}${request.url ?? '/'}`);
    const { method = 'GET', headers } = request;
    const host = headers.host?.replace(/:\d+$/, '') ?? '';
    const journey: Journey = { asked: { method, host, headers, query }, headers: {}, place: { path, query } };

    for (const phase of MAIN_PHASES) {
      for (const step of [phase, 'miss'] as const) {
        const { output, query, status } = this.#walk(step, journey);
        if (isRedirect(status) && journey.headers.location)
          return { status, query, headers: journey.headers };
        if (output) {
          this.#walk('hit', journey);
          return { output, query, headers: journey.headers, ...(status && { status }) };
        }
        if (status) return this.#fail(journey, status);
      }
    }
    return this.#fail(journey, 404);
  }

  #fail(journey: Journey, status: number): Routed {
    const { output, query } = this.#walk('error', journey, status);
    return { status, query, headers: journey.headers, ...(output && { output }) };
  }

  /** @param failed in the error phase, the status that the routes are to answer */
  #walk(phase: Phase, journey: Journey, failed?: number): Arrival {
    let status: number | undefined;
    for (const matcher of this.#phases.get(phase) ?? []) {
      const { route } = matcher;
      const match = matcher.match(journey.place.path, journey.asked);
      if (!match || (failed && route.status && route.status !== failed)) continue;

      for (const [name, value] of Object.entries(match.headers)) {
        // What answers has been found or missed by then: these phases add, they do not replace.
        if (!(['hit', 'miss'].includes(phase) && name in journey.headers)) journey.headers[name] = value;
      }
      status = route.status ?? status;
      const place = move(journey.place, match.dest, route.transforms);
      if (route.continue) {
        journey.place = place;
        continue;
      }
      const output = this.#outputs.find(place.path);
      if (output || !route.check) return { output, query: place.query, status };

      // "If true, the route triggers handle: 'filesystem' and handle: 'rewrite'"
      if (phase !== 'rewrite') {
        const rewritten = this.#walk('rewrite', { ...journey, place });
        if (rewritten.output) return rewritten;
      }
      journey.place = place;
      status = undefined;
    }
    const { path, query } = journey.place;
    return { output: this.#outputs.find(path), query, status };
  }
}

/** Addresses of requests and destinations have no origin of their own. */
const ORIGIN = 'http://origin';

function move(from: Place, dest: string | undefined, transforms: Source['transforms']): Place {
  const query = new URLSearchParams(from.query);
  for (const { target } of transforms) query.delete(target.key);
  if (dest === undefined) return { path: from.path, query };
  const to = new URL(dest.replace(/^\/*/, '/'), ORIGIN);
  for (const [key, value] of to.searchParams) if (!query.has(key)) query.append(key, value);
  return { path: to.pathname, query };
}

const isRedirect = (status: number | undefined): status is number =>
  status !== undefined && status >= 300 && status < 400;

/** https://github.com/vercel/vercel/blob/main/packages/routing-utils/src/index.ts (normalizeRoutes) */
function checkPlace(phase: Phase, { src, dest, status, check, ...route }: Source): void {
  const wrong =
    phase === 'hit'
      ? dest !== undefined || status !== undefined || !route.continue
      : phase === 'miss' && (dest === undefined ? !route.continue : !check);
  if (wrong) throw new BuildOutputError(`The route ${src} cannot stand after \`handle: ${phase}\`.`);
}
