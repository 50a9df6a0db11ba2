import { Failure } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import { explainStatus, waitAfterRefusal } from './answers.ts';
import type { VercelAccess, VercelRequest } from './request.ts';

/** Vercel's public API. */
const PUBLIC_API = 'https://api.vercel.com';
const TRIES = 4;
const FIRST_WAIT_MS = 500;
/** Longest wait for one answer, in milliseconds. */
const TIMEOUT_MS = 30_000;

export interface VercelAnswer {
  readonly status: number;
  /** Parsed JSON, unchecked; undefined for an empty answer. */
  readonly body: unknown;
}

/** One account's API, for requests of this project only: a token for one project opens no other door. */
export interface VercelApi {
  readonly access: VercelAccess;
  /** `http:` for an API on loopback, which then serves its deployments so too. */
  readonly scheme: 'http:' | 'https:';
  /** The team as it stands in every query: `teamId` or `slug`, or nothing. */
  readonly account: Readonly<Record<string, string>>;
  /**
   * Sends one request. A read is tried again after a server error or a lost connection; anything is,
   * after as long as Vercel says, when it was refused for its rate. A write whose fate is unknown is not
   * repeated: it fails with `VERCEL_UNREACHABLE`, and the caller looks first whether it happened.
   *
   * @throws Failure VERCEL_TOKEN_MISSING, VERCEL_TOKEN_REJECTED, VERCEL_FORBIDDEN, VERCEL_NOT_FOUND,
   *   VERCEL_PLAN, VERCEL_RATE_LIMITED, VERCEL_REFUSED, VERCEL_UNREACHABLE, VERCEL_ANSWER_UNREADABLE;
   *   or the signal's reason
   */
  send(request: VercelRequest, signal: AbortSignal): Promise<VercelAnswer>;
}

/** Where the API is and who asks, from the step's environment variables and the settings. */
export const vercelAccess = (
  variables: Readonly<Record<string, string | undefined>>,
  team: string | undefined,
  clock: Clock,
): VercelAccess => ({
  token: variables.VERCEL_TOKEN?.trim() ?? '',
  team,
  apiUrl: (variables.VERCEL_API_URL || PUBLIC_API).replace(/\/+$/, ''),
  clock,
});

export function connectVercel(access: VercelAccess): VercelApi {
  const { team, apiUrl, clock } = access;
  const account: Readonly<Record<string, string>> =
    team === undefined ? {} : team.startsWith('team_') ? { teamId: team } : { slug: team };

  const sendOnce = async (request: VercelRequest, signal: AbortSignal): Promise<Attempt> => {
    const url = new URL(`${apiUrl}${request.path}`);
    for (const [name, value] of Object.entries({ ...request.query, ...account }))
      if (value !== undefined) url.searchParams.set(name, value);
    const timeout = AbortSignal.timeout(access.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        method: request.method,
        headers: {
          authorization: `Bearer ${access.token}`,
          'user-agent': 'airlock',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        // Another origin would get the token.
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (cause) {
      signal.throwIfAborted();
      return { lost: timeout.aborted ? 'no whole answer in time' : 'the connection was lost', cause };
    }
  };

  return {
    access,
    scheme: apiUrl.startsWith('http://') ? 'http:' : 'https:',
    account,
    async send(request, signal) {
      if (access.token === '') throw tokenMissing();
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted();
        const answer = await sendOnce(request, signal);
        const wait = attempt < TRIES ? waitBeforeRetry(request, answer, attempt, clock.now()) : undefined;
        if (wait === undefined) return conclude(request, answer, access);
        await clock.sleep(wait, signal);
      }
    },
  };
}

type Attempt =
  | { readonly status: number; readonly headers: Headers; readonly text: string; readonly lost?: never }
  /** Nothing whole came back: a write may or may not have happened. */
  | { readonly lost: string; readonly cause: unknown };

/** Milliseconds to wait, or nothing when trying again is no use or not safe. */
function waitBeforeRetry(
  request: VercelRequest,
  answer: Attempt,
  attempt: number,
  now: Date,
): number | undefined {
  const backOff = FIRST_WAIT_MS * 2 ** (attempt - 1);
  const isRead = request.method === 'GET';
  if (answer.lost !== undefined) return isRead ? backOff : undefined;
  if (answer.status === 429) return waitAfterRefusal(answer.headers, now, backOff);
  if (isRead && answer.status < 400 && parsed(answer.text) === undefined) return backOff;
  return isRead && answer.status >= 500 ? backOff : undefined;
}

function conclude(request: VercelRequest, answer: Attempt, access: VercelAccess): VercelAnswer {
  if (answer.lost !== undefined) throw unreachable(request, answer.lost, answer.cause);
  const { status, text } = answer;
  const body = text === '' ? { json: undefined } : parsed(text);
  if (status >= 500) throw unreachable(request, `status ${status}`);
  if (!body) {
    if (status >= 400) throw explainStatus(request, status, undefined, access);
    // A write was done, and its answer cut: what became of it is for the caller to look up.
    throw unreachable(request, 'the answer is not whole');
  }
  if (status < 400 || request.expects?.includes(status)) return { status, body: body.json };
  throw explainStatus(request, status, body.json, access);
}

function parsed(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Whether a write failed so that it may have happened all the same. */
export const isUncertain = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'VERCEL_UNREACHABLE';

const unreachable = ({ method, path: where }: VercelRequest, why: string, cause?: unknown): Failure =>
  new Failure(
    'VERCEL_UNREACHABLE',
    `Vercel did not answer ${method} ${where} as it should: ${why}.`,
    'See https://www.vercel-status.com, then run the job again: it goes on where it stopped.',
    cause === undefined ? {} : { cause },
  );

const tokenMissing = (): Failure =>
  new Failure(
    'VERCEL_TOKEN_MISSING',
    'There is no Vercel token: the environment variable VERCEL_TOKEN is empty.',
    'Add the secret VERCEL_TOKEN to the GitHub environment, and hand it to the workflow.',
  );
