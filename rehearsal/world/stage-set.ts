import { once } from 'node:events';
import { createServer } from 'node:net';
import { parseDocument } from 'yaml';
import type { Configuration } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { LocalSettings } from '../../src/targets/local/settings.ts';

/** An airlock.yml moved to this machine for a rehearsal. */
export interface StageSet {
  readonly text: string;
  /** What was changed and why, a line each. */
  readonly notes: readonly string[];
}

/**
 * Moves every environment to this machine: its state into `state`, its address to the loopback
 * interface, and its port to a free one where the configured one is taken.
 *
 * @throws Failure REHEARSAL_TARGET_UNSUPPORTED
 */
export async function moveHere(
  text: string,
  configuration: Configuration,
  state: string,
  freePort: (wanted: number) => Promise<number> = portLike,
): Promise<StageSet> {
  const document = parseDocument(text);
  const notes: string[] = [];
  const taken = new Set<number>();
  for (const { name, target, url } of configuration.environments) {
    if (target.provider !== 'local')
      throw new Failure(
        'REHEARSAL_TARGET_UNSUPPORTED',
        `${name} runs on ${target.provider}, and a rehearsal runs every environment on this machine.`,
        'Rehearse with an airlock.yml whose environments have the `local` target.',
      );
    const { port: wanted } = target.settings as LocalSettings;
    const port = await freePort(taken.has(wanted) ? 0 : wanted);
    taken.add(port);
    const path = ['environments', name, 'target', 'local'];
    document.setIn([...path, 'state'], state);
    if (port !== wanted) {
      document.setIn([...path, 'port'], port);
      notes.push(`port ${wanted} of ${name} is taken: ${port} is used instead`);
    }
    const here = `http://127.0.0.1:${port}`;
    if (url !== undefined && url !== here) {
      document.setIn(['environments', name, 'url'], here);
      if (port === wanted) notes.push(`${name} is at ${here} here, not at ${url}`);
    }
  }
  return { text: document.toString({ lineWidth: 0 }), notes };
}

/** This port where it is free, else another one that is. */
async function portLike(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}

async function tryPort(wanted: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
