import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the range from which systems give ports to outgoing connections: those come and go unasked. */
const LOWEST = 20_000;
const RANGES = 120;
const RANGE = 100;
/** Held by the one process that may take ports as they are configured. */
const CONFIGURED = LOWEST - 1;

let range: Promise<number> | undefined;
let holdsConfigured: Promise<boolean> | undefined;
let next = 0;
const given = new Set<number>();

/**
 * A port of the loopback interface that nobody listens on. Each process has a range of its own until it
 * ends, and never gives the same port twice in a row, so that a port stays free until its owner comes to
 * listen.
 */
export async function freePort(): Promise<number> {
  range ??= claimRange();
  const first = await range;
  for (let tried = 0; tried < RANGE; tried += 1) {
    // The first of the range is the lock.
    const port = first + 1 + (next % (RANGE - 1));
    next += 1;
    if (await isFree(port)) return port;
  }
  throw new Error('No port is free on the loopback interface.');
}

/** This port where no other process uses ports as configured and nobody listens there; else a free one. */
export async function portLike(wanted: number | undefined): Promise<number> {
  if (wanted === undefined || given.has(wanted)) return freePort();
  holdsConfigured ??= listen(CONFIGURED).then((server) => server !== undefined);
  if (!(await holdsConfigured) || !(await isFree(wanted))) return freePort();
  given.add(wanted);
  return wanted;
}

/** The first port of a range that no other process has. The system gives it back when this process ends. */
async function claimRange(): Promise<number> {
  for (let tried = 0; tried < RANGES; tried += 1) {
    const first = LOWEST + ((process.pid + tried) % RANGES) * RANGE;
    if (await listen(first)) return first;
  }
  throw new Error('Every range of loopback ports is in use.');
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  server?.close();
  return server !== undefined;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
