import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { waitUntil } from '../wait.ts';

/** Where requests for one deployment go, and how many are on their way. It outlives a crash of its app. */
export class Upstream {
  readonly deployment: string;
  /** Kept connections; only requests that may be sent twice use them. */
  readonly agent = new Agent({ keepAlive: true });
  /** Port that answers; undefined while the app is not up. */
  port: number | undefined;
  #requests = 0;
  readonly #connections = new Set<Duplex>();

  constructor(deployment: string) {
    this.deployment = deployment;
  }

  /** Counts a request until the returned function is called. */
  enter(): () => void {
    this.#requests += 1;
    let inside = true;
    return () => {
      if (inside) this.#requests -= 1;
      inside = false;
    };
  }

  /** Counts an upgraded connection until it closes. */
  hold(connection: Duplex): void {
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
  }

  /** Waits, at most `timeoutMs`, until the requests that are on their way were answered. */
  async requestsAnswered(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await waitUntil(() => this.#requests === 0, { timeoutMs, everyMs: 5, ...(signal && { signal }) });
  }

  /** Waits, at most `timeoutMs`, until requests and upgraded connections have ended. */
  async deserted(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await waitUntil(() => this.#requests === 0 && this.#connections.size === 0, {
      timeoutMs,
      everyMs: 5,
      ...(signal && { signal }),
    });
  }

  /** Ends what is still connected. */
  close(): void {
    this.port = undefined;
    this.agent.destroy();
    for (const connection of this.#connections) connection.destroy();
  }
}
