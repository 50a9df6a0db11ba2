import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range from which systems give ports to outgoing connections: those come and go unasked. */
const LOWEST = 20_000;
const RANGES = 60;
const RANGE = 200;
let next = 0;

/**
 * A port of the loopback interface that nobody listens on. Each process looks in a range of its own and
 * never gives the same port twice in a row, so that a port stays free until its owner comes to listen.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < RANGE; tried += 1) {
    const port = LOWEST + (process.pid % RANGES) * RANGE + (next % RANGE);
    next += 1;
    if (await isFree(port)) return port;
  }
  throw new Error('No port is free on the loopback interface.');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
