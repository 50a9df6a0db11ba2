import type { SmokeCheckSettings, SmokeSettings } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import type { Release } from '../domain/release.ts';
import {
  concludeCheck,
  type Finding,
  judgeAnswer,
  judgeLatency,
  type SmokeReport,
  withoutRelease,
} from '../domain/smoke.ts';
import { worstVerdict } from '../domain/verdict.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { ProbeAnswer, Prober } from '../ports/prober.ts';

export type { SmokeReport };

export interface SmokeRequest {
  /** Address of the deployment, http or https, without credentials; paths are asked below its own path. */
  readonly baseUrl: string;
  /** The release that must be found there. Nothing where it is not known: then nobody asks which one it is. */
  readonly release: Release | undefined;
  readonly settings: SmokeSettings;
  /** Sent with every request, to this origin only; the values are kept out of every text. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to every address that is asked. */
  readonly query?: Readonly<Record<string, string>>;
}

export interface SmokePorts {
  readonly prober: Prober;
  readonly clock: Clock;
  readonly log: Log;
}

/** Bytes of an answer that are read. */
const BODY_LIMIT = 256 * 1024;
/** Checks that ask at the same time. */
const CONCURRENT_CHECKS = 4;
const MOST_REDIRECTS = 5;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Asks a deployment every smoke check.
 *
 * A cold start gets its time first: one address is asked, with growing pauses, until it answers anything
 * but a server error or `warmUpMs` are over (none at all is waited with 0). Then the checks run side by side; until that same deadline one
 * that meets a closed connection or a 502, 503 or 504 asks again. Latency is measured last and alone, so
 * that no other check slows what is measured.
 *
 * Redirects are followed within the origin only, at most five, and not at all by a check that expects one.
 *
 * @returns verdict and results; an unreachable deployment is an `error`, never an exception
 * @throws Failure SMOKE_URL_INVALID; or the signal's reason when it is aborted
 */
export async function runSmokeChecks(
  request: SmokeRequest,
  ports: SmokePorts,
  signal: AbortSignal,
): Promise<SmokeReport> {
  const base = parseBase(request.baseUrl);
  const { warmUpMs } = request.settings;
  const checks = request.release ? request.settings.checks : withoutRelease(request.settings.checks);
  const { clock, log } = ports;
  const deadline = clock.now().getTime() + warmUpMs;
  const secrets = Object.values(request.headers ?? {});

  const ask = (check: SmokeCheckSettings): Promise<Reply> =>
    askFollowing(ports.prober, check, { ...request, base }, signal);
  const askUntil =
    (settled: (reply: Reply, check: SmokeCheckSettings) => boolean) => (check: SmokeCheckSettings) =>
      retry(
        () => ask(check),
        (reply) => settled(reply, check),
        deadline,
        clock,
        signal,
      );

  const first = checks.find((check) => check.health) ?? checks[0];
  if (first && warmUpMs > 0) {
    log.info(`Waiting up to ${Math.ceil(warmUpMs / 1000)} s for ${base.origin} to answer.`);
    await askUntil(isAwake)(first);
  }

  const questioned = await mapBounded(checks, CONCURRENT_CHECKS, async (check) => {
    const startedAt = clock.now().getTime();
    const reply = await askUntil(isSettled)(check);
    return {
      check,
      findings: judge(check, reply, request.release),
      tookMs: clock.now().getTime() - startedAt,
    };
  });

  const results = [];
  for (const { check, findings, tookMs } of questioned) {
    const startedAt = clock.now().getTime();
    const isGood = findings.every((finding) => finding.verdict === 'pass');
    const latency = check.latency && isGood ? await measureLatency(check, check.latency, ask) : [];
    const durationMs = tookMs + clock.now().getTime() - startedAt;
    const result = concludeCheck(check.name, [...findings, ...latency], durationMs, secrets);
    log.info(`${result.verdict.padEnd(12)} ${result.name}: ${result.detail}`);
    results.push(result);
  }
  return { verdict: worstVerdict(results.map((result) => result.verdict)), checks: results };
}

function parseBase(baseUrl: string): URL {
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!base || !/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '') {
    // The text itself may hold the credentials, so it is not shown.
    throw new Failure(
      'SMOKE_URL_INVALID',
      'The address to smoke-test is not an http or https URL without user name and password.',
      'Give the address as https://host, and credentials as a header.',
    );
  }
  return base;
}

/** Below the base's own path, and on its origin whatever the path holds. */
const urlOf = (base: URL, path: string): URL =>
  new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}/${path.replace(/^\//, '')}`);

function withQuery(url: URL, query: Readonly<Record<string, string>>): URL {
  const asked = new URL(url);
  for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, value);
  return asked;
}

/** An answer and where it came from, or the redirect that was not followed. */
type Reply =
  | { readonly kind: 'reply'; readonly answer: ProbeAnswer; readonly url: URL }
  | { readonly kind: 'astray'; readonly words: string };

async function askFollowing(
  prober: Prober,
  check: SmokeCheckSettings,
  { base, headers = {}, query = {} }: Pick<SmokeRequest, 'headers' | 'query'> & { readonly base: URL },
  signal: AbortSignal,
): Promise<Reply> {
  let url = withQuery(urlOf(base, check.path), query);
  for (let followed = 0; followed <= MOST_REDIRECTS; followed += 1) {
    signal.throwIfAborted();
    const answer = await prober.probe(
      { method: check.method, url: url.href, headers, timeoutMs: check.timeoutMs, bodyLimit: BODY_LIMIT },
      signal,
    );
    const location = answer.kind === 'answered' && answer.status !== check.status && redirection(answer);
    if (!location) return { kind: 'reply', answer, url };
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next?.origin !== base.origin) {
      return {
        kind: 'astray',
        words: `expected status ${check.status}, saw a redirect to ${next?.origin ?? 'no valid address'}, which is not followed`,
      };
    }
    url = withQuery(next, query);
  }
  return {
    kind: 'astray',
    words: `expected status ${check.status}, saw more than ${MOST_REDIRECTS} redirects`,
  };
}

const redirection = (answer: ProbeAnswer & { kind: 'answered' }): string | undefined =>
  [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.location : undefined;

/** Whether the app runs, be its answer right or wrong. */
const isAwake = (reply: Reply, check: SmokeCheckSettings): boolean =>
  reply.kind === 'astray' ||
  (reply.answer.kind === 'answered' && (reply.answer.status < 500 || reply.answer.status === check.status));

/** Whether asking again would be asking for another answer to the same question. */
const isSettled = (reply: Reply, check: SmokeCheckSettings): boolean =>
  reply.kind === 'astray' ||
  (reply.answer.kind === 'answered' &&
    (reply.answer.status === check.status || ![502, 503, 504].includes(reply.answer.status)));

function judge(check: SmokeCheckSettings, reply: Reply, release: Release | undefined): readonly Finding[] {
  if (reply.kind === 'astray') return [{ verdict: 'fail', words: reply.words }];
  if (reply.answer.kind === 'unreachable') {
    return [{ verdict: 'error', words: `no answer from ${reply.url.origin}: ${reply.answer.reason}` }];
  }
  return judgeAnswer(check, reply.answer, release, reply.url);
}

/** One request after the other: what is asked for is the app's own pace, not how it bears a crowd. */
async function measureLatency(
  check: SmokeCheckSettings,
  budget: NonNullable<SmokeCheckSettings['latency']>,
  ask: (check: SmokeCheckSettings) => Promise<Reply>,
): Promise<readonly Finding[]> {
  const durations: number[] = [];
  const strayed: string[] = [];
  for (let asked = 0; asked < budget.requests; asked += 1) {
    const reply = await ask(check);
    if (reply.kind === 'astray') strayed.push(reply.words);
    else if (reply.answer.kind === 'unreachable') strayed.push(reply.answer.reason);
    else if (reply.answer.status !== check.status) strayed.push(`status ${reply.answer.status}`);
    else durations.push(reply.answer.durationMs);
  }
  return [judgeLatency(budget, durations, strayed)];
}

/** Tries until it is settled or the deadline has passed, pausing twice as long each time. Tries at least once. */
async function retry<T>(
  attempt: () => Promise<T>,
  isSettled: (result: T) => boolean,
  deadline: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const result = await attempt();
    const left = deadline - clock.now().getTime();
    if (isSettled(result) || left <= 0) return result;
    await clock.sleep(Math.min(pause, left), signal);
  }
}

/** `work` on every item, at most `limit` at once; results in the order of the items. */
async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
