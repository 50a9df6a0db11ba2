import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FreezeSource } from '../domain/calendar/calendar.ts';
import { Failure } from '../domain/failure.ts';
import type { ProbeAnswer, Prober } from '../ports/prober.ts';
import { tooLarge, unreadable } from './unreadable.ts';

/** What a calendar is fetched with. */
export interface Fetching {
  readonly prober: Prober;
  /** The checked-out repository, in which calendar files lie. */
  readonly folder: string;
  /** Value of an environment variable of the step. */
  readonly variable: (name: string) => string | undefined;
  /** Hides a secret wherever something is printed. */
  readonly mask: (secret: string) => void;
}

/** A calendar's text and how people may be told of it: never by an address that may be a secret. */
export interface CalendarText {
  readonly label: string;
  readonly text: string;
}

const MOST_BYTES = 1_000_000;
const TIMEOUT_MS = 10_000;
const MOST_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Throws `Failure` CALENDAR_UNREACHABLE, CALENDAR_UNREADABLE, CALENDAR_TOO_LARGE. */
export async function fetchCalendar(
  source: FreezeSource,
  fetching: Fetching,
  signal: AbortSignal,
): Promise<CalendarText> {
  if (source.kind === 'file') return readFile(source.path, fetching.folder);
  const [url, label] =
    source.kind === 'url'
      ? [source.url, `the calendar of ${hostOf(source.url)}`]
      : [fetching.variable(source.variable)?.trim() ?? '', `the calendar of \`${source.variable}\``];
  if (url === '') throw unreachable(label, 'has no address: the variable is empty');
  fetching.mask(url);
  return ask(url, label, fetching, signal);
}

async function readFile(path: string, folder: string): Promise<CalendarText> {
  const label = `the calendar \`${path}\``;
  try {
    // Before it is opened: opening a pipe waits for its other end.
    if (!(await stat(join(folder, path))).isFile()) throw new Error('it is not a regular file');
    await using file = await open(join(folder, path));
    const buffer = new Uint8Array(MOST_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > MOST_BYTES) throw tooBig(label);
      if (bytesRead === 0) break;
    }
    return { label, text: new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length)) };
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (cause instanceof TypeError) throw unreadable(label, 'is not text', cause);
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw unreadable(label, missing ? 'is not in the checked-out repository' : 'cannot be read', cause);
  }
}

async function ask(
  url: string,
  label: string,
  { prober }: Fetching,
  signal: AbortSignal,
): Promise<CalendarText> {
  let here = URL.parse(url);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    if (here?.protocol !== 'https:') throw unreachable(label, 'has no https address');
    const answer = await prober.probe(
      {
        method: 'GET',
        url: here.href,
        headers: { accept: 'text/calendar' },
        timeoutMs: TIMEOUT_MS,
        bodyLimit: MOST_BYTES,
      },
      signal,
    );
    if (answer.kind === 'unreachable') throw unreachable(label, `cannot be reached: ${answer.reason}`);
    if (!REDIRECTS.includes(answer.status)) return { label, text: textOf(answer, label) };
    const next = URL.parse(answer.headers.location ?? '', here.href);
    // The other host was never asked about freezes, and it would get the secret in the address.
    if (next?.origin !== here.origin) throw unreachable(label, 'redirects to another host');
    here = next;
  }
  throw unreachable(label, 'redirects without end');
}

function textOf(answer: Extract<ProbeAnswer, { kind: 'answered' }>, label: string): string {
  if (answer.status !== 200) throw unreachable(label, `answers with status ${answer.status}`);
  if (answer.bodyCut) throw tooBig(label);
  return answer.body;
}

const tooBig = (label: string): Failure => tooLarge(label, 'has more than 1 MB');

const hostOf = (url: string): string => URL.parse(url)?.host ?? 'an unknown host';

const unreachable = (calendar: string, what: string): Failure =>
  new Failure(
    'CALENDAR_UNREACHABLE',
    `Whether there is a freeze cannot be told: ${calendar} ${what}.`,
    'See that the address is right and answers, then run the job again.',
  );
