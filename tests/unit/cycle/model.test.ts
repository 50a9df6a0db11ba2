import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deploy } from '../../../actions/deploy/run.ts';
import { promote } from '../../../actions/promote/run.ts';
import { rollback } from '../../../actions/rollback/run.ts';
import { settleUnfinished } from '../../../src/cycle/ledger-entries.ts';
import type { EnvironmentSettings } from '../../../src/domain/configuration.ts';
import { isForeign } from '../../../src/domain/deployment.ts';
import { type LedgerEntry, lastGood, nameOf, tookTraffic } from '../../../src/domain/ledger.ts';
import type { Release } from '../../../src/domain/release.ts';
import type { ProbeAnswer } from '../../../src/ports/prober.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { MemoryTarget } from '../../fakes/memory-target.ts';
import { trials } from '../../sample.ts';
import {
  again,
  eventOfRun,
  FREE_LANE,
  release,
  ServedByTarget,
  SteppedClock,
  settings,
  silentLog,
} from './world.ts';

const SEED = Number(process.env.AIRLOCK_TEST_SEED ?? Date.now() % 2 ** 31);
const SEQUENCES = Number(process.env.AIRLOCK_TEST_SEQUENCES ?? trials(1_500, 6_000));

class Killed extends Error {}

/** Ends the step at one of its calls of the world: before the call, or after it took effect or is going to. */
class Fuse {
  #left = Number.POSITIVE_INFINITY;
  #when: Kill['when'] = 'before';
  blown = false;

  light(kill: Kill | undefined): void {
    this.blown = false;
    this.#left = kill?.at ?? Number.POSITIVE_INFINITY;
    this.#when = kill?.when ?? 'before';
  }

  guard<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name);
        if (typeof member !== 'function') return member;
        return async (...given: unknown[]) => {
          const isLast = this.#left === 0;
          this.#left -= 1;
          if (isLast && this.#when === 'late' && of instanceof MemoryTarget && name === 'activate') {
            of.activateLate(String(given[0]), Number(given[1]));
            this.#blow();
          }
          if (this.blown || (isLast && this.#when !== 'after')) this.#blow();
          const result: unknown = await member.apply(of, given);
          if (isLast) this.#blow();
          return result;
        };
      },
    });
  }

  #blow(): never {
    this.blown = true;
    throw new Killed();
  }
}

/** Answers as the target serves; a release may be broken everywhere, or under its users only. */
class PickyUsers extends ServedByTarget {
  readonly brokenWhenLive = new Set<string>();
  override async probe(request: { url: string }): Promise<ProbeAnswer> {
    const answer = await super.probe(request);
    if (answer.kind !== 'answered' || !request.url.startsWith('http://live.test')) return answer;
    const { version } = JSON.parse(answer.body) as { version: string };
    return this.brokenWhenLive.has(version) ? { ...answer, status: 500 } : answer;
  }
}

type Health = 'good' | 'broken' | 'broken-when-live';
interface Kill {
  readonly step: 'deploy' | 'promote' | 'rollback';
  readonly at: number;
  /** `late`: the target carries out what it was asked for when the step is gone. */
  readonly when: 'before' | 'after' | 'late';
  /** The whole machine is lost: no later step and no post of the job runs. */
  readonly machine: boolean;
}
type Command =
  | { readonly do: 'release'; readonly build: number; readonly kill: Kill | undefined }
  | { readonly do: 'again'; readonly run: number; readonly kill: Kill | undefined }
  | { readonly do: 'back'; readonly to: string | undefined; readonly kill: Kill | undefined }
  /** Somebody makes it live past Airlock: a deployment of their own or one that Airlock staged. */
  | { readonly do: 'by-hand'; readonly version: string }
  | { readonly do: 'forget'; readonly build: number }
  /** From now on it cannot be started again, or can again. */
  | { readonly do: 'lose'; readonly build: number }
  | { readonly do: 'find'; readonly build: number };

/** Every one has a version of its own; the last two are the files of earlier ones, built once more. */
const BUILDS: readonly { readonly release: Release; readonly health: Health }[] = [
  ...(['good', 'good', 'broken', 'good', 'broken-when-live', 'good'] as const).map((health, index) => ({
    release: release(`1.${index}.0`),
    health,
  })),
  { release: again(release('1.0.0'), '1.6.0'), health: 'good' },
  { release: again(release('1.1.0'), '1.7.0'), health: 'broken' },
];

/** What somebody else makes. It is well, and it cannot say which release it is. */
const FOREIGN: readonly string[] = ['main', 'hotfix'];

/** What the steps of one run are given; every call of it may be the last. */
const worldOf = ({ environment, fuse, truth, prober }: Story, run: string, opened: string[]) => ({
  app: 'sophie',
  environment,
  ledger: fuse.guard(truth.ledger),
  holds: new MemoryHolds(),
  lane: FREE_LANE,
  target: fuse.guard(truth.target),
  prober: fuse.guard(prober),
  clock: new SteppedClock(),
  log: silentLog,
  approvers: [],
  event: eventOfRun(run),
  keepEntry: (id: string) => void opened.push(id),
});

/** One environment, the runs that change it, and what an onlooker knows of every release. */
class Story {
  readonly fuse = new Fuse();
  readonly truth = { ledger: new MemoryLedger(), target: new MemoryTarget() };
  readonly prober = new PickyUsers(this.truth.target);
  readonly environment: EnvironmentSettings;
  readonly runs: ((kill: Kill | undefined) => Promise<void>)[] = [];
  /** What was last seen of a version: it passed under its users, or was found bad or gone back from. */
  readonly seen = new Map<string, 'passed' | 'bad'>();
  readonly everPassed = new Set<string>();
  /** What somebody made live by hand and no activation has taken the place of since. */
  byHand: string | undefined;

  constructor(canary: boolean) {
    this.environment = settings(
      canary ? { strategy: { kind: 'canary', steps: [10, 50, 100], pauseMs: 1 } } : {},
    );
    for (const { release, health } of BUILDS) {
      if (health === 'broken') this.prober.broken.add(release.version);
      if (health === 'broken-when-live') this.prober.brokenWhenLive.add(release.version);
    }
  }

  /** Runs a step to its end or to its kill; undefined when it did not come to an outcome. */
  async #step<T>(name: Kill['step'], kill: Kill | undefined, work: () => Promise<T>): Promise<T | undefined> {
    this.fuse.light(kill?.step === name ? kill : undefined);
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if (error instanceof Killed || code === 'ROLLBACK_UNVERIFIED' || code === 'APP_NOT_READY')
        return undefined;
      throw error;
    } finally {
      this.killedMachine ||= this.fuse.blown && kill?.machine === true;
      this.fuse.light(undefined);
    }
  }
  killedMachine = false;

  async live(): Promise<string | undefined> {
    return (await this.truth.target.observe()).live?.version;
  }

  entries() {
    return this.truth.ledger.entries('production', Number.POSITIVE_INFINITY);
  }

  async standing(): Promise<LedgerEntry | undefined> {
    return (await this.entries()).find((entry) => tookTraffic(entry) && entry.state === 'succeeded');
  }

  /** A release passed when the step said so, or was killed right after it had written so, and users are well. */
  async #judge(before: LedgerEntry | undefined, said: string | undefined): Promise<void> {
    const now = await this.standing();
    const version = said ?? (now && now.id !== before?.id ? nameOf(now.payload) : undefined);
    if (version === undefined) return;
    const isWell =
      FOREIGN.includes(version) ||
      BUILDS.some(({ release, health }) => release.version === version && health === 'good');
    expect(isWell && (await this.live()) === version, `${version} is said to have passed`).toBe(true);
    this.seen.set(version, 'passed');
    this.everPassed.add(version);
  }

  /** The composite in its job: the steps forward, the way back when one did not end well, the posts. */
  release(of: Release): (kill: Kill | undefined) => Promise<void> {
    const run = String(this.runs.length + 1);
    return async (kill) => {
      const opened: string[] = [];
      const world = worldOf(this, run, opened);
      this.killedMachine = false;
      const stood = await this.standing();
      const was = await this.live();
      const wasGood = was !== undefined && this.seen.get(was) === 'passed';
      const staged = await this.#step('deploy', kill, () =>
        deploy({ ...world, release: of, sizes: [], directory: '/nowhere' }, NEVER),
      );
      const promoted =
        staged &&
        (await this.#step('promote', kill, () =>
          promote(this.#promotion(of, staged.outputs), { ...world, release: of }, NEVER),
        ));
      await this.#judge(stood, promoted?.kind === 'done' ? of.version : undefined);
      // That a later run overtook it says nothing against it.
      if (promoted?.kind === 'refused' && promoted.reason !== 'NOT_NEWEST') this.seen.set(of.version, 'bad');
      if (promoted?.kind !== 'done' && !this.killedMachine)
        await this.#goBack(world, { digest: of.digest, to: '', automatic: true }, kill);
      await this.truth.target.land();
      const isWhole = kill?.step !== 'rollback' && !this.killedMachine && this.truth.target.lost.size === 0;
      if (isWhole && wasGood)
        expect(this.everPassed, 'live after a run whose way back was open').toContain(await this.live());
      if (!this.killedMachine)
        for (const id of opened) await settleUnfinished(this.truth.ledger, 'production', id);
    };
  }

  #promotion(of: Release, outputs: { 'deployment-id'?: string | undefined }) {
    const deployment = outputs['deployment-id'] ?? '';
    const about = { digest: of.digest, 'deployment-id': deployment, hotfix: null, overridden: [] };
    return { ...NOTHING, ...about, migrations: [], verdict: 'pass' };
  }

  back(to: string): (kill: Kill | undefined) => Promise<void> {
    const run = String(this.runs.length + 1);
    return async (kill) => {
      const opened: string[] = [];
      this.killedMachine = false;
      await this.#goBack(worldOf(this, run, opened), { digest: '', to, automatic: false }, kill);
      if (!this.killedMachine)
        for (const id of opened) await settleUnfinished(this.truth.ledger, 'production', id);
    };
  }

  async #goBack(
    world: ReturnType<typeof worldOf>,
    asked: { digest: string; to: string; automatic: boolean },
    kill: Kill | undefined,
  ): Promise<void> {
    const stood = await this.standing();
    const entries = await this.entries();
    const before = await this.truth.target.observe();
    const changes = this.truth.target.changes.length;
    const outcome = await this.#step('rollback', kill, () =>
      rollback(
        { ...NOTHING, ...asked, reason: 'it broke', migrations: [] },
        { ...world, revertSafely: async () => [] },
        NEVER,
      ),
    );
    const known = new Map(entries.map(({ id, state }) => [id, state]));
    for (const { id, task, state, payload } of await this.entries()) {
      if (task !== 'rollback' || payload.run.id !== world.event.run.id || known.get(id) === state) continue;
      if (payload.previous) this.seen.set(payload.previous.version, 'bad');
      if (state === 'failed') this.seen.set(nameOf(payload), 'bad');
    }
    const now = await this.live();
    await this.#judge(stood, outcome?.outputs['rolled-back'] === 'true' ? now : undefined);
    const { target } = this.truth;
    // What arrived in the meantime stays where there is nothing to go back to.
    const moved = now !== before.live?.version && now !== target.landed;
    if (target.changes.length > changes && moved && asked.to === '')
      expect([...this.everPassed, ...FOREIGN], 'a rollback activated what never passed').toContain(now);
  }
}

const NEVER = new AbortController().signal;
const NOTHING = {
  config: '',
  environment: 'production',
  release: '',
  token: '',
  'database-url': '',
  'app-variables': '',
};

const kill = fc.option(
  fc.record<Kill>({
    step: fc.constantFrom('deploy', 'promote', 'rollback'),
    at: fc.nat(24),
    when: fc.constantFrom('before', 'after', 'late'),
    machine: fc.boolean(),
  }),
  { nil: undefined },
);
const build = fc.nat(BUILDS.length - 1);
const version = fc.constantFrom(...BUILDS.map(({ release }) => release.version), ...FOREIGN);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('release' as const), build, kill }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), run: fc.nat(20), kill }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('back' as const),
      to: fc.option(version, { nil: undefined }),
      kill,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('by-hand' as const), version }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('forget', 'lose', 'find'), build }) },
);

async function carryOut(story: Story, command: Command): Promise<void> {
  if (command.do === 'forget') {
    const version = BUILDS[command.build]?.release.version;
    const { deployments } = await story.truth.target.observe();
    const idle = deployments.find((one) => one.version === version && one.weight === 0);
    if (idle) await story.truth.target.retire(idle.id);
    return;
  }
  if (command.do === 'by-hand') {
    const { target } = story.truth;
    const isThere = (await target.observe()).deployments.some((one) => one.version === command.version);
    if (target.lost.has(command.version) || !(isThere || FOREIGN.includes(command.version))) return;
    await target.byHand(command.version);
    story.byHand = command.version;
    return;
  }
  if (command.do === 'lose' || command.do === 'find') {
    const { lost } = story.truth.target;
    const version = BUILDS[command.build]?.release.version ?? '';
    if (command.do === 'lose') lost.add(version);
    else lost.delete(version);
    return;
  }
  if (command.do === 'release')
    story.runs.push(story.release(BUILDS[command.build]?.release ?? release('9.9.9')));
  if (command.do === 'back') story.runs.push(story.back(command.to ?? ''));
  const run = command.do === 'again' ? story.runs[command.run % story.runs.length] : story.runs.at(-1);
  if (!run) return;
  await run(command.kill);
  await holds(story);
  if (command.kill || command.do === 'again') return;
  // Run again at once, a run finds its work done: the same is live, and as good as before.
  const [live, stood] = [await story.live(), await story.standing()];
  await run(undefined);
  await holds(story);
  expect(await story.live(), 'what is live after a rerun').toBe(live);
  expect((await story.standing())?.payload.release, 'what stands after a rerun').toEqual(
    stood?.payload.release,
  );
}

async function holds(story: Story): Promise<void> {
  const entries = await story.entries();
  const standing = entries.filter((entry) => tookTraffic(entry) && entry.state === 'succeeded');
  expect(standing.length, 'releases that stand as the live one').toBeLessThanOrEqual(1);

  const live = await story.live();
  const good = lastGood(entries, undefined)?.payload.release.version;
  if (good) expect(story.seen.get(good), 'the last good release').toBe('passed');

  if (live !== story.byHand) story.byHand = undefined;
  const [stands] = standing;
  if (!stands || nameOf(stands.payload) === live || live === story.byHand) return;
  // What took its place did not pass, or was cut short before that was known.
  const cutShort = entries.some(
    ({ task, state, payload }) =>
      (task === 'promote' || task === 'rollback') &&
      (state === 'started' || state === 'cancelled' || state === 'failed') &&
      nameOf(payload) === live,
  );
  expect(cutShort, `${live} is live and ${stands.id} stands`).toBe(true);
}

/**
 * With nothing killed any more, a broken release does not stay while a good one is at hand, or what somebody
 * else had live before it.
 */
async function goesBack(story: Story, broken: Release): Promise<void> {
  story.truth.target.lost.clear();
  const before = await story.truth.target.observe();
  const hasGood = before.deployments.some(
    (one) => !isForeign(one) && story.seen.get(one.version) === 'passed',
  );
  const foreign = before.live && isForeign(before.live) ? before.live.version : undefined;
  story.runs.push(story.release(broken));
  await story.runs.at(-1)?.(undefined);
  await holds(story);
  if (!hasGood && !foreign) return;
  const live = await story.live();
  // A canary that breaks at once never had the place of what somebody else has live.
  const isGivenUp = story.environment.strategy.kind === 'canary' && story.prober.broken.has(broken.version);
  if (!hasGood || (foreign && isGivenUp)) expect(live, 'what is live after the way back').toBe(foreign);
  const isPassed = live !== undefined && story.seen.get(live) === 'passed';
  expect(isPassed, `${live}, live after the way back, passed`).toBe(true);
  const stands = await story.standing();
  expect(stands && nameOf(stands.payload), 'what stands after the way back').toBe(live);
}

describe('any sequence of releases, failures, kills, reruns and ways back', () => {
  it('leaves a ledger that is true and an environment that can be trusted', async () => {
    console.log(`seed of the stories: ${SEED} (AIRLOCK_TEST_SEED repeats it); ${SEQUENCES} stories`);
    const stories = fc.array(command, { minLength: 1, maxLength: 12 });
    const broken = fc.constantFrom(
      ...BUILDS.flatMap(({ release, health }) => (health === 'good' ? [] : [release])),
    );
    await fc.assert(
      fc.asyncProperty(
        stories,
        fc.boolean(),
        fc.boolean(),
        broken,
        async (commands, canary, adopts, last) => {
          const story = new Story(canary);
          if (adopts) await carryOut(story, { do: 'by-hand', version: 'main' });
          for (const one of commands) await carryOut(story, one);
          await goesBack(story, last);
        },
      ),
      { seed: SEED, numRuns: SEQUENCES },
    );
  }, 60_000);
});
