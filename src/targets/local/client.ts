import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { Failure } from '../../domain/failure.ts';
import { daemonFile, daemonLog } from './places.ts';
import { cancelled, type DaemonAddress, type FailureMessage, PROTOCOL } from './protocol.ts';
import { waitUntil } from './wait.ts';

/** How long a daemon may take to answer after its start, in milliseconds. */
const START_MS = 15_000;
/** How long a daemon may take to answer what needs no work, in milliseconds. */
const ANSWER_MS = 5_000;
/** A larger log is put aside at the next start, in bytes. */
const LARGEST_LOG = 1024 * 1024;

/** What a daemon's answers to `hello` say. */
interface Hello {
  readonly protocol: number;
  readonly pid: number;
}

/** Talks to the daemon of one environment. */
export class DaemonClient {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Process id of the daemon that answers now; undefined when none does. */
  async pid(): Promise<number | undefined> {
    return (await this.#hello())?.pid;
  }

  /**
   * Makes sure that a daemon runs. Two that call it at once get the same one.
   *
   * @param entry program of the daemon
   * @throws Failure LOCAL_DAEMON_START, LOCAL_DAEMON_VERSION
   */
  async ensure(entry: string, signal: AbortSignal): Promise<void> {
    const hello = (await this.#hello()) ?? (await this.#start(entry, signal));
    if (hello.protocol === PROTOCOL) return;
    throw new Failure(
      'LOCAL_DAEMON_VERSION',
      `Process ${hello.pid} runs this environment with another version of Airlock.`,
      `End it with \`kill ${hello.pid}\` and run this again: a new one brings the live release back first.`,
    );
  }

  /**
   * Asks the daemon to do something and waits for its answer.
   *
   * @throws Failure as the daemon says it, CANCELLED, or LOCAL_DAEMON_LOST when it ended meanwhile
   */
  async ask<Answer>(verb: string, message: unknown, signal: AbortSignal): Promise<Answer> {
    const address = this.#address();
    if (address === undefined) throw lost(verb);
    const { ok, body } = await send(address.socket, 'POST', `/${verb}`, message, signal).catch((cause) => {
      throw signal.aborted ? reasonOf(signal) : lost(verb, cause);
    });
    if (ok) return body as Answer;
    if (signal.aborted) throw reasonOf(signal);
    const { code, what, next, ofDeployment = false } = body as FailureMessage;
    throw new Failure(code, what, next, { ofDeployment });
  }

  /** What the daemon sees; undefined when none runs. */
  async observe<Answer>(): Promise<Answer | undefined> {
    const address = this.#address();
    if (address === undefined) return undefined;
    const patience = AbortSignal.timeout(ANSWER_MS);
    const answer = await send(address.socket, 'GET', '/observe', undefined, patience).catch(() => undefined);
    return answer?.ok ? (answer.body as Answer) : undefined;
  }

  async #hello(): Promise<Hello | undefined> {
    const address = this.#address();
    if (address === undefined) return undefined;
    const patience = AbortSignal.timeout(ANSWER_MS);
    const answer = await send(address.socket, 'GET', '/hello', undefined, patience).catch(() => undefined);
    return answer?.ok ? (answer.body as Hello) : undefined;
  }

  #address(): DaemonAddress | undefined {
    try {
      return JSON.parse(readFileSync(daemonFile(this.#directory), 'utf8')) as DaemonAddress;
    } catch {
      return undefined;
    }
  }

  async #start(entry: string, signal: AbortSignal): Promise<Hello> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    chmodSync(this.#directory, 0o700);
    const daemon = spawnDaemon(entry, this.#directory);
    let trouble: string | undefined;
    daemon.once('error', (error) => {
      trouble = error.message;
    });
    // Code 0 is a daemon that found another one at work.
    daemon.once('exit', (code) => {
      if (code !== 0) trouble = `it ended with ${code ?? 'a signal'}`;
    });
    let hello: Hello | undefined;
    const answered = async () => {
      hello = await this.#hello();
      return hello !== undefined || trouble !== undefined;
    };
    await waitUntil(answered, { timeoutMs: START_MS, everyMs: 20, signal }).catch(() => {
      throw reasonOf(signal);
    });
    if (hello !== undefined) return hello;
    throw new Failure(
      'LOCAL_DAEMON_START',
      `The daemon of this environment did not start: ${trouble ?? `no answer in ${START_MS / 1000} s`}.`,
      `Read ${daemonLog(this.#directory)}, mend what it says and run this again.`,
    );
  }
}

/**
 * Detached from the job: own process group, own log, and nothing of the step's environment but what a
 * program needs, so that it holds no secret and the runner does not take it for a leftover of the job.
 */
function spawnDaemon(entry: string, directory: string) {
  const file = daemonLog(directory);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_LOG) renameSync(file, `${file}.1`);
  const log = openSync(file, 'a', 0o600);
  const daemon = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, directory], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', log, log],
    env: {},
  });
  daemon.unref();
  return daemon;
}

/** The reason of a cancelled run, as the contract of targets wants it. */
function reasonOf(signal: AbortSignal): Failure {
  return signal.reason instanceof Failure && signal.reason.code === 'CANCELLED' ? signal.reason : cancelled();
}

const lost = (verb: string, cause?: unknown) =>
  new Failure(
    'LOCAL_DAEMON_LOST',
    `The daemon of this environment ended during ${verb}.`,
    'Run it again: a new daemon brings the live release back and goes on from what was saved.',
    { cause },
  );

function send(
  socketPath: string,
  method: string,
  path: string,
  message?: unknown,
  signal?: AbortSignal,
): Promise<{ ok: boolean; body: unknown }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, agent: false, ...(signal && { signal }) });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      json(response).then((body) => resolve({ ok: response.statusCode === 200, body }), reject);
    });
    outgoing.end(message === undefined ? undefined : JSON.stringify(message));
  });
}
