import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Ports of the loopback interface, which processes side by side share out among themselves. */
export interface Stretch {
  readonly first: number;
  /** Of `RANGE` ports each. */
  readonly ranges: number;
}

const RANGE = 100;

/**
 * Gives ports on which nobody listens. A port is free when it is chosen, and taken a moment later by the
 * program that is told of it: so that two processes do not choose the same one in that moment, each has a
 * range of its own until it ends, and gives no port again before all the others. Where every range is held,
 * any port will do that is free just now.
 *
 * @returns gives the next port; it throws when there is none
 */
export function ownPorts(stretch: Stretch): () => Promise<number> {
  let range: Promise<number | undefined> | undefined;
  let next = randomInt(RANGE);
  const candidate = (lock: number | undefined): number => {
    if (lock === undefined) return randomInt(stretch.first, stretch.first + stretch.ranges * RANGE);
    next += 1;
    return lock + 1 + (next % (RANGE - 1));
  };
  return async () => {
    range ??= claimRange(stretch);
    const lock = await range;
    for (let tried = 0; tried < RANGE; tried += 1) {
      const port = candidate(lock);
      if (await isFree(port)) return port;
    }
    throw new Error('No port is free on the loopback interface.');
  };
}

/** The first port of a range that no other process has: its lock, which the system undoes with the process. */
async function claimRange({ first, ranges }: Stretch): Promise<number | undefined> {
  for (let tried = 0; tried < ranges; tried += 1) {
    const lock = first + ((process.pid + tried) % ranges) * RANGE;
    if (await hold(lock)) return lock;
  }
  return undefined;
}

export async function isFree(port: number): Promise<boolean> {
  const server = await hold(port);
  server?.close();
  return server !== undefined;
}

/** Keeps a port from everybody else for as long as this process lives; undefined when somebody has it. */
export async function hold(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
