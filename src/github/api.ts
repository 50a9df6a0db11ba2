import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { RequestError } from '@octokit/request-error';
import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';

export interface GitHubAccess {
  /** The job's token: a secret. */
  readonly token: string;
  readonly api: { readonly rest: string; readonly graphql: string };
  readonly repository: { readonly owner: string; readonly name: string };
  readonly clock: Clock;
  /** Ends waiting and requests under way; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Longest wait for one answer, in milliseconds. Default 30 s. */
  readonly timeoutMs?: number;
}

/** One repository on one GitHub, as the adapters in this folder use it. */
export interface GitHub {
  readonly repository: { readonly owner: string; readonly name: string };
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly request: Client['request'];
  readonly paginate: Client['paginate'];
  /**
   * Runs a query; resolves to its `data`, which is not checked.
   *
   * @param options `mayMiss`: what is not there is null in it, and no error
   */
  query(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    options?: { readonly mayMiss?: boolean },
  ): Promise<unknown>;
  /** Runs a query of several parts; resolves to what could be answered, with the errors of the rest beside it. */
  answer(query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlAnswer>;
}

/** An answer to a query as it came: its `data` is not checked. */
export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlError[];
}

interface GraphqlError {
  readonly type?: string;
  readonly message?: string;
  /** Where in `data` something is missing for it; absent where it is about the whole query. */
  readonly path?: readonly (string | number)[];
}

type RequestOptions = ConstructorParameters<typeof RequestError>[2]['request'];
type OctokitResponse = NonNullable<ConstructorParameters<typeof RequestError>[2]['response']>;

/**
 * Octokit's core and pagination, not the whole `octokit`: its retry plugin repeats writes too, its
 * throttling spaces every write and query by a second and cannot be cancelled, and the rest is weight.
 */
const Client = Octokit.plugin(paginateRest);
type Client = InstanceType<typeof Client>;

const TRIES = 4;
const FIRST_WAIT_MS = 1_000;
/** Without a `retry-after`, GitHub asks for at least this long after a secondary rate limit. */
const SECONDARY_LIMIT_WAIT_MS = 60_000;
/** A limit that lasts longer is the maintainer's to know of, not a runner's to sit out. */
const LONGEST_WAIT_MS = 5 * 60_000;
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Opens one repository's API. Reads are tried again after a server error or a lost connection; any
 * request is, when GitHub refused it for its rate, after as long as GitHub says. Writes whose fate is
 * unknown are never repeated here: the caller looks first whether they happened.
 */
export function connectGitHub(access: GitHubAccess): GitHub {
  const octokit = new Client({
    auth: access.token,
    baseUrl: access.api.rest,
    // What it would print, the failures say better.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    // Here and not in the hook below: Octokit's own hooks drop a signal that an outer hook adds.
    request: { fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: ending(access) }) },
  });
  octokit.hook.wrap('request', async (send, options) => {
    for (let attempt = 1; ; attempt += 1) {
      access.signal?.throwIfAborted();
      try {
        return soundAnswer(await send(options), options);
      } catch (error) {
        access.signal?.throwIfAborted();
        const wait =
          attempt < TRIES ? waitBeforeRetry(error, options, attempt, access.clock.now()) : undefined;
        if (wait === undefined) throw error;
        await access.clock.sleep(wait, access.signal);
      }
    }
  });
  const answer: GitHub['answer'] = async (query, variables) => {
    const { data } = await octokit.request({ method: 'POST', url: access.api.graphql, query, variables });
    return (data ?? {}) as GraphqlAnswer;
  };
  return {
    repository: access.repository,
    clock: access.clock,
    signal: access.signal,
    request: octokit.request,
    paginate: octokit.paginate,
    answer,
    query: async (query, variables, { mayMiss = false } = {}) => {
      const { data, errors = [] } = await answer(query, variables);
      refuseFor(errors.filter(({ type }) => !mayMiss || type !== 'NOT_FOUND'));
      return data;
    },
  };
}

const silent = (): void => {};

/** Aborted when one answer took too long, or the run is cancelled. */
function ending({ signal, timeoutMs = DEFAULT_TIMEOUT_MS }: GitHubAccess): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** GraphQL reports its own server errors with status 200 and no type: they count as what they are. */
function soundAnswer<R extends OctokitResponse>(response: R, request: RequestOptions): R {
  const { errors = [] } = (response.data ?? {}) as GraphqlAnswer;
  const own = errors.find(
    ({ type, message = '' }) => type === undefined && /something went wrong/i.test(message),
  );
  if (own === undefined) return response;
  throw new RequestError(own.message ?? '', 502, { request, response });
}

/** Milliseconds to wait, or nothing when trying again is no use or not safe. */
function waitBeforeRetry(
  error: unknown,
  options: { readonly method: string; readonly url: string; readonly query?: unknown },
  attempt: number,
  now: Date,
): number | undefined {
  const limit = rateLimitOf(error, now);
  if (limit !== undefined) return limit > LONGEST_WAIT_MS ? undefined : limit;
  const isRead = options.method === 'GET' || options.query !== undefined;
  return isRead && isUncertain(error) ? FIRST_WAIT_MS * 2 ** (attempt - 1) : undefined;
}

/** How long GitHub wants to be left alone, in milliseconds, when it refused a request for its rate. */
function rateLimitOf(error: unknown, now: Date): number | undefined {
  if (!(error instanceof RequestError) || (error.status !== 429 && error.status !== 403)) return undefined;
  const headers = error.response?.headers ?? {};
  const retryAfter = Number(headers['retry-after']);
  if (retryAfter > 0) return retryAfter * 1_000;
  if (headers['x-ratelimit-remaining'] === '0')
    return Math.max(1_000, Number(headers['x-ratelimit-reset']) * 1_000 - now.getTime() + 1_000);
  return error.status === 429 || /secondary rate limit/i.test(error.message)
    ? SECONDARY_LIMIT_WAIT_MS
    : undefined;
}

/** Whether a write may or may not have happened: a server error, a lost connection, no answer in time. */
export const isUncertain = (error: unknown): boolean =>
  (error instanceof RequestError && error.status >= 500) ||
  (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'));

/** How often a write of unknown fate is looked for and, when it did not happen, made again. */
const WRITE_TRIES = 3;
const WAIT_AFTER_UNCERTAIN_MS = 1_000;

/** Does a write that looks first whether it is needed, and again when its fate was unknown. */
export async function settled<T>(github: GitHub, ensure: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await ensure();
    } catch (error) {
      github.signal?.throwIfAborted();
      if (attempt === WRITE_TRIES || !isUncertain(error)) throw error;
      await github.clock.sleep(WAIT_AFTER_UNCERTAIN_MS * attempt, github.signal);
    }
}

/** An answer to a query, held to the shape that the query asks for. */
export function shaped<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Failure(
    'GITHUB_ANSWER_UNREADABLE',
    `GitHub's answer has another shape than its schema says: ${z.prettifyError(parsed.error)}`,
    'Run the job again; if it stays so, report it with this message.',
  );
}

/** A GraphQL answer whose errors are turned into the failures their REST twins would be. */
class GraphqlRefusal extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Throws for the first of some errors of a query, if there is one; `explained` tells it. */
export function refuseFor([first]: readonly GraphqlError[]): void {
  if (first) throw new GraphqlRefusal(first.type ?? 'UNKNOWN', first.message ?? 'no reason given');
}

/**
 * Does `work`, and tells what went wrong in it as a `Failure`.
 *
 * @param doing what was being done, as in "could not …"
 * @param permission what the job's token needs for it, as in a workflow's `permissions:`
 */
export async function explained<T>(doing: string, permission: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error, doing, permission);
  }
}

function explain(error: unknown, doing: string, permission: string): unknown {
  const fail = (code: string, why: string, next: string) =>
    new Failure(code, `Could not ${doing}: ${why}`, next, { cause: error });
  const forbidden = (why: string) =>
    fail(
      'GITHUB_PERMISSION_MISSING',
      `the token lacks the permission \`${permission}\` (${why}).`,
      `Add \`${permission}\` to the \`permissions:\` of the job, and of every workflow that calls it.`,
    );
  const hidden = () =>
    fail(
      'GITHUB_NOT_FOUND',
      'GitHub says that it does not exist, which it also says of what the token may not see.',
      `Check the name, and that the job's token belongs to this repository and has \`${permission}\`.`,
    );

  if (error instanceof GraphqlRefusal) {
    if (error.type === 'FORBIDDEN' || error.type === 'INSUFFICIENT_SCOPES') return forbidden(error.message);
    if (error.type === 'NOT_FOUND') return hidden();
    if (error.type === 'RATE_LIMITED') return rateLimited(fail, error.message);
    return fail('GITHUB_REFUSED', `GitHub refused the query: ${error.message}`, REPORT);
  }
  if (isUncertain(error))
    return fail(
      'GITHUB_UNREACHABLE',
      `GitHub did not answer as it should (${messageOf(error)}).`,
      'See https://www.githubstatus.com, then run the job again: it goes on where it stopped.',
    );
  if (!(error instanceof RequestError)) return error;
  if (rateLimitOf(error, new Date()) !== undefined) return rateLimited(fail, error.message);
  if (error.status === 401)
    return fail(
      'GITHUB_TOKEN_REJECTED',
      'GitHub does not accept the token.',
      'Pass the `github.token` of the running job: it ends with its job.',
    );
  if (error.status === 403) return forbidden(error.message);
  if (error.status === 404) return hidden();
  return fail('GITHUB_REFUSED', `GitHub refused it with status ${error.status}: ${error.message}`, REPORT);
}

const REPORT = 'Read what GitHub says; if the request itself is wrong, report it with this message.';

const rateLimited = (fail: (code: string, why: string, next: string) => Failure, message: string): Failure =>
  fail(
    'GITHUB_RATE_LIMITED',
    `GitHub limits the rate of requests, and still did after waiting (${message}).`,
    'Run the job again later; spread jobs that use the same token.',
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
