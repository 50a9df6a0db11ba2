import { endGroup } from '../process-identity.ts';
import type { Terms } from '../protocol.ts';
import { type DeploymentRecord, SLOTS, type SlotName, type SlotState, slotOf } from '../state.ts';
import { healthOf, launchOf } from './launch.ts';
import type { Releases } from './releases.ts';
import type { StateStore } from './store.ts';
import { SupervisedApp } from './supervisor.ts';

/** How long a leftover app of a daemon that was killed may take to end, in milliseconds. */
const ORPHAN_GRACE_MS = 2_000;

export interface SlotsParts {
  readonly store: StateStore;
  readonly releases: Releases;
  readonly log: (line: string) => void;
}

/** The apps that stand in the two slots. What is in a slot is saved before it is so. */
export class Slots {
  readonly #parts: SlotsParts;
  readonly #apps = new Map<SlotName, SupervisedApp>();

  constructor(parts: SlotsParts) {
    this.#parts = parts;
  }

  in(slot: SlotName): SupervisedApp | undefined {
    return this.#apps.get(slot);
  }

  of(deployment: string): SupervisedApp | undefined {
    const slot = slotOf(this.#parts.store.state, deployment);
    return slot && this.#apps.get(slot);
  }

  isUp(slot: SlotName): boolean {
    return this.#apps.get(slot)?.isUp ?? false;
  }

  /** How this deployment would be started now. */
  launch(record: DeploymentRecord, terms: Terms) {
    return launchOf(record, terms, this.#parts.releases.folder(record.id));
  }

  /** Starts a deployment in an empty slot and keeps it running. It is not ready when this returns. */
  start(slot: SlotName, record: DeploymentRecord, terms: Terms): SupervisedApp {
    this.save(slot, { deployment: record.id });
    const app = new SupervisedApp({
      deployment: record.id,
      launch: this.launch(record, terms),
      health: healthOf(record.serve),
      record: (process) => this.save(slot, { process }),
      log: this.#parts.log,
    });
    this.#apps.set(slot, app);
    return app;
  }

  /** Ends what is in the slot. */
  async empty(slot: SlotName): Promise<void> {
    // The process stays recorded until it is gone, for the daemon that comes after a kill.
    this.save(slot, { deployment: null });
    await this.#apps.get(slot)?.stop();
    this.#apps.delete(slot);
    this.save(slot, { process: null });
  }

  /** Ends the apps after their requests, at most `drainMs` later. What stands where stays saved. */
  async stop(drainMs: number): Promise<void> {
    await Promise.all(
      [...this.#apps].map(async ([slot, app]) => {
        await app.upstream.requestsAnswered(drainMs);
        await app.stop();
        this.save(slot, { process: null });
      }),
    );
  }

  /** Ends what a daemon that was killed left running. */
  async endLeftovers(): Promise<void> {
    for (const slot of SLOTS) {
      const { process } = this.#parts.store.state.slots[slot];
      if (process === null) continue;
      await endGroup(process, ORPHAN_GRACE_MS);
      this.save(slot, { process: null });
    }
  }

  /** Saves a change of a slot, unless it is none. */
  save(slot: SlotName, change: Partial<SlotState>): void {
    const { store } = this.#parts;
    const before = store.state.slots[slot];
    const after = { ...before, ...change };
    const isSame = SLOT_FIELDS.every((field) => before[field] === after[field]);
    if (!isSame) store.save({ ...store.state, slots: { ...store.state.slots, [slot]: after } });
  }
}

const SLOT_FIELDS = ['port', 'deployment', 'process'] as const satisfies readonly (keyof SlotState)[];
