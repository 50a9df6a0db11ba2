import type { Deployment, Observed } from '../../../domain/deployment.ts';
import {
  type ActivateMessage,
  type RetireMessage,
  type StageMessage,
  type Terms,
  variablesMissing,
} from '../protocol.ts';
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
  slotOf,
} from '../state.ts';
import { DEPLOYMENT_HEADER } from './headers.ts';
import { probe } from './health.ts';
import { healthOf, missingVariables, sameLaunch } from './launch.ts';
import { Listeners } from './listeners.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { notLive, notOpened, takesTraffic, unhealthy, unknown } from './refusals.ts';
import { Releases } from './releases.ts';
import { bucketCookie } from './router.ts';
import { Slots } from './slots.ts';
import type { StateStore } from './store.ts';

/** How many releases are kept beside those that stand in a slot. */
const KEPT_RELEASES = 5;

export interface EnvironmentParts {
  readonly directory: string;
  readonly store: StateStore;
  readonly log: (line: string) => void;
}

/**
 * One environment: two slots, an address for each and one for the live traffic. Every change is saved
 * before it is made, so that `recover` and `open` of the next daemon end up where this one was going.
 */
export class Environment {
  readonly #store: StateStore;
  readonly #releases: Releases;
  readonly #slots: Slots;
  readonly #log: (line: string) => void;
  readonly #turn = new OneAtATime();
  #listeners: Listeners | undefined;
  #opened: Terms | undefined;

  constructor({ directory, store, log }: EnvironmentParts) {
    this.#store = store;
    this.#releases = new Releases(directory);
    this.#slots = new Slots({ store, releases: this.#releases, log });
    this.#log = log;
  }

  /** Clears what a daemon that was killed left behind. Comes before everything else. */
  async recover(): Promise<void> {
    await this.#slots.endLeftovers();
    await this.#tidy();
  }

  observe(): Observed {
    return observedFrom(this.#state, (slot) => this.#slots.isUp(slot));
  }

  /**
   * Takes the terms, opens the addresses and brings back what stood in the slots. Doing it again only
   * does what is missing.
   *
   * @throws Failure LOCAL_PORT_BUSY, LOCAL_VARIABLES_MISSING
   */
  open(terms: Terms, signal: AbortSignal): Promise<void> {
    return this.#turn.take(signal, async () => {
      // What an earlier run gave stays known: an app that is started again needs it.
      this.#opened = { ...terms, variables: { ...this.#opened?.variables, ...terms.variables } };
      const listeners = this.#listeners ?? new Listeners(terms.environment);
      this.#listeners = listeners;
      for (const slot of SLOTS) {
        const { port } = this.#state.slots[slot];
        const opened = await listeners.openSlot(slot, port, () => this.#slots.in(slot)?.upstream);
        this.#slots.save(slot, { port: opened });
      }
      await this.#bringBack(signal);
      await listeners.openLive(terms.port);
    });
  }

  /** @throws Failure LOCAL_APP_NOT_READY, LOCAL_VARIABLES_MISSING; the live one is never touched */
  stage(message: StageMessage, signal: AbortSignal): Promise<Deployment> {
    return this.#turn.take(signal, async () => {
      const { release, serve, stagedAt, directory } = message;
      const id = deploymentId(this.#state, release);
      const app = this.#slots.of(id);
      if (isRouted(this.#state, id)) {
        await app?.ready(this.#terms.readyMs, signal);
        return this.#observed(id);
      }
      const wasLive = this.#find(id)?.wasLive ?? false;
      const record: DeploymentRecord = { id, release, serve, stagedAt, wasLive, failed: false };
      if (app?.isUp && sameLaunch(app.launch, this.#slots.launch(record, this.#terms))) {
        return this.#observed(id);
      }
      await this.#releases.keep(id, directory);
      // A release that is staged again is the newest again.
      const others = this.#state.deployments.filter((other) => other.id !== id);
      this.#store.save({ ...this.#state, deployments: [record, ...others] });
      await this.#occupy(record, signal);
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
      const record = this.#find(id) ?? unknown(id);
      const isLive = this.#state.routing.live === id;
      if (isLive) await this.#slots.of(id)?.ready(this.#terms.readyMs, signal);
      else if (this.#slots.of(id)?.isUp !== true) await this.#occupy(record, signal);
      if (!(await this.#slots.of(id)?.isHealthy())) throw unhealthy(id, healthOf(record.serve).path);
      signal.throwIfAborted();

      const { live } = this.#state.routing;
      // Before the first activation there is nobody to take the rest. The live one, asked for again, takes
      // back what a candidate had.
      const takesAll = live === null || isLive || weight === 100;
      if (takesAll) this.#switch({ live: id, candidate: null }, { ...record, wasLive: true, failed: false });
      else this.#switch({ live, candidate: { deployment: id, weight } }, record);
      await this.#readBack(record);
      if (takesAll) await this.#letOthersAnswer(id, signal);
      await this.#tidy();
      return this.observe();
    });
  }

  /** @throws Failure LOCAL_RETIRE_LIVE */
  retire({ deployment: id }: RetireMessage, signal: AbortSignal): Promise<void> {
    return this.#turn.take(signal, async () => {
      if (isRouted(this.#state, id)) throw takesTraffic(id);
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
    await this.#slots.stop(this.#opened?.drainMs ?? 0);
    this.#listeners?.disconnect();
  }

  get #state(): LocalState {
    return this.#store.state;
  }

  get #terms(): Terms {
    if (this.#opened === undefined) throw notOpened();
    return this.#opened;
  }

  #find(id: string): DeploymentRecord | undefined {
    return this.#state.deployments.find((record) => record.id === id);
  }

  #observed(id: string): Deployment {
    return this.observe().deployments.find((deployment) => deployment.id === id) ?? unknown(id);
  }

  /** The one moment in which traffic changes: on disk first, then in memory. */
  #switch(routing: Routing, changed?: DeploymentRecord): void {
    const deployments = this.#state.deployments.map((one) => (one.id === changed?.id ? changed : one));
    this.#store.save({ ...this.#state, routing, deployments });
    this.#applyRouting();
  }

  #applyRouting(): void {
    const { live, candidate } = this.#state.routing;
    const upstream = candidate && this.#slots.of(candidate.deployment)?.upstream;
    this.#listeners?.route(
      live === null ? undefined : this.#slots.of(live)?.upstream,
      upstream ? { upstream, weight: candidate.weight } : undefined,
    );
  }

  /** Starts what stands in a slot by the state and does not run. */
  async #bringBack(signal: AbortSignal): Promise<void> {
    const idle = SLOTS.filter((slot) => this.#slots.in(slot) === undefined);
    const results = await Promise.allSettled(
      idle.map(async (slot) => {
        const id = this.#state.slots[slot].deployment;
        const record = id === null ? undefined : this.#find(id);
        if (record === undefined) return;
        const missing = missingVariables(record, this.#terms);
        if (missing.length > 0 && isRouted(this.#state, record.id))
          throw variablesMissing(record.id, missing);
        if (missing.length > 0) return this.#log(`${record.id} is not brought back: ${missing} missing.`);
        const app = this.#slots.start(slot, record, this.#terms);
        await app.ready(this.#terms.readyMs, signal).catch(() => {
          // A live app that does not come up must not keep its own repair from being staged.
          this.#log(`${record.id} is not back yet.`);
        });
      }),
    );
    this.#applyRouting();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Puts a deployment into its slot or the idle one, in place of what was there, and waits for it. */
  async #occupy(record: DeploymentRecord, signal: AbortSignal): Promise<void> {
    const missing = missingVariables(record, this.#terms);
    if (missing.length > 0) throw variablesMissing(record.id, missing);
    const slot = slotOf(this.#state, record.id) ?? idleSlot(this.#state);
    await this.#vacate(slot, signal);
    const app = this.#slots.start(slot, record, this.#terms);
    try {
      await app.ready(this.#terms.readyMs, signal);
    } catch (error) {
      await this.#slots.empty(slot);
      if (!signal.aborted) this.#switch(this.#state.routing, { ...record, failed: true });
      throw error;
    }
  }

  /** Takes traffic from what is in the slot, lets it end what it does, and ends it. */
  async #vacate(slot: SlotName, signal: AbortSignal): Promise<void> {
    const { routing, slots } = this.#state;
    const occupant = slots[slot].deployment;
    if (occupant === null) return;
    if (routing.candidate?.deployment === occupant) this.#switch({ ...routing, candidate: null });
    await this.#slots.in(slot)?.upstream.deserted(this.#terms.drainMs, signal);
    await this.#slots.empty(slot);
  }

  /** Asks the live address, as any client would, who answers. */
  async #readBack({ id, serve }: DeploymentRecord): Promise<void> {
    const { port, environment } = this.#terms;
    const answer = await probe(port, healthOf(serve).path, { cookie: `${bucketCookie(environment)}=0` });
    if (answer?.headers[DEPLOYMENT_HEADER] !== id) throw notLive(id, port);
  }

  /** Requests that began before the switch are answered by the one that took them. */
  async #letOthersAnswer(live: string, signal: AbortSignal): Promise<void> {
    const others = SLOTS.flatMap((slot) => this.#slots.in(slot)?.upstream ?? []);
    await Promise.all(
      others
        .filter(({ deployment }) => deployment !== live)
        .map((upstream) => upstream.requestsAnswered(this.#terms.drainMs, signal)),
    );
  }

  /** Forgets the oldest releases, then removes the files of those that are not known. */
  async #tidy(): Promise<void> {
    const inUse = (id: string) => slotOf(this.#state, id) !== undefined || isRouted(this.#state, id);
    const kept = this.#state.deployments.filter(({ id }, age) => age < KEPT_RELEASES || inUse(id));
    if (kept.length < this.#state.deployments.length) this.#store.save({ ...this.#state, deployments: kept });
    await this.#releases.keepOnly(new Set(kept.map(({ id }) => id)));
  }
}
