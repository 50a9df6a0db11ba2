import { hold, isFree, ownPorts } from '../../src/targets/local/daemon/own-ports.ts';

/** Below the range from which systems give ports to outgoing connections: those come and go unasked. */
const LOWEST = 20_000;
/** Held by the one process that may take ports as they are configured. */
const CONFIGURED = LOWEST - 1;

/** Gives a port of the loopback interface that nobody listens on, and that stays free until its owner comes. */
export const freePort = ownPorts({ first: LOWEST, ranges: 120 });

let holdsConfigured: Promise<boolean> | undefined;
const given = new Set<number>();

/** This port where no other process uses ports as configured and nobody listens there; else a free one. */
export async function portLike(wanted: number | undefined): Promise<number> {
  if (wanted === undefined || given.has(wanted)) return freePort();
  holdsConfigured ??= hold(CONFIGURED).then((server) => server !== undefined);
  if (!(await holdsConfigured) || !(await isFree(wanted))) return freePort();
  given.add(wanted);
  return wanted;
}
