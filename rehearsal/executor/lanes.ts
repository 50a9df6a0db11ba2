/** A job or run that wants a concurrency group for itself. */
export interface LaneRequest {
  /** The group, already made unique by repository. */
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `max`: up to 100 wait in line. `single`: a newer one takes the place of the one that waits. */
  readonly queue: 'single' | 'max';
  /** Ends the holder or waiter when a newer one wants its place. */
  readonly cancel: (why: 'replaced' | 'queue-full') => void;
}

/** Held until `leave`; leaving twice is harmless. */
export interface Lane {
  leave(): void;
}

const LONGEST_QUEUE = 100;

interface Waiter extends LaneRequest {
  readonly admit: () => void;
}

/** Concurrency groups, shared by all runs of one service. */
export class Lanes {
  readonly #held = new Map<string, LaneRequest>();
  readonly #waiting = new Map<string, Waiter[]>();

  /** Whether someone is in the group now. */
  isHeld(group: string): boolean {
    return this.#held.has(group.toLowerCase());
  }

  /** How many wait for the group now. */
  pending(group: string): number {
    return this.#waiting.get(group.toLowerCase())?.length ?? 0;
  }

  /**
   * Resolves when the group is this request's own, in the order of arrival. Rejects with the signal's
   * reason when it is aborted while waiting.
   */
  async enter(request: LaneRequest, signal: AbortSignal): Promise<Lane> {
    signal.throwIfAborted();
    const group = request.group.toLowerCase();
    const holder = this.#held.get(group);
    if (holder === undefined) return this.#admit(group, request);
    const queue = this.#waiting.get(group) ?? [];
    this.#waiting.set(group, queue);
    if (request.queue === 'single') {
      for (const older of [...queue]) older.cancel('replaced');
    } else if (queue.length >= LONGEST_QUEUE) {
      request.cancel('queue-full');
      signal.throwIfAborted();
    }
    const entered = new Promise<Lane>((resolve, reject) => {
      const waiter: Waiter = { ...request, admit: () => resolve(this.#admit(group, request)) };
      queue.push(waiter);
      signal.addEventListener(
        'abort',
        () => {
          const place = queue.indexOf(waiter);
          if (place === -1) return;
          queue.splice(place, 1);
          reject(signal.reason);
        },
        { once: true },
      );
    });
    if (request.cancelInProgress) holder.cancel('replaced');
    return entered;
  }

  #admit(group: string, request: LaneRequest): Lane {
    this.#held.set(group, request);
    return {
      leave: () => {
        if (this.#held.get(group) !== request) return;
        this.#held.delete(group);
        this.#waiting.get(group)?.shift()?.admit();
      },
    };
  }
}
