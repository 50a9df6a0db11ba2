import { createReadStream } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../domain/failure.ts';
import { describeBytes } from '../../domain/size.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { explainStatus, readRefusal, waitAfterRefusal } from './answers.ts';
import type { VercelApi } from './api.ts';
import { type DeployedFile, readWhole } from './files.ts';
import { forEachBounded } from './pool.ts';
import type { VercelRequest } from './request.ts';

/** A wait that nobody else fills is most of a small file’s upload; a refusal for the rate stops all of them. */
const UPLOADS_AT_ONCE = 80;
/** Tries of one file that meets server errors or lost connections. */
const TRIES = 6;
const FIRST_WAIT_MS = 500;
/** Waits of the pool, one after the other, in which not one file got through. */
const FRUITLESS_PAUSES = 6;
/** Longest silence of a connection, in milliseconds. */
const SILENCE_MS = 30_000;
/** Bytes of a file that is sent from memory: with all connections busy, 20 MiB. */
const SEND_WHOLE = 256 * 1024;
const PROGRESS_EVERY_MS = 2_000;
/** Bytes of an answer that are kept: they are all words. */
const ANSWER_KEPT = 16 * 1024;

export interface UploadWorld {
  readonly api: VercelApi;
  readonly log: Log;
  readonly clock: Clock;
}

export interface UploadOptions {
  /** Connections at the same time; 80 where nothing is said. */
  readonly atOnce?: number;
  /** Longest silence of a connection in milliseconds; 30 s where nothing is said. */
  readonly silenceMs?: number;
}

const REQUEST: VercelRequest = { method: 'POST', path: '/v2/files' };

/**
 * Uploads the content of files, each under its SHA-1. What is uploaded stays so, however this ends.
 *
 * A server error or a lost connection is tried again after a growing pause; a refusal for the rate of
 * requests stops all connections for as long as Vercel says.
 *
 * @throws Failure VERCEL_UPLOAD_FAILED, VERCEL_UPLOAD_REFUSED, VERCEL_TOKEN_REJECTED, VERCEL_FORBIDDEN,
 *   VERCEL_PLAN, VERCEL_RATE_LIMITED; or the signal's reason
 */
export async function uploadFiles(
  world: UploadWorld,
  files: readonly DeployedFile[],
  signal: AbortSignal,
  { atOnce = UPLOADS_AT_ONCE, silenceMs = SILENCE_MS }: UploadOptions = {},
): Promise<void> {
  const { api, log, clock } = world;
  const door = connect(api, atOnce, silenceMs);
  const brake = new Brake(clock, log);
  const progress = new Progress(files, clock, log);
  try {
    await forEachBounded(files, atOnce, signal, async (file, either) => {
      await uploadOne(world, door, brake, file, either);
      brake.release();
      progress.add(file);
    });
  } finally {
    door.close();
  }
  progress.end();
}

async function uploadOne(
  { api, clock }: UploadWorld,
  door: Door,
  brake: Brake,
  file: DeployedFile,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; ) {
    await brake.pass(signal);
    const answer = await door.send(file, signal);
    if (answer.status !== undefined && answer.status < 300) return;
    if (answer.status === 429) {
      if (!brake.pull(answer.headers)) throw explainStatus(REQUEST, 429, parse(answer.text), api.access);
      continue;
    }
    const isPassing = answer.status === undefined || answer.status >= 500 || answer.status === 408;
    if (!isPassing) throw refused(api, file, answer.status, parse(answer.text));
    if (attempt === TRIES) throw failed(file, answer.lost ?? `status ${answer.status}`);
    await clock.sleep(jittered(FIRST_WAIT_MS * 2 ** (attempt - 1)), signal);
    attempt += 1;
  }
}

/** What Vercel answered, or why nothing came. */
type Answer =
  | {
      readonly status: number;
      readonly headers: http.IncomingHttpHeaders;
      readonly text: string;
      readonly lost?: never;
    }
  | { readonly status?: never; readonly lost: string };

interface Door {
  send(file: DeployedFile, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Connections that are kept open from file to file. */
function connect({ access, account, scheme }: VercelApi, atOnce: number, silenceMs: number): Door {
  const { request, Agent } = scheme === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const url = new URL(`${access.apiUrl}${REQUEST.path}`);
  for (const [name, value] of Object.entries(account)) url.searchParams.set(name, value);
  return {
    close: () => agent.destroy(),
    async send(file, signal) {
      const whole = await smallContent(file);
      const headers = {
        authorization: `Bearer ${access.token}`,
        'user-agent': 'airlock',
        'content-type': 'application/octet-stream',
        'content-length': file.size,
        'x-vercel-digest': file.sha1,
      };
      const sending = request(url, { method: REQUEST.method, agent, headers, signal, timeout: silenceMs });
      sending.on('timeout', () => sending.destroy(new Error('no answer in time')));
      const answer = readAnswer(sending);
      if (whole) sending.end(whole);
      // Its failure is the answer's failure, unless Vercel answered before it had read everything.
      else if (file.content.kind === 'file')
        pipeline(createReadStream(file.content.path), sending).catch(() => {});
      try {
        return await answer;
      } catch (error) {
        signal.throwIfAborted();
        return { lost: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

async function smallContent({ content, size }: DeployedFile): Promise<Buffer | undefined> {
  if (content.kind === 'link') return Buffer.from(content.target);
  return size <= SEND_WHOLE ? readWhole(content.path, size) : undefined;
}

/** Ends with the answer, whether or not the request could be sent to its end. */
function readAnswer(sending: http.ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sending.on('error', reject).on('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      let text = '';
      const done = () => resolve({ status, headers, text });
      response
        .setEncoding('utf8')
        .on('data', (piece: string) => {
          if (text.length < ANSWER_KEPT) text += piece;
        })
        // The status says it all: words that are cut off change nothing.
        .on('error', done)
        .on('end', done);
    });
  });
}

/** Holds all connections together for as long as Vercel wants to be left alone. */
class Brake {
  readonly #clock: Clock;
  readonly #log: Log;
  #until = 0;
  #fruitless = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  async pass(signal: AbortSignal): Promise<void> {
    for (let left = this.#left(); left > 0; left = this.#left()) await this.#clock.sleep(left, signal);
  }

  /** @returns whether it is worth waiting */
  pull(headers: http.IncomingHttpHeaders): boolean {
    const waits = new Headers();
    for (const name of ['retry-after', 'x-ratelimit-reset']) {
      const value = headers[name];
      if (typeof value === 'string') waits.set(name, value);
    }
    // The others that were on their way meet the same wall: one pause for all of them.
    const isNew = this.#left() <= 0;
    const otherwise = FIRST_WAIT_MS * 2 ** this.#fruitless;
    const wait = waitAfterRefusal(waits, this.#clock.now(), otherwise);
    if (wait === undefined) return false;
    this.#until = Math.max(this.#until, this.#clock.now().getTime() + wait);
    if (!isNew) return true;
    this.#fruitless += 1;
    if (this.#fruitless > FRUITLESS_PAUSES) return false;
    this.#log.info(`Vercel's limit of requests is reached: all uploads wait ${(wait / 1000).toFixed(1)} s.`);
    return true;
  }

  /** Something got through. */
  release(): void {
    this.#fruitless = 0;
  }

  #left(): number {
    return this.#until - this.#clock.now().getTime();
  }
}

class Progress {
  readonly #files: readonly DeployedFile[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #startedAt: number;
  readonly #bytesInAll: number;
  #toldAt: number;
  #done = 0;
  #bytes = 0;

  constructor(files: readonly DeployedFile[], clock: Clock, log: Log) {
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
    this.#startedAt = clock.now().getTime();
    this.#toldAt = this.#startedAt;
    this.#bytesInAll = files.reduce((sum, { size }) => sum + size, 0);
  }

  add({ size }: DeployedFile): void {
    this.#done += 1;
    this.#bytes += size;
    if (this.#clock.now().getTime() - this.#toldAt >= PROGRESS_EVERY_MS) this.#tell();
  }

  end(): void {
    if (this.#files.length > 0) this.#tell();
  }

  #tell(): void {
    this.#toldAt = this.#clock.now().getTime();
    const seconds = Math.max((this.#toldAt - this.#startedAt) / 1000, 0.001);
    this.#log.info(
      `Uploaded ${this.#done} of ${this.#files.length} files, ${describeBytes(this.#bytes)} of ${describeBytes(this.#bytesInAll)}, ${Math.round(this.#done / seconds)} files a second.`,
    );
  }
}

/** Half of it at least: so that what failed together does not come back together. */
const jittered = (milliseconds: number): number => milliseconds * (0.5 + Math.random() / 2);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(api: VercelApi, file: DeployedFile, status: number, body: unknown): Failure {
  if ([401, 402, 403, 404].includes(status)) return explainStatus(REQUEST, status, body, api.access);
  const { code, message } = readRefusal(body);
  return new Failure(
    'VERCEL_UPLOAD_REFUSED',
    `Vercel refused the content of ${file.name}: ${message || `status ${status}`}${code ? ` (${code})` : ''}.`,
    'Run the job again. If it stays, the file is not what it was when it was read, or larger than the plan allows.',
  );
}

const failed = (file: DeployedFile, why: string): Failure =>
  new Failure(
    'VERCEL_UPLOAD_FAILED',
    `${file.name} could not be uploaded to Vercel in ${TRIES} tries; the last one ended with: ${why}.`,
    'See https://www.vercel-status.com, then run the job again: what was uploaded is kept.',
  );
