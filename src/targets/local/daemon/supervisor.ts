import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../domain/failure.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { waitUntil } from '../wait.ts';
import type { RunningApp } from './app-process.ts';
import { type Health, isHealthy } from './health.ts';
import { type Launch, startApp } from './launch.ts';
import { freePort } from './listener.ts';
import { Upstream } from './upstream.ts';

/** Milliseconds before an app that ended is started again; they double with each end in a row. */
const BACK_OFF = { first: 200, longest: 30_000 };
/** An app that ran this long starts again from the first back-off, in milliseconds. */
const STEADY_MS = 60_000;

export interface Supervision {
  readonly deployment: string;
  readonly launch: Launch;
  readonly health: Health;
  /** Keeps the process for the next daemon, before the app runs. */
  readonly record: (process: ProcessIdentity) => void;
  readonly log: (line: string) => void;
}

/** Keeps one deployment's app running until it is stopped, and says where it answers. */
export class SupervisedApp {
  readonly upstream: Upstream;
  readonly launch: Launch;
  readonly #supervision: Supervision;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #app: RunningApp | undefined;
  /** How each of its lives ended, or why it did not begin. */
  #ends = 0;
  #lastEnd = { what: '', output: '' };

  constructor(supervision: Supervision) {
    this.#supervision = supervision;
    this.launch = supervision.launch;
    this.upstream = new Upstream(supervision.deployment);
    this.#running = this.#keepRunning();
  }

  get isUp(): boolean {
    return this.upstream.port !== undefined;
  }

  /**
   * Waits until the app is ready for traffic.
   *
   * @throws Failure LOCAL_APP_NOT_READY when it ends first or takes longer than `timeoutMs`
   */
  async ready(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const ends = this.#ends;
    const settled = () => this.isUp || this.#ends > ends;
    const inTime = await waitUntil(settled, { timeoutMs, everyMs: 10, signal });
    if (this.isUp) return;
    const what = inTime ? this.#lastEnd.what : `was not ready after ${timeoutMs / 1000} s`;
    const output = inTime ? this.#lastEnd.output : (this.#app?.lastOutput() ?? '');
    throw new Failure(
      'LOCAL_APP_NOT_READY',
      `The app of ${this.#supervision.deployment} ${what}.${output === '' ? ' It printed nothing.' : ` It last printed:\n${output}`}`,
      `Start the app the same way yourself and see that ${this.#supervision.health.path} answers 200 on the port in PORT.`,
      { ofDeployment: true },
    );
  }

  /** Asks the app right now. */
  async isHealthy(): Promise<boolean> {
    const { port } = this.upstream;
    return port !== undefined && (await isHealthy(port, this.#supervision.health));
  }

  /** Ends the app and everything that is still connected to it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.upstream.close();
    await this.#app?.stop();
    await this.#running;
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    let backOff = BACK_OFF.first;
    while (!signal.aborted) {
      const began = performance.now();
      await this.#liveOnce().catch((error: unknown) =>
        this.#note(`could not be started: ${describe(error)}`),
      );
      if (performance.now() - began > STEADY_MS) backOff = BACK_OFF.first;
      await sleep(backOff, undefined, { signal }).catch(() => {});
      backOff = Math.min(backOff * 2, BACK_OFF.longest);
    }
  }

  async #liveOnce(): Promise<void> {
    const { launch, health, record } = this.#supervision;
    const { signal } = this.#stopping;
    const app = await startApp(launch, await freePort(), record);
    this.#app = app;
    if (signal.aborted) return app.stop();
    const isReady = await waitUntil(async () => app.hasEnded || (await isHealthy(app.port, health)), {
      timeoutMs: Number.POSITIVE_INFINITY,
      everyMs: 30,
      signal,
    }).catch(() => false);
    if (isReady && !app.hasEnded && !signal.aborted) {
      this.upstream.port = app.port;
    }
    const end = await app.ended;
    this.upstream.port = undefined;
    if (!signal.aborted) this.#note(`ended ${end}`, app.lastOutput());
  }

  #note(what: string, output = ''): void {
    this.#ends += 1;
    this.#lastEnd = { what, output };
    // What the app printed stays in memory: this line goes to a file.
    this.#supervision.log(`The app of ${this.#supervision.deployment} ${what}.`);
  }
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
