import type { Lane } from '../../../src/cycle/lane.ts';
import {
  DEFAULT_GATES,
  type EnvironmentSettings,
  type SmokeCheckSettings,
} from '../../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import type { Release } from '../../../src/domain/release.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { ProbeAnswer, Prober } from '../../../src/ports/prober.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { MemoryTarget } from '../../fakes/memory-target.ts';

export const release = (version: string): Release => ({
  app: 'sophie',
  version,
  commit: version.replaceAll('.', '').padEnd(40, 'c'),
  builtAt: '2026-01-01T00:00:00.000Z',
  digest: `sha256:${Buffer.from(version).toString('hex').padEnd(64, '0')}`,
});

const VERSION_CHECK: SmokeCheckSettings = {
  name: 'version',
  path: '/version',
  method: 'GET',
  status: 200,
  timeoutMs: 1_000,
  headers: {},
  security: [],
  body: [],
  json: {},
  version: true,
  health: false,
  latency: undefined,
};

export const settings = (changes: Partial<EnvironmentSettings> = {}): EnvironmentSettings => ({
  name: 'production',
  target: { provider: 'memory', settings: {} },
  url: 'http://live.test',
  gates: DEFAULT_GATES,
  smoke: { warmUpMs: 0, checks: [VERSION_CHECK] },
  strategy: { kind: 'blue-green' },
  rollback: { automatic: true, migrations: 'when-safe' },
  ...changes,
});

export const eventOfRun = (id: string, attempt = 1): WorkflowEvent => ({
  name: 'push',
  repository: { owner: 'o', name: 'r' },
  ref: 'refs/heads/main',
  refType: 'branch',
  sha: 'c'.repeat(40),
  actor: 'ada',
  triggeringActor: 'ada',
  run: { id, attempt, url: `https://github.test/o/r/actions/runs/${id}` },
  payload: {},
});

export const silentLog: Log = {
  info() {},
  debug() {},
  warning() {},
  error() {},
  mask() {},
  group: (_title, work) => work(),
};

/** The same files under another version and commit. */
export const again = (of: Release, version: string): Release => ({ ...release(version), digest: of.digest });

/** Time that passes only when somebody sleeps. */
export class SteppedClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly slept: number[] = [];
  now = () => new Date(this.#now);
  async sleep(milliseconds: number, signal?: AbortSignal) {
    signal?.throwIfAborted();
    this.slept.push(milliseconds);
    this.#now += milliseconds;
  }
}

/** The users' side: answers with what the target really serves; releases in `broken` answer 500 when live. */
export class ServedByTarget implements Prober {
  readonly broken = new Set<string>();
  readonly #target: MemoryTarget;
  constructor(target: MemoryTarget) {
    this.#target = target;
  }
  async probe({ url }: { url: string }): Promise<ProbeAnswer> {
    const { live, deployments } = await this.#target.observe();
    const serving = url.startsWith('http://live.test')
      ? live
      : deployments.find((one) => one.url && url.startsWith(one.url));
    if (!serving) return { kind: 'unreachable', reason: 'nothing listens', durationMs: 1 };
    return {
      kind: 'answered',
      status: this.broken.has(serving.version) ? 500 : 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ version: serving.version, commit: serving.commit }),
      bodyCut: false,
      durationMs: 1,
    };
  }
}

/** Nobody else is there. */
export const FREE_LANE: Lane = { take: async () => ({ kind: 'held' }), leave: async () => {} };

/** Everything a use case of the cycle is given. */
export function createWorld(environment = settings()) {
  const target = new MemoryTarget();
  return {
    environment,
    target,
    ledger: new MemoryLedger(),
    holds: new MemoryHolds(),
    lane: FREE_LANE,
    prober: new ServedByTarget(target),
    clock: new SteppedClock(),
    log: silentLog,
    event: eventOfRun('1'),
    approvers: ['grace'],
    keepEntry() {},
  };
}
