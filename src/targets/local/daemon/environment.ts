import type { Deployment, Observed } from '../../../domain/deployment.ts';
import { Failure } from '../../../domain/failure.ts';
import { endGroup } from '../process-identity.ts';
import type { ActivateMessage, RetireMessage, StageMessage, Terms } from '../protocol.ts';
import {
  type DeploymentRecord,
  deploymentId,
  idleSlot,
  isRouted,
  type LocalState,
  observedFrom,
  type Routing,
  SLOTS,
  type SlotName,
  type SlotState,
  slotOf,
} from '../state.ts';
import { DEPLOYMENT_HEADER } from './headers.ts';
import { probe } from './health.ts';
import { healthOf, launchOf, missingVariables, sameLaunch } from './launch.ts';
import { Listeners } from './listeners.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { Releases } from './releases.ts';
import { bucketCookie } from './router.ts';
import type { StateStore } from './store.ts';
import { SupervisedApp } from './supervisor.ts';

/** How many releases are kept beside those that stand in a slot. */
const KEPT_RELEASES = 5;
/** How long a leftover app of a daemon that was killed may take to end, in milliseconds. */
const ORPHAN_GRACE_MS = 2_000;

export interface EnvironmentParts {
  readonly directory: string;
  readonly store: StateStore;
  readonly log: (line: string) => void;
}

/**
 * One environment: two slots, a listener for each and one for the live traffic. Every change is saved
 * before it is made, so that `recover` and `open` of the next daemon end up where this one was going.
 */
export class Environment {
  readonly #store: StateStore;
  readonly #releases: Releases;
  readonly #log: (line: string) => void;
  readonly #turn = new OneAtATime();
  readonly #apps = new Map<SlotName, SupervisedApp>();
  #listeners: Listeners | undefined;
  #terms: Terms | undefined;

  constructor({ directory, store, log }: EnvironmentParts) {
    this.#store = store;
    this.#releases = new Releases(directory);
    this.#log = log;
  }

  /** Clears what a daemon that was killed left behind. Comes before everything else. */
  async recover(): Promise<void> {
    for (const slot of SLOTS) await this.#endRecordedProcess(slot);
    await this.#tidy();
  }

  observe(): Observed {
    return observedFrom(this.#state, (slot) => this.#apps.get(slot)?.isUp ?? false);
  }

  /**
   * Takes the terms, opens the listeners and brings back what stood in the slots. Doing it again only
   * does what is missing.
   *
   * @throws Failure LOCAL_PORT_BUSY, LOCAL_VARIABLES_MISSING
   */
  open(terms: Terms, signal: AbortSignal): Promise<void> {
    return this.#turn.take(signal, async () => {
      // What an earlier run gave stays known: a crashed app needs it again.
      this.#terms = { ...terms, variables: { ...this.#terms?.variables, ...terms.variables } };
      this.#listeners ??= new Listeners(terms.environment);
      for (const slot of SLOTS) await this.#openSlot(this.#listeners, slot);
      await this.#restore(signal);
      await this.#listeners.openLive(terms.port);
    });
  }

  /** @throws Failure LOCAL_APP_NOT_READY and what `open` throws; the live one is never touched. */
  stage(message: StageMessage, signal: AbortSignal): Promise<Deployment> {
    return this.#turn.take(signal, async () => {
      const { release, serve, stagedAt } = message;
      const id = deploymentId(release);
      const known = this.#record(id);
      const record = { id, release, serve, stagedAt, wasLive: known?.wasLive ?? false, failed: false };
      if (isRouted(this.#state, id)) {
        await this.#appOf(id)?.ready(this.#given.readyMs, signal);
        return this.#observed(id);
      }
      const app = this.#appOf(id);
      if (app?.isUp && sameLaunch(app.launch, this.#launch(record))) return this.#observed(id);

      await this.#releases.keep(id, message.directory);
      this.#saveRecord(record);
      await this.#occupy(this.#slotFor(id), record, signal);
      await this.#tidy();
      return this.#observed(id);
    });
  }

  /**
   * @throws Failure LOCAL_UNKNOWN_DEPLOYMENT, LOCAL_UNHEALTHY, LOCAL_NOT_LIVE; LOCAL_APP_NOT_READY when
   *   an earlier one has to be started again and does not come up
   */
  activate({ deployment: id, weight }: ActivateMessage, signal: AbortSignal): Promise<Observed> {
    return this.#turn.take(signal, async () => {
      const record = this.#record(id) ?? unknown(id);
      const before = this.#state.routing;
      // The live one has everything but the candidate's share; asked for again, it takes that back too.
      const isLive = before.live === id;
      if (isLive) await this.#appOf(id)?.ready(this.#given.readyMs, signal);
      if (!isLive && this.#appOf(id)?.isUp !== true) {
        await this.#occupy(this.#slotFor(id), record, signal);
      }
      if (!(await this.#appOf(id)?.isHealthy())) throw unhealthy(id, healthOf(record.serve).path);
      signal.throwIfAborted();

      const { live } = this.#state.routing;
      const isWhole = live === null || isLive || weight === 100;
      this.#switch(
        isWhole ? { live: id, candidate: null } : { live, candidate: { deployment: id, weight } },
        isWhole ? { ...record, wasLive: true, failed: false } : record,
      );
      await this.#readBack(record);
      if (isWhole) await this.#answerLeftovers(id, signal);
      await this.#tidy();
      return this.observe();
    });
  }

  /** @throws Failure LOCAL_RETIRE_LIVE */
  retire({ deployment: id }: RetireMessage, signal: AbortSignal): Promise<void> {
    return this.#turn.take(signal, async () => {
      if (this.#record(id) === undefined) return;
      if (isRouted(this.#state, id)) {
        throw new Failure(
          'LOCAL_RETIRE_LIVE',
          `${id} takes traffic, so it cannot be retired.`,
          'Activate another deployment with 100 percent first.',
        );
      }
      const slot = slotOf(this.#state, id);
      if (slot !== undefined) await this.#vacate(slot, signal);
      const deployments = this.#state.deployments.filter((record) => record.id !== id);
      this.#store.save({ ...this.#state, deployments });
      await this.#tidy();
    });
  }

  /** Lets requests end, then ends the apps. The state keeps what stood where. */
  async stop(): Promise<void> {
    this.#listeners?.close();
    await Promise.all(
      [...this.#apps].map(async ([slot, app]) => {
        await app.upstream.requestsAnswered(this.#terms?.drainMs ?? 0);
        await app.stop();
        this.#saveSlot(slot, { process: null });
      }),
    );
    this.#listeners?.disconnect();
  }

  get #state(): LocalState {
    return this.#store.state;
  }

  get #given(): Terms {
    if (this.#terms !== undefined) return this.#terms;
    throw new Failure('LOCAL_DAEMON_FAILED', 'The environment was not opened.', 'Run it again.');
  }

  #record(id: string): DeploymentRecord | undefined {
    return this.#state.deployments.find((record) => record.id === id);
  }

  #appOf(id: string): SupervisedApp | undefined {
    const slot = slotOf(this.#state, id);
    return slot && this.#apps.get(slot);
  }

  #slotFor(id: string): SlotName {
    return slotOf(this.#state, id) ?? idleSlot(this.#state);
  }

  #observed(id: string): Deployment {
    return this.observe().deployments.find((deployment) => deployment.id === id) ?? unknown(id);
  }

  #saveSlot(slot: SlotName, change: Partial<SlotState>): void {
    const slots = { ...this.#state.slots, [slot]: { ...this.#state.slots[slot], ...change } };
    this.#store.save({ ...this.#state, slots });
  }

  /** A release that is staged again is the newest again. */
  #saveRecord(record: DeploymentRecord): void {
    const others = this.#state.deployments.filter(({ id }) => id !== record.id);
    this.#store.save({ ...this.#state, deployments: [record, ...others] });
  }

  /** The one moment in which traffic changes: on disk first, then in memory. */
  #switch(routing: Routing, changed?: DeploymentRecord): void {
    const deployments = this.#state.deployments.map((one) => (one.id === changed?.id ? changed : one));
    this.#store.save({ ...this.#state, routing, deployments });
    this.#applyRouting();
  }

  #applyRouting(): void {
    const { live, candidate } = this.#state.routing;
    const upstream = candidate && this.#appOf(candidate.deployment)?.upstream;
    this.#listeners?.route(
      live === null ? undefined : this.#appOf(live)?.upstream,
      upstream ? { upstream, weight: candidate.weight } : undefined,
    );
  }

  async #openSlot(listeners: Listeners, slot: SlotName): Promise<void> {
    const { port: before } = this.#state.slots[slot];
    const port = await listeners.openSlot(slot, before, () => this.#apps.get(slot)?.upstream);
    if (port !== undefined && port !== before) this.#saveSlot(slot, { port });
  }

  /** Starts what stands in a slot by the state and does not run. */
  async #restore(signal: AbortSignal): Promise<void> {
    const empty = SLOTS.filter((slot) => !this.#apps.has(slot));
    const starts = empty.map(async (slot) => {
      const id = this.#state.slots[slot].deployment;
      const record = id === null ? undefined : this.#record(id);
      if (record === undefined) return;
      const missing = missingVariables(record, this.#given);
      if (missing.length > 0 && isRouted(this.#state, record.id)) throw withoutVariables(record, missing);
      if (missing.length > 0) return this.#log(`${record.id} is not brought back: ${missing} missing.`);
      const app = this.#start(slot, record);
      await app.ready(this.#given.readyMs, signal).catch((error: Error) => {
        // A live app that does not come up must not keep its own repair from being staged.
        if (!signal.aborted) this.#log(`${record.id} is not back yet (${(error as Failure).code}).`);
      });
    });
    const results = await Promise.allSettled(starts);
    this.#applyRouting();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Puts a deployment into the slot, in place of whatever was there, and waits until it is ready. */
  async #occupy(slot: SlotName, record: DeploymentRecord, signal: AbortSignal): Promise<void> {
    const missing = missingVariables(record, this.#given);
    if (missing.length > 0) throw withoutVariables(record, missing);
    await this.#vacate(slot, signal);
    this.#saveSlot(slot, { deployment: record.id });
    const app = this.#start(slot, record);
    try {
      await app.ready(this.#given.readyMs, signal);
    } catch (error) {
      await this.#empty(slot);
      if (!signal.aborted) this.#switch(this.#state.routing, { ...record, failed: true });
      throw error;
    }
  }

  #start(slot: SlotName, record: DeploymentRecord): SupervisedApp {
    const app = new SupervisedApp({
      deployment: record.id,
      launch: this.#launch(record),
      health: healthOf(record.serve),
      record: (process) => this.#saveSlot(slot, { process }),
      log: this.#log,
    });
    this.#apps.set(slot, app);
    return app;
  }

  #launch(record: DeploymentRecord) {
    return launchOf(record, this.#given, this.#releases.folder(record.id));
  }

  /** Takes traffic from what is in the slot, lets it end what it does, and ends it. */
  async #vacate(slot: SlotName, signal: AbortSignal): Promise<void> {
    const { routing, slots } = this.#state;
    const occupant = slots[slot].deployment;
    if (occupant === null) return;
    if (routing.candidate?.deployment === occupant) this.#switch({ ...routing, candidate: null });
    await this.#apps.get(slot)?.upstream.deserted(this.#given.drainMs, signal);
    await this.#empty(slot);
  }

  async #empty(slot: SlotName): Promise<void> {
    // The process stays recorded until it is gone, for the daemon that comes after a kill.
    this.#saveSlot(slot, { deployment: null });
    await this.#apps.get(slot)?.stop();
    this.#apps.delete(slot);
    this.#saveSlot(slot, { process: null });
  }

  /** Asks the live listener, as any client would, who answers. */
  async #readBack({ id, serve }: DeploymentRecord): Promise<void> {
    const { port, environment } = this.#given;
    const answer = await probe(port, healthOf(serve).path, { cookie: `${bucketCookie(environment)}=0` });
    if (answer?.headers[DEPLOYMENT_HEADER] === id) return;
    throw new Failure(
      'LOCAL_NOT_LIVE',
      `${id} was activated, but port ${port} is not answered by it.`,
      'Look at what the target says is live, then activate the deployment you want again.',
    );
  }

  /** Requests that began before the switch are answered by the one that took them. */
  async #answerLeftovers(live: string, signal: AbortSignal): Promise<void> {
    const others = [...this.#apps.values()].filter((app) => app.upstream.deployment !== live);
    await Promise.all(others.map((app) => app.upstream.requestsAnswered(this.#given.drainMs, signal)));
  }

  async #endRecordedProcess(slot: SlotName): Promise<void> {
    const { process } = this.#state.slots[slot];
    if (process === null) return;
    await endGroup(process, ORPHAN_GRACE_MS);
    this.#saveSlot(slot, { process: null });
  }

  /** Forgets the oldest releases, then removes the files of those that are not known. */
  async #tidy(): Promise<void> {
    const kept = this.#state.deployments.filter(
      ({ id }, age) =>
        age < KEPT_RELEASES || slotOf(this.#state, id) !== undefined || isRouted(this.#state, id),
    );
    if (kept.length < this.#state.deployments.length) this.#store.save({ ...this.#state, deployments: kept });
    await this.#releases.keepOnly(new Set(kept.map(({ id }) => id)));
  }
}

function unknown(id: string): never {
  throw new Failure(
    'LOCAL_UNKNOWN_DEPLOYMENT',
    `This environment does not know the deployment ${id}.`,
    'Stage the release again, or choose one of the deployments that the target lists.',
  );
}

const unhealthy = (id: string, path: string) =>
  new Failure(
    'LOCAL_UNHEALTHY',
    `${id} does not answer ${path} as a healthy app does, so it was not made live.`,
    'See why its health says so, then promote again; the live release was not touched.',
  );

const withoutVariables = ({ id }: DeploymentRecord, missing: readonly string[]) =>
  new Failure(
    'LOCAL_VARIABLES_MISSING',
    `${id} needs ${missing.join(', ')}, which this step was not given; values are never kept on disk.`,
    'Set them in `env:` of the step that uses the action.',
  );
