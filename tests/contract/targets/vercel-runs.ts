import { deploy } from '../../../actions/deploy/run.ts';
import { promote } from '../../../actions/promote/run.ts';
import { rollback } from '../../../actions/rollback/run.ts';
import type { EnvironmentSettings } from '../../../src/domain/configuration.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { Prober } from '../../../src/ports/prober.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { eventOfRun, FREE_LANE, SteppedClock, settings, silentLog } from '../../unit/cycle/world.ts';
import { NEVER, type VercelOptions, VercelUnderTest } from './vercel-environment.ts';

const check = { name: 'home', path: '/', method: 'GET', status: 200, timeoutMs: 1_000 } as const;
const asked = { headers: {}, security: [], body: [], json: {}, version: false, health: false } as const;
const smoke = { warmUpMs: 0, checks: [{ ...check, ...asked, latency: undefined }] };

/** Visitors who get this status from whatever is live. */
export const answering = (status: number): Prober => ({
  probe: async () => ({ kind: 'answered', status, headers: {}, body: '', bodyCut: false, durationMs: 1 }),
});

const STEP = { config: '', environment: '', release: '', token: '', 'database-url': '', 'app-variables': '' };

/** What differs from a run whose visitors are well. */
export interface Circumstances {
  readonly signal?: AbortSignal;
  readonly prober?: Prober;
  readonly clock?: SteppedClock;
  readonly environment?: Partial<EnvironmentSettings>;
}

/** The steps of runs over one project on Vercel and one ledger. Each step knows nothing yet, as in a process of its own. */
export class VercelRuns {
  readonly vercel: VercelUnderTest;
  readonly ledger = new MemoryLedger();

  static async open(options: VercelOptions = {}): Promise<VercelRuns> {
    return new VercelRuns(await VercelUnderTest.open({ plan: 'enterprise', ...options }));
  }

  constructor(vercel: VercelUnderTest) {
    this.vercel = vercel;
  }

  /** Stages and promotes. */
  async live(run: string, version: string, given: Circumstances = {}): Promise<string> {
    const id = await this.vercel.stage(version);
    await this.promote(run, version, id, given);
    return id;
  }

  async deploy(run: string, version: string, given: Circumstances = {}): Promise<string> {
    const request = await this.vercel.release(version);
    const world = await this.#world(run, given);
    const { outputs } = await deploy({ ...world, ...request, sizes: [] }, given.signal ?? NEVER);
    return outputs['deployment-id'] ?? '';
  }

  async promote(run: string, version: string, id: string, given: Circumstances = {}) {
    const { release } = await this.vercel.release(version);
    const about = { 'deployment-id': id, digest: release.digest, migrations: [], verdict: 'pass' };
    return promote(
      { ...STEP, ...about, hotfix: null, overridden: [] },
      { ...(await this.#world(run, given)), release },
      given.signal ?? NEVER,
    );
  }

  /** The way back of a job in which something failed or was cancelled. */
  async backBySelf(run: string, version: string, given: Circumstances = {}) {
    const { release } = await this.vercel.release(version);
    return this.#back(run, { to: '', digest: release.digest, automatic: true }, given);
  }

  backByPerson(run: string, to = '') {
    return this.#back(run, { to, digest: '', automatic: false }, {});
  }

  async #back(
    run: string,
    asked: { readonly to: string; readonly digest: string; readonly automatic: boolean },
    given: Circumstances,
  ) {
    return rollback(
      { ...STEP, ...asked, reason: 'it broke', migrations: [] },
      { ...(await this.#world(run, given)), revertSafely: async () => [] },
      given.signal ?? NEVER,
    );
  }

  async #world(run: string, { prober, clock, environment }: Circumstances) {
    const { name = 'production' } = environment ?? {};
    return {
      app: 'shop',
      environment: settings({ smoke, ...environment }),
      target: await this.vercel.connect({}, { name }),
      ledger: this.ledger,
      holds: new MemoryHolds(),
      lane: FREE_LANE,
      prober: prober ?? answering(200),
      event: eventOfRun(run),
      approvers: [],
      clock: clock ?? new SteppedClock(),
      log: silentLog,
      keepEntry() {},
    };
  }

  /** The steps after a job: what it left unfinished did not succeed. */
  async settle(environment = 'production'): Promise<void> {
    for (const { id, state } of await this.ledger.entries(environment, 99))
      if (state === 'started') await this.ledger.advance(id, 'cancelled');
  }

  /** The ledger's promotes and rollbacks in short, newest first. */
  async states(environment = 'production'): Promise<readonly string[]> {
    return (await this.ledger.entries(environment, 99)).flatMap(({ task, state, payload }) =>
      task === 'deploy' ? [] : [`${task} ${payload.release.version} ${state}`],
    );
  }

  close(): Promise<void> {
    return this.vercel.close();
  }
}

/** The code of the failure in which it ends, else `no failure`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );
