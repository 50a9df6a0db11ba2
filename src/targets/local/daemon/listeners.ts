import type { Server } from 'node:http';
import { Failure } from '../../../domain/failure.ts';
import type { SlotName } from '../state.ts';
import { listen, listenSomewhere } from './listener.ts';
import { createProxy } from './proxy.ts';
import { type Candidate, Router } from './router.ts';
import type { Upstream } from './upstream.ts';

/** An environment's addresses: one for the live traffic and one for each slot, all through one proxy. */
export class Listeners {
  readonly #slots = new Map<SlotName, { readonly port: number; readonly server: Server }>();
  readonly #router: Router;
  #live: { readonly port: number; readonly server: Server } | undefined;

  constructor(environment: string) {
    this.#router = new Router(environment);
  }

  /** Sends live traffic by these from now on. */
  route(live: Upstream | undefined, candidate: Candidate | undefined): void {
    this.#router.route(live, candidate);
  }

  /**
   * Opens a slot's own address, once.
   *
   * @param wanted the port it had before
   * @param upstream who is in the slot when a request comes
   * @returns the port that it has now
   */
  async openSlot(
    slot: SlotName,
    wanted: number | null,
    upstream: () => Upstream | undefined,
  ): Promise<number> {
    const open = this.#slots.get(slot);
    if (open !== undefined) return open.port;
    const server = createProxy(() => {
      const current = upstream();
      return current && { upstream: current };
    });
    const port = await listenSomewhere(server, wanted);
    this.#slots.set(slot, { port, server });
    return port;
  }

  /**
   * Opens the live address; one on another port is closed after it.
   *
   * @throws Failure LOCAL_PORT_BUSY
   */
  async openLive(port: number): Promise<void> {
    if (this.#live?.port === port) return;
    const server = createProxy((request) => this.#router.pick(request));
    await listen(server, port).catch((cause: unknown) => {
      throw new Failure(
        'LOCAL_PORT_BUSY',
        `Port ${port} of 127.0.0.1, where the environment is to be live, cannot be listened on.`,
        'End the program that uses it, or give this environment another `port` in airlock.yml.',
        { cause },
      );
    });
    this.#live?.server.close();
    this.#live = { port, server };
  }

  /** Takes no new connection. */
  close(): void {
    for (const server of this.#servers()) server.close();
  }

  /** Ends the connections that are still open. */
  disconnect(): void {
    for (const server of this.#servers()) server.closeAllConnections();
  }

  #servers(): readonly Server[] {
    return [...this.#slots.values(), ...(this.#live ? [this.#live] : [])].map(({ server }) => server);
  }
}
