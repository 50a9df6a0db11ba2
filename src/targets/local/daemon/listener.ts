import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the range that systems give to outgoing connections, so that those do not get in the way. */
const PORTS = { first: 20_000, end: 32_000 };

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
  let port = wanted ?? randomPort();
  for (let attempt = 0; ; attempt += 1) {
    try {
      await listen(server, port);
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 50) throw error;
      port = randomPort();
    }
  }
}

/** A port that was free just now, for a program that is about to listen on it. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listenSomewhere(probe, null);
  probe.close();
  await once(probe, 'close');
  return port;
}

const randomPort = (): number => randomInt(PORTS.first, PORTS.end);
