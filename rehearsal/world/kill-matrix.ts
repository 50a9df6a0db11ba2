import type { FakeGitHub } from '../github/fake-github.ts';
import type { CallerRepository, Served } from './caller-repository.ts';
import type { WatchedRun } from './watched-run.ts';

const ENVIRONMENT = 'production';
const STAGE = `airlock / ${ENVIRONMENT} / stage`;

type Write = 'ticket' | 'entry' | 'state';

/** The moment in the life of a step's process. */
export type Moment =
  | { readonly at: 'start' }
  /** The process wrote a line with this in it. */
  | { readonly at: 'line'; readonly line: string }
  /**
   * GitHub got a ticket for the lane, a new ledger entry, or a new state of one, and writes it: the process
   * never hears of it.
   */
  | { readonly at: 'write'; readonly write: Write }
  /** Milliseconds after its start. */
  | { readonly at: 'delay'; readonly delay: number };

/** A SIGKILL for one step of the cycle. */
export interface Strike {
  readonly job: string;
  readonly step: string;
  readonly moment: Moment;
}

const strike = (job: string, step: string, moment: Moment): Strike => ({ job, step, moment });
const start: Moment = { at: 'start' };
const line = (text: string): Moment => ({ at: 'line', line: text });
const writing = (write: Write): Moment => ({ at: 'write', write });

/** Every step of the cycle: what there is time for at every push. */
export const FEW_STRIKES: readonly Strike[] = [
  strike('airlock / plan', 'plan', start),
  strike('airlock / build-check', 'build-check', line('syntax')),
  strike(STAGE, 'release.migrate', start),
  strike(STAGE, 'release.deploy', writing('entry')),
  strike(STAGE, 'release.smoke-test', line('Waiting up to')),
  strike(STAGE, 'release.promote', start),
  strike(STAGE, 'release.promote', line('Making')),
  strike(STAGE, 'release.rollback', writing('entry')),
];

/** On both sides of everything that a step changes. */
export const STRIKES: readonly Strike[] = [
  ...FEW_STRIKES,
  strike(STAGE, 'plan', start),
  strike(STAGE, 'release.deploy', start),
  strike(STAGE, 'release.deploy', line('beside it')),
  strike(STAGE, 'release.deploy', writing('state')),
  strike(STAGE, 'release.promote', writing('ticket')),
  strike(STAGE, 'release.promote', writing('entry')),
  strike(STAGE, 'release.promote', writing('state')),
  strike(STAGE, 'release.promote', line('Waiting up to')),
  strike(STAGE, 'release.rollback', start),
  strike(STAGE, 'release.rollback', line('Making')),
  strike(STAGE, 'release.rollback', writing('state')),
  strike(STAGE, 'release.rollback', line('Waiting up to')),
];

export interface KillReport {
  readonly killed: number;
  readonly consistent: number;
  /** What was not as it must be, each with its strike. */
  readonly troubles: readonly string[];
}

/**
 * Kills one step in each of many runs, and then runs each run again. After both, the live release must be
 * whole and the ledger true. The caller has a release live in `production` and no other environment; its app
 * is one that misbehaves as `behaviour.json` says.
 */
export async function killMatrix(
  caller: CallerRepository,
  github: FakeGitHub,
  strikes: readonly Strike[],
): Promise<KillReport> {
  const { version: first } = await liveRelease(caller);
  const wasLive = new Set(first === undefined ? [] : [first]);
  const troubles: string[] = [];
  let killed = 0;
  let consistent = 0;
  for (const [index, one] of strikes.entries()) {
    const found: string[] = [];
    const isRollback = one.step === 'release.rollback';
    let before: string | undefined;
    let struck: Struck | undefined;
    for (let patch = 0; patch < TRIES && !struck?.wasHit; patch += 1) {
      before = (await liveRelease(caller)).version;
      struck = await runAndStrike(caller, github, one, `2.${index}.${patch}`);
    }
    if (struck === undefined) continue;
    const { run, version, sha, wasHit } = struck;
    if (wasHit) killed += 1;
    else found.push('the step ended each time before it was killed');
    found.push(...(await untruths(caller, wasLive, run)).map((what) => `after the kill: ${what}`));
    const left = (await liveRelease(caller)).version;
    // The way back was open, unless it was the way back itself that was killed.
    if (wasHit && !isRollback && left !== before)
      found.push(`after the kill ${left} is live instead of ${before}`);

    const again = await caller.start({ sha, rerunOf: run.id });
    const { conclusion } = await again.done;
    if (conclusion !== (isRollback ? 'failure' : 'success')) found.push(`the rerun ended with ${conclusion}`);
    const expected = isRollback ? before : version;
    const now = (await liveRelease(caller)).version;
    if (now !== expected) found.push(`after the rerun ${now} is live instead of ${expected}`);
    found.push(...(await untruths(caller, wasLive, again)).map((what) => `after the rerun: ${what}`));
    const current = activations(caller).filter(({ state }) => state === 'success');
    if (current.length !== 1 || current[0]?.version !== now)
      found.push(`after the rerun the ledger says live: ${current.map((entry) => entry.version).join(', ')}`);

    if (found.length === 0) consistent += 1;
    troubles.push(...found.map((what) => `${one.step} at ${JSON.stringify(one.moment)}: ${what}`));
  }
  return { killed, consistent, troubles };
}

/** How often a moment that was missed is waited for again, each time in a new run. */
const TRIES = 3;

interface Struck {
  readonly run: WatchedRun;
  readonly sha: string;
  readonly version: string;
  readonly wasHit: boolean;
}

/** Takes a new release through the pipeline and kills one step on its way. */
async function runAndStrike(
  caller: CallerRepository,
  github: FakeGitHub,
  one: Strike,
  version: string,
): Promise<Struck> {
  // Only a release that fails once it is live makes the rollback do something.
  const behaviour = one.step === 'release.rollback' ? ['slow', 'fails-live'] : ['slow'];
  const text = JSON.stringify({ [ENVIRONMENT]: behaviour });
  const sha = await caller.commit(`Release ${version}`, { 'behaviour.json': text });
  await caller.git('tag', `v${version}`);
  const run = await caller.start({ sha });
  await killAt(run, one, github);
  await run.done;
  const wasHit = run.events.some(
    (event) =>
      event.type === 'log' &&
      event.job === one.job &&
      event.step?.id === one.step &&
      event.line.includes(`exit code ${128 + 9}.`),
  );
  return { run, sha, version, wasHit };
}

/** Kills the step's process when its moment has come, if it comes. */
async function killAt(run: WatchedRun, { job, step, moment }: Strike, github: FakeGitHub): Promise<void> {
  try {
    const pid = await run.process(job, step);
    // Nobody but this process talks to GitHub now.
    if (moment.at === 'write') await Promise.race([written(github, step, moment.write), run.done]);
    if (moment.at === 'delay') await new Promise((resolve) => setTimeout(resolve, moment.delay));
    if (moment.at === 'line')
      await run.event(
        'log',
        (event) => event.job === job && event.step?.id === step && event.line.includes(moment.line),
      );
    process.kill(pid, 'SIGKILL');
  } catch {
    // The step, or the whole run, was faster.
  }
}

/** Resolves when GitHub got the next write of this kind, before it answers. */
const written = (github: FakeGitHub, step: string, write: Write): Promise<void> =>
  new Promise((resolve) => {
    const path = write === 'state' ? /\/statuses$/ : /\/deployments$/;
    // A promotion opens its ticket first; the way back goes on with that one.
    let before = write === 'entry' && step === 'release.promote' ? 1 : 0;
    github.faults.next({
      answer: 500,
      match: ({ method, url }) => {
        if (method !== 'POST' || !path.test(url)) return false;
        if (before === 0) resolve();
        before -= 1;
        return false;
      },
    });
  });

/** What is not as it must be after any run, however it ended. */
async function untruths(
  caller: CallerRepository,
  wasLive: Set<string>,
  run: WatchedRun,
): Promise<readonly string[]> {
  const found: string[] = [];
  const { version, trouble } = await liveRelease(caller);
  if (trouble !== undefined) found.push(trouble);
  if (version !== undefined) wasLive.add(version);
  const known = activations(caller);
  if (!known.some((entry) => entry.version === version))
    found.push(`the ledger does not know ${version}, which is live`);
  for (const entry of known)
    if (entry.state === 'success' && !wasLive.has(entry.version))
      found.push(`the ledger says that ${entry.version} went live, and it never did`);
  for (const { task, payload, states } of caller.ledger(ENVIRONMENT)) {
    const state = states.at(-1) ?? 'pending';
    if (['pending', 'in_progress'].includes(state) && payload.run.id === String(run.id))
      found.push(`${task} of ${payload.release.version} is left ${state}`);
  }
  return found;
}

const activations = (caller: CallerRepository) =>
  caller
    .ledger(ENVIRONMENT)
    .filter(({ task }) => task !== 'deploy')
    .map(({ payload, states }) => ({ version: payload.release.version, state: states.at(-1) }));

/** The one release that answers every visitor. */
async function liveRelease(caller: CallerRepository): Promise<{ version?: string; trouble?: string }> {
  const answers = await Promise.all(Array.from({ length: 6 }, () => caller.serves(ENVIRONMENT, '/health')));
  const [first] = answers;
  const isWhole = (one: Served | undefined) =>
    one?.status === 200 && one.version === first?.version && one.deployment === first?.deployment;
  return {
    ...(first?.version === undefined ? {} : { version: first.version }),
    ...(answers.every(isWhole) ? {} : { trouble: `visitors get ${JSON.stringify(answers)}` }),
  };
}
