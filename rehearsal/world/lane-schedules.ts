import { RequestError } from '@octokit/request-error';
import { leaveLane, takeLane } from '../../src/cycle/lane.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { GitHub } from '../../src/github/api.ts';
import { createLaneTickets, createRunStates } from '../../src/github/lane.ts';
import type { Clock } from '../../src/ports/clock.ts';

const PLACE = { app: 'shop', environment: 'production' };
/** Small, so that a schedule turns many pages. */
const PAGE = 3;
/** A schedule that takes longer goes in circles. */
const MOST_TURNS = 20_000;
const HOUR = 3_600_000;

/** What one schedule showed. Without violations all is as promised. */
export interface LaneSchedule {
  readonly seed: number;
  readonly violations: readonly string[];
  /** How often the lane was held, refused, and how many processes were killed. */
  readonly held: number;
  readonly refused: number;
  readonly killed: number;
}

/**
 * Plays one schedule of races, kills, reruns, wrong clocks and lost answers over the real lane and the real
 * adapter, on a model of GitHub's deployments in which a number is given before its record is seen. The
 * same seed plays the same schedule.
 */
export async function playLane(seed: number): Promise<LaneSchedule> {
  const world = new Schedule(seed);
  const runs = 2 + world.pick(4);
  const playing = Array.from({ length: runs }, (_, index) => world.playRun(index + 1));
  await world.drive(Promise.all(playing));
  // Whatever happened: when every run is over, the next one gets the lane.
  world.calm = true;
  const heldBefore = world.held;
  await world.drive(world.playRun(runs + 1));
  if (world.held === heldBefore) world.violations.push('the lane is stranded: nobody gets it any more');
  const { violations, held, refused, killed } = world;
  return { seed, violations, held, refused, killed };
}

interface Record {
  readonly number: number;
  readonly environment: string;
  readonly task: string;
  readonly payload: unknown;
  readonly by: Process;
  visible: boolean;
  state: string | undefined;
}

/** A step that runs: killed, it does nothing any more. */
interface Process {
  readonly run: number;
  readonly attempt: number;
  alive: boolean;
}

class Killed extends Error {}

class Schedule {
  readonly violations: string[] = [];
  held = 0;
  refused = 0;
  killed = 0;
  /** No more faults: what is left over is looked at. */
  calm = false;
  readonly #records: Record[] = [];
  readonly #runs = new Map<number, { attempt: number; over: boolean }>();
  #holder: Process | undefined;
  #waiting: { at: number; go: () => void }[] = [];
  #time = Date.UTC(2026, 0, 1);
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Mulberry32: small, and the same on every machine. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  pick = (below: number): number => Math.floor(this.#random() * below);
  #happens = (chance: number): boolean => !this.calm && this.#random() < chance;

  /** Lets others go first, as many as the schedule wants. */
  #turn(after = 0): Promise<void> {
    return new Promise((go) => this.#waiting.push({ at: this.#time + after, go }));
  }

  /** Wakes one after the other, in the order that the seed says, until the work is done. */
  async drive(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const ended = work.finally(() => {
      isDone = true;
    });
    for (let turns = 0; !isDone; turns += 1) {
      await new Promise(setImmediate);
      if (isDone) break;
      const ready = this.#waiting.filter(({ at }) => at <= this.#time);
      const next = ready[this.pick(ready.length)] ?? this.#waiting.toSorted((a, b) => a.at - b.at)[0];
      if (!next || turns > MOST_TURNS) throw new Error('The schedule does not come to an end.');
      this.#time = Math.max(this.#time, next.at);
      this.#waiting = this.#waiting.filter((one) => one !== next);
      next.go();
    }
    await ended;
  }

  /** A run with its reruns: each attempt is a job of a promote step, perhaps a rollback step, and post. */
  async playRun(id: number): Promise<void> {
    if (!this.calm) await this.#turn(this.pick(12_000));
    const attempts = 1 + this.pick(this.calm ? 1 : 3);
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      this.#runs.set(id, { attempt, over: false });
      await this.#playJob(id, attempt);
      // GitHub notices a while later that a runner is gone.
      await this.#turn(this.pick(20_000));
      const run = this.#runs.get(id);
      if (run) run.over = true;
      await this.#turn(this.pick(20_000));
    }
  }

  async #playJob(run: number, attempt: number): Promise<void> {
    const owner = { run: { id: String(run), attempt, url: `run ${run}` }, job: `job ${run}.${attempt}` };
    const isRunnerLost = this.#happens(0.15);
    const steps = 1 + this.pick(2);
    for (let step = 0; step < steps; step += 1) {
      const ended = await this.#playStep({ run, attempt, alive: true }, async (world, process) => {
        const answer = await takeLane({ place: PLACE, owner, commit: 'c'.repeat(40) }, world, world.signal);
        if (answer.kind === 'taken') {
          this.refused += 1;
          return;
        }
        await this.#change(process);
        // What did not go well is kept for the rollback step of the job.
        if (this.calm || this.pick(3) > 0) await leaveLane({ place: PLACE, owner }, world, true);
      });
      if (ended === 'killed' && isRunnerLost) return;
    }
    await this.#playStep({ run, attempt, alive: true }, async (world) => {
      await leaveLane({ place: PLACE, owner }, world, false);
    });
  }

  /** What must never be done by two at once. */
  async #change(process: Process): Promise<void> {
    this.held += 1;
    if (this.#holder?.alive) {
      this.violations.push(`run ${process.run} and run ${this.#holder.run} hold the lane at once`);
    }
    this.#holder = process;
    for (let turns = this.pick(6); turns >= 0; turns -= 1) await this.#step(process, this.pick(15_000));
    if (this.#holder === process) this.#holder = undefined;
  }

  async #playStep(
    process: Process,
    work: (world: ReturnType<Schedule['worldOf']>, process: Process) => Promise<void>,
  ): Promise<'ended' | 'killed'> {
    try {
      await work(this.worldOf(process), process);
      return 'ended';
    } catch (error) {
      if (error instanceof Killed) return 'killed';
      // A step that GitHub did not answer ends red, and the next one begins.
      if (error instanceof Failure) return 'ended';
      throw error;
    } finally {
      process.alive = false;
    }
  }

  /** One moment of a process, in which it may be killed. */
  async #step(process: Process, after = 0): Promise<void> {
    await this.#turn(after);
    if (!this.#happens(0.012)) return;
    process.alive = false;
    this.killed += 1;
    throw new Killed();
  }

  worldOf(process: Process) {
    // Wrong by up to an hour, and running at half or twice the speed.
    const skew = (this.#random() - 0.5) * 2 * HOUR;
    const speed = 0.5 + this.#random() * 1.5;
    const start = this.#time;
    const clock: Clock = {
      now: () => new Date(start + skew + (this.#time - start) * speed),
      sleep: (milliseconds) => this.#step(process, milliseconds / speed),
    };
    const github = this.#github(process, clock);
    const quiet = () => {};
    const log = {
      info: quiet,
      debug: quiet,
      warning: quiet,
      error: quiet,
      mask: quiet,
      group: <T>(_: string, work: () => Promise<T>) => work(),
    };
    const signal = new AbortController().signal;
    return { tickets: createLaneTickets(github, PAGE), runs: createRunStates(github), clock, log, signal };
  }

  #github(process: Process, clock: Clock): GitHub {
    const request = async (route: string, given: { [name: string]: unknown }) => {
      await this.#step(process);
      const isLost = this.#happens(0.03);
      if (isLost && this.#happens(0.5)) throw unanswered();
      const data = await this.#answer(process, route, given);
      // The answer takes its time too; and what was lost on its way back has happened.
      await this.#step(process);
      if (isLost) throw unanswered();
      return { data };
    };
    const query = async (_text: string, ids: { readonly [name: string]: unknown }) => {
      await this.#step(process);
      const stateOf = (id: unknown) => this.#records.find(({ number }) => String(number) === id)?.state;
      const shown = (id: unknown) => {
        const state = stateOf(id);
        return {
          latestStatus: state === undefined ? null : { state: state.toUpperCase(), creator: JOB.actor },
        };
      };
      const data = Object.fromEntries(
        Object.entries(ids).map(([name, id]) => [`t${name.slice(1)}`, shown(id)]),
      );
      await this.#step(process);
      return { viewer: { login: JOB.login }, ...data };
    };
    const repository = { owner: 'o', name: 'r' };
    return { repository, clock, signal: undefined, request, query } as unknown as GitHub;
  }

  async #answer(process: Process, route: string, given: { [name: string]: unknown }): Promise<unknown> {
    if (route.startsWith('GET') && route.endsWith('/{run_id}')) {
      const run = this.#runs.get(Number(given.run_id));
      return { status: run?.over ? 'completed' : 'in_progress', run_attempt: run?.attempt };
    }
    if (route.startsWith('GET')) {
      const [size, page] = [Number(given.per_page), Number(given.page)];
      return this.#records
        .filter(({ visible, task }) => visible && task === given.task)
        .toSorted((one, other) => other.number - one.number)
        .slice((page - 1) * size, page * size)
        .map(shown);
    }
    if (route.endsWith('/statuses')) {
      const record = this.#records.find(({ number }) => number === given.deployment_id);
      if (record) this.#close(process, record, String(given.state));
      return {};
    }
    const record: Record = {
      number: this.#records.length + 1,
      environment: String(given.environment),
      task: String(given.task),
      payload: given.payload,
      by: process,
      visible: false,
      state: undefined,
    };
    this.#records.push(record);
    // Its number is taken, and nobody sees it yet; it comes whether or not its maker lives to hear of it.
    const seen = this.#turn(this.pick(2_000)).then(() => {
      record.visible = true;
    });
    await seen;
    return shown(record);
  }

  #close(by: Process, record: Record, state: string): void {
    const run = this.#runs.get(record.by.run);
    const isOver = run === undefined || run.over || run.attempt > record.by.attempt;
    const isOwn = record.by.run === by.run && record.by.attempt === by.attempt;
    if (!isOwn && !isOver)
      this.violations.push(`run ${by.run} closed the ticket of run ${record.by.run}, which lives`);
    record.state = state;
  }
}

/** As whom GitHub has the jobs of a repository write: in REST, and in GraphQL. */
const JOB = {
  login: 'github-actions[bot]',
  actor: { __typename: 'Bot', login: 'github-actions' },
};

const shown = ({ number, environment, payload }: Record) => ({
  id: number,
  node_id: String(number),
  environment,
  payload,
  created_at: '2026-01-01T00:00:00Z',
  creator: { login: JOB.login },
});

const unanswered = () =>
  new RequestError('Bad gateway', 502, {
    request: { method: 'POST', url: 'https://github.test', headers: {} },
  });
