import { fileURLToPath } from 'node:url';
import { startLoad } from '../rehearsal/services/load.ts';
import { waitUntil } from '../src/targets/local/wait.ts';
import { LocalUnderTest, NEVER } from '../tests/contract/targets/local-environment.ts';
import type { Figure } from './figure.ts';

const DAEMON = fileURLToPath(new URL('../dist/local-daemon/index.js', import.meta.url));
const REQUESTS = 5_000;
const CLIENTS = 16;
/** Each is a switch of the traffic, or a step of one. */
const WEIGHTS = [100, 10, 50, 100, 100, 25, 100] as const;

/** Releases go live on the local target, by its bundled daemon, while clients ask without a pause. */
export async function switches(): Promise<Figure[]> {
  const local = await LocalUnderTest.open({ daemonEntry: DAEMON });
  try {
    const target = await local.connect();
    await local.goLive('1.0.0');
    const load = startLoad({ url: local.liveUrl, clients: CLIENTS });
    const flow = async () => {
      const { answered } = load.count();
      const wanted = answered + REQUESTS / WEIGHTS.length;
      const came = await waitUntil(() => load.count().answered >= wanted, { timeoutMs: 60_000, everyMs: 5 });
      if (!came) throw new Error('The load came to a halt.');
    };
    let next = 2;
    let staged: string | undefined;
    for (const weight of WEIGHTS) {
      staged ??= (await target.stage(await local.release(`${next++}.0.0`), NEVER)).id;
      await target.activate(staged, weight, NEVER);
      await flow();
      if (weight === 100) staged = undefined;
    }
    const { sent, failed } = await load.stop();
    return [
      {
        what: `requests failed during ${WEIGHTS.length} switches and weighted steps, ${CLIENTS} clients`,
        measured: `${failed} of ${sent.toLocaleString('en')}`,
        target: `0 of at least ${REQUESTS.toLocaleString('en')}`,
        holds: failed === 0 && sent >= REQUESTS,
      },
    ];
  } finally {
    await local.close();
  }
}
