import type { SecurityHeader, SmokeCheckSettings } from './configuration.ts';
import { isRecord, parseJsonPath, readJsonPath } from './json-path.ts';
import { percentile } from './latency.ts';
import { PatternError, parsePattern, patternSource } from './pattern.ts';
import type { Release } from './release.ts';
import { SECURITY_RULES } from './security-headers.ts';
import { type CheckResult, type Verdict, worstVerdict } from './verdict.ts';

/** What the smoke checks of one address came to. */
export interface SmokeReport {
  /** The worst of the checks; without any check `insufficient`. */
  readonly verdict: Verdict;
  /** In the order of the configuration. */
  readonly checks: readonly CheckResult[];
}

/** An HTTP answer as far as the checks look at it. */
export interface SmokeAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body was longer than what was kept. */
  readonly bodyCut: boolean;
}

/** One condition's answer, in words: what was asked for and what was seen. */
export interface Finding {
  readonly verdict: Verdict;
  readonly words: string;
}

/** The check of last resort: that it answers at all. */
export const answers = (path: string): SmokeCheckSettings => ({
  name: 'answers',
  path,
  method: 'GET',
  status: 200,
  timeoutMs: 10_000,
  headers: {},
  security: [],
  body: [],
  json: {},
  version: false,
  health: false,
  latency: undefined,
});

/**
 * What can be asked where no release is known: every question but which one it is. A check that asks
 * nothing else is left out: its address may not even be there. Where all are, it must answer at least.
 */
export function withoutRelease(checks: readonly SmokeCheckSettings[]): readonly SmokeCheckSettings[] {
  const left = checks.flatMap((check) => {
    const anonymous = { ...check, version: false };
    return check.version && !asksBesidesStatus(anonymous) ? [] : [anonymous];
  });
  return left.length > 0 || checks.length === 0 ? left : [answers('/')];
}

const asksBesidesStatus = (check: SmokeCheckSettings): boolean =>
  asksForBody(check) ||
  Object.keys(check.headers).length > 0 ||
  check.security.length > 0 ||
  check.latency !== undefined;

const pass = (words: string): Finding => ({ verdict: 'pass', words });
const fail = (words: string): Finding => ({ verdict: 'fail', words });
/** The question itself could not be asked or the answer not be read. */
const error = (words: string): Finding => ({ verdict: 'error', words });

/**
 * Holds one answer to every condition of a check, the latency budget left out.
 *
 * A wrong status is the only finding when there is one: whatever else an error page gets wrong is noise.
 *
 * @param release that must be found; nothing where it is not known, and then none is asked for
 * @param url where the answer came from
 */
export function judgeAnswer(
  check: SmokeCheckSettings,
  answer: SmokeAnswer,
  release: Release | undefined,
  url: URL,
): readonly Finding[] {
  if (answer.status !== check.status) {
    return [fail(`expected status ${check.status}, saw ${answer.status}`)];
  }
  return [
    pass(`status ${answer.status}`),
    ...Object.entries(check.headers).map(([name, expected]) => judgeHeader(name, expected, answer)),
    ...check.security.map((word) => judgeSecurity(word, answer, url)),
    ...(asksForBody(check) ? judgeBody(check, answer, release) : []),
  ];
}

const asksForBody = (check: SmokeCheckSettings): boolean => check.body.length > 0 || asksForJson(check);

const asksForJson = (check: SmokeCheckSettings): boolean =>
  check.version || check.health || Object.keys(check.json).length > 0;

/** Headers whose values are credentials or may hold some: never shown. */
const PRIVATE_HEADER = /cookie|auth|token|secret|key|bypass|session|password/i;

function judgeHeader(name: string, expected: string, answer: SmokeAnswer): Finding {
  const seen = answer.headers[name.toLowerCase()];
  const isPrivate = PRIVATE_HEADER.test(name);
  const wanted = isPrivate ? '(not shown)' : shown(expected);
  if (seen === undefined) return fail(`expected header ${name} ${wanted}, saw none`);
  const matched = matches(expected, seen, 'whole');
  if (typeof matched === 'string') return error(`header ${name}: ${matched}`);
  return matched
    ? pass(`header ${name}`)
    : fail(`expected header ${name} ${wanted}, saw ${isPrivate ? '(not shown)' : quote(seen)}`);
}

/** Addresses that never leave the machine, where no certificate is to be had. */
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

function judgeSecurity(word: SecurityHeader, answer: SmokeAnswer, url: URL): Finding {
  const rule = SECURITY_RULES[word];
  if (word === 'hsts' && url.protocol === 'http:') {
    // Browsers ignore the header over http, so its presence there proves nothing.
    return LOOPBACK.test(url.hostname)
      ? pass('hsts not judged over http on this machine')
      : fail('expected hsts over https, saw an http address');
  }
  if (rule.holds(answer.headers)) return pass(word);
  const seen = rule.headers
    .map((name) => [name, answer.headers[name]] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${quote(value ?? '')}`);
  return fail(`expected ${word} (${rule.requires}), saw ${seen.join(', ') || 'no such header'}`);
}

function judgeBody(
  check: SmokeCheckSettings,
  answer: SmokeAnswer,
  release: Release | undefined,
): readonly Finding[] {
  if (check.method === 'HEAD') return [error('a HEAD answer has no body to look at: ask with GET')];
  const texts = check.body.map((expected) => judgeText(expected, answer));
  if (!asksForJson(check)) return texts;
  const json = parseJson(answer);
  if ('words' in json) return [...texts, json];
  return [
    ...texts,
    ...Object.entries(check.json).map(([path, expected]) => judgeJson(path, expected, json.value)),
    ...(check.version && release ? [judgeVersion(json.value, release)] : []),
    ...(check.health ? [judgeHealth(json.value, release)] : []),
  ];
}

function judgeText(expected: string, answer: SmokeAnswer): Finding {
  const matched = matches(expected, answer.body, 'part');
  if (typeof matched === 'string') return error(`body: ${matched}`);
  if (matched) return pass(`body has ${shown(expected)}`);
  return answer.bodyCut
    ? error(`the body is too long to read whole, and its beginning has no ${shown(expected)}`)
    : fail(`expected ${shown(expected)} in the body, saw ${quote(answer.body)}`);
}

/** Whether `seen` is or has the exact text, or matches the `/pattern/`; words when the pattern is unusable. */
function matches(expected: string, seen: string, extent: 'whole' | 'part'): boolean | string {
  const source = patternSource(expected);
  if (source === undefined) return extent === 'whole' ? seen === expected : seen.includes(expected);
  try {
    return parsePattern(source).test(seen);
  } catch (cause) {
    if (cause instanceof PatternError) return `cannot use ${shown(expected)}: ${cause.message}`;
    throw cause;
  }
}

function parseJson(answer: SmokeAnswer): { readonly value: unknown } | Finding {
  if (answer.bodyCut) return error('expected JSON, saw a body that is too long to read whole');
  try {
    return { value: JSON.parse(answer.body) };
  } catch {
    return fail(`expected JSON, saw ${answer.body === '' ? 'an empty body' : quote(answer.body)}`);
  }
}

function judgeJson(path: string, expected: string | number | boolean | null, json: unknown): Finding {
  const steps = parseJsonPath(path);
  if (!steps) return error(`${quote(path)} is not a JSON path: write it like a.b[0].c`);
  const found = readJsonPath(json, steps);
  if (!found.found) return fail(`expected ${path} to be ${value(expected)}, saw no ${found.missing}`);
  return found.value === expected
    ? pass(`${path} is ${value(expected)}`)
    : fail(`expected ${path} to be ${value(expected)}, saw ${value(found.value)}`);
}

/** `version` must be the release's (a leading `v` aside); `commit`, where it is given, its SHA or the start of it. */
function judgeVersion(json: unknown, release: Release): Finding {
  const version = isRecord(json) ? json.version : undefined;
  const commit = isRecord(json) ? json.commit : undefined;
  if (!isVersionOf(version, release)) {
    return fail(`expected version ${value(release.version)}, saw ${value(version)}`);
  }
  if (commit !== undefined && !isCommitOf(commit, release)) {
    return fail(
      `expected version ${release.version} of commit ${release.commit.slice(0, 12)}, saw commit ${value(commit)}`,
    );
  }
  return pass(`version ${release.version}${commit === undefined ? '' : ` of ${release.commit.slice(0, 7)}`}`);
}

const isVersionOf = (seen: unknown, release: Release): boolean =>
  typeof seen === 'string' && seen.replace(/^v/, '') === release.version;

const isCommitOf = (seen: unknown, release: Release): boolean =>
  typeof seen === 'string' && /^[0-9a-f]{7,40}$/.test(seen) && release.commit.startsWith(seen);

/**
 * The words of a health answer that mean well. An app that has no database or cache by design says
 * `none`; a key that is missing, or any word not in here, is not well.
 */
const HEALTHY: Readonly<Record<'status' | 'database' | 'cache', readonly string[]>> = {
  status: ['healthy', 'ok', 'pass'],
  database: ['connected', 'ok', 'up', 'none'],
  cache: ['connected', 'ok', 'up', 'none'],
};

function judgeHealth(json: unknown, release: Release | undefined): Finding {
  if (!isRecord(json)) return fail(`expected health {status, version, database, cache}, saw ${value(json)}`);
  const problems = Object.entries(HEALTHY)
    .filter(([key, words]) => {
      const seen = json[key];
      return typeof seen !== 'string' || !words.includes(seen.toLowerCase());
    })
    .map(([key, words]) => `expected ${key} to be one of ${words.join(', ')}, saw ${value(json[key])}`);
  if (release && !isVersionOf(json.version, release)) {
    problems.push(`expected version ${value(release.version)}, saw ${value(json.version)}`);
  }
  return problems.length === 0 ? pass('healthy') : fail(problems.join('; '));
}

/**
 * Holds repeated requests to their budget. A sample smaller than asked for says nothing about a 95th
 * percentile, however fast it was.
 *
 * @param durations of the requests that were answered as they should be, in milliseconds
 * @param strayed what the others came to, in words
 */
export function judgeLatency(
  budget: { readonly requests: number; readonly p95Ms: number },
  durations: readonly number[],
  strayed: readonly string[],
): Finding {
  if (durations.length < budget.requests || durations.length === 0) {
    const why = strayed.length === 0 ? '' : `; others: ${[...new Set(strayed)].join(', ')}`;
    return {
      verdict: 'insufficient',
      words: `expected ${budget.requests} good answers to judge latency, saw ${durations.length}${why}`,
    };
  }
  const p95 = Math.ceil(percentile(durations, 95));
  const seen = `${p95} ms over ${durations.length} requests`;
  return p95 <= budget.p95Ms
    ? pass(`p95 ${seen}, budget ${budget.p95Ms} ms`)
    : fail(`expected p95 of at most ${budget.p95Ms} ms, saw ${seen}`);
}

/** Longest detail of one check, in characters. */
const LONGEST_DETAIL = 600;

/**
 * One check's result from its findings: the worst verdict, and in words what led to it.
 *
 * @param secrets values that were sent along and that an answer may have echoed
 */
export function concludeCheck(
  name: string,
  findings: readonly Finding[],
  durationMs: number,
  secrets: readonly string[] = [],
): CheckResult {
  const verdict = worstVerdict(findings.map((finding) => finding.verdict));
  const telling = verdict === 'pass' ? findings : findings.filter((finding) => finding.verdict !== 'pass');
  const words = telling.map((finding) => finding.words).join(verdict === 'pass' ? ', ' : '; ');
  return { name, verdict, detail: cut(redact(words, secrets), LONGEST_DETAIL), durationMs };
}

/** Short values are words of the language rather than secrets, and would tear holes into every sentence. */
const redact = (words: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret.length >= 4)
    .reduce((redacted, secret) => redacted.replaceAll(secret, '***'), words);

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** Longest piece of an answer that is shown, in characters. */
const LONGEST_QUOTE = 100;

const quote = (text: string): string => JSON.stringify(cut(text, LONGEST_QUOTE));

/** A condition as it stands in the configuration. */
const shown = (expected: string): string =>
  patternSource(expected) === undefined ? quote(expected) : cut(expected, LONGEST_QUOTE);

const value = (seen: unknown): string => {
  if (seen === undefined) return 'none';
  if (typeof seen === 'string') return quote(seen);
  if (Array.isArray(seen)) return 'a list';
  return isRecord(seen) ? 'an object' : String(seen);
};
