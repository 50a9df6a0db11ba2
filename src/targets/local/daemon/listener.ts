import { once } from 'node:events';
import type { Server } from 'node:net';
import { ownPorts } from './own-ports.ts';

const TRIES = 50;

/**
 * Gives a port that is free just now, for a program that is about to listen on it. Below those that systems
 * give to outgoing connections, so that these do not get in the way.
 */
export const freePort = ownPorts({ first: 10_000, ranges: 90 });

/**
 * Listens on loopback.
 *
 * @throws the system's error when the port is taken
 */
export async function listen(server: Server, port: number): Promise<void> {
  server.listen({ host: '127.0.0.1', port, exclusive: true });
  await once(server, 'listening');
}

/**
 * Listens on the wanted port, or on any free one when it is taken or null.
 *
 * @returns the port
 */
export async function listenSomewhere(server: Server, wanted: number | null): Promise<number> {
  let port = wanted ?? (await freePort());
  for (let attempt = 0; ; attempt += 1) {
    try {
      await listen(server, port);
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === TRIES) throw error;
      port = await freePort();
    }
  }
}
