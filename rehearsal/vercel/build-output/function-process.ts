import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { FunctionOutput } from './outputs.ts';

const LAUNCHER = fileURLToPath(new URL('launch-function.mjs', import.meta.url));

/** Seconds, where a function says nothing: https://vercel.com/docs/functions/configuring-functions/duration */
const DEFAULT_MAX_DURATION = 300;

/** A call that a function left unanswered, with the code that Vercel answers in its place. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  readonly status: 500 | 504;
  readonly code: string;

  constructor(status: 500 | 504, code: string, cause?: unknown) {
    super(code, { cause });
    this.status = status;
    this.code = code;
  }
}

interface Instance {
  readonly process: ChildProcess;
  readonly port: Promise<number>;
  readonly gone: Promise<unknown>;
}

/** One function: a process that is started by the first request and again after it crashed. */
export class FunctionProcess {
  readonly #output: FunctionOutput;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #log: (line: string) => void;
  readonly #instances = new Set<Instance>();
  readonly #agent = new Agent({ keepAlive: true });
  #current: Instance | undefined;

  constructor(
    output: FunctionOutput,
    environment: Readonly<Record<string, string>>,
    log: (line: string) => void,
  ) {
    this.#output = output;
    this.#environment = environment;
    this.#log = log;
  }

  /**
   * Hands a request on.
   *
   * @param options method, path and headers
   * @returns the answer's head; the caller reads its body
   * @throws Unanswered when the function crashes or takes longer than its `maxDuration`
   */
  async call(options: RequestOptions, body: Readable): Promise<IncomingMessage> {
    this.#current ??= this.#start();
    const instance = this.#current;
    const deadline = new AbortController();
    const { maxDuration = DEFAULT_MAX_DURATION } = this.#output.settings;
    const timer = setTimeout(() => deadline.abort(), maxDuration * 1000);
    const { signal } = deadline;
    try {
      const port = await within(signal, instance.port);
      const outgoing = request({ ...options, port, host: '127.0.0.1', agent: this.#agent, signal });
      // Once there is a head, the body tells of what goes wrong.
      outgoing.on('error', () => {});
      body.once('close', () => body.readableEnded || outgoing.destroy());
      body.pipe(outgoing);
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      response.once('close', () => clearTimeout(timer));
      return response;
    } catch (cause) {
      clearTimeout(timer);
      if (body.destroyed && !body.readableEnded) throw cause;
      // Its exit may not have been heard of yet, and the next request is to find a new one.
      this.#end(instance);
      throw signal.aborted
        ? new Unanswered(504, 'FUNCTION_INVOCATION_TIMEOUT', cause)
        : new Unanswered(500, 'FUNCTION_INVOCATION_FAILED', cause);
    }
  }

  /** Ends every process there is and waits until they are gone. */
  async close(): Promise<void> {
    this.#agent.destroy();
    const instances = [...this.#instances];
    for (const instance of instances) this.#end(instance);
    await Promise.all(instances.map(({ gone }) => gone));
  }

  #start(): Instance {
    const { folder, settings } = this.#output;
    const child = spawn(process.execPath, [LAUNCHER, settings.handler], {
      cwd: folder,
      // Nothing of this machine's environment: what the function sees is what it was given.
      env: {
        PATH: process.env.PATH ?? '',
        TZ: 'UTC',
        NODE_ENV: 'production',
        VERCEL: '1',
        ...this.#environment,
        ...settings.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface(stream).on('line', this.#log);

    const gone = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
    const port = Promise.race([
      once(child, 'message').then(([message]) => (message as { port: number }).port),
      gone.then(() => Promise.reject(new Error('The function ended before it listened.'))),
    ]);
    const instance: Instance = { process: child, port, gone };
    this.#instances.add(instance);
    gone.then(() => this.#forget(instance));
    port.catch(() => this.#forget(instance));
    return instance;
  }

  #end(instance: Instance): void {
    instance.process.kill('SIGKILL');
    if (this.#current === instance) this.#current = undefined;
  }

  #forget(instance: Instance): void {
    this.#instances.delete(instance);
    if (this.#current === instance) this.#current = undefined;
  }
}

/** The promise, or the signal's reason when that comes first. */
const within = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  Promise.race([promise, once(signal, 'abort').then(() => Promise.reject(signal.reason))]);
