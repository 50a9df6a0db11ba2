import type { BuildCheckSettings } from '../../src/domain/configuration.ts';
import { describeDuration } from '../../src/domain/duration.ts';
import { nextStep, type Progress } from '../../src/domain/schedule.ts';
import type { CheckResult } from '../../src/domain/verdict.ts';
import type { Checker, CheckReport } from '../../src/ports/checker.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';

/** A check that has its answer, or that can get none any more. */
export interface FinishedCheck extends CheckResult, CheckReport {
  /** Milliseconds since the epoch; absent for a check that was not started. */
  readonly startedAt?: number;
}

interface Host {
  readonly checker: Checker;
  readonly log: Log;
  readonly clock: Clock;
  readonly lanes: number;
}

/** How often a person is told what still runs, in milliseconds. */
const PROGRESS_EVERY_MS = 30_000;

const ICON = { pass: '✓', fail: '✗', error: '!', insufficient: '–' } as const;

/**
 * Makes checks, side by side where they do not need each other; results come in the order of the file.
 * A check whose needs did not pass is `insufficient` and is not run; all others are.
 */
export async function runChecks(
  checks: readonly BuildCheckSettings[],
  host: Host,
  signal: AbortSignal,
): Promise<readonly FinishedCheck[]> {
  const { checker, clock, lanes } = host;
  const report = new Report(host.log);
  const progress = new Map<string, Progress>();
  const finished = new Map<string, FinishedCheck>();
  const running = new Map<string, { since: number; work: Promise<void> }>();

  const finish = (check: FinishedCheck) => {
    finished.set(check.name, check);
    report.print(check);
  };
  const run = async (check: BuildCheckSettings, since: number) => {
    const answer = await checker.check(check, signal);
    const durationMs = clock.now().getTime() - since;
    progress.set(check.name, answer.verdict === 'pass' ? 'succeeded' : 'failed');
    running.delete(check.name);
    finish({ ...answer, name: check.name, durationMs, startedAt: since });
  };

  const ended = new AbortController();
  const telling = tellProgress(report, running, clock, ended.signal);
  try {
    while (finished.size < checks.length) {
      const { start, skip } = nextStep(checks, progress, lanes);
      for (const { name, because } of skip) {
        progress.set(name, 'skipped');
        const detail = `not run because ${because.join(' and ')} did not pass`;
        finish({ name, verdict: 'insufficient', detail, durationMs: 0 });
      }
      for (const check of checks.filter(({ name }) => start.includes(name))) {
        progress.set(check.name, 'running');
        const since = clock.now().getTime();
        running.set(check.name, { since, work: run(check, since) });
        report.say(`▸ ${check.name} started`);
      }
      if (running.size > 0) await Promise.race([...running.values()].map(({ work }) => work));
      // A configuration with a circle never comes here; should one do so, it must not hang.
      else if (start.length + skip.length === 0) break;
    }
  } finally {
    // Also after a failure of one: none is left to write on its own.
    await Promise.allSettled([...running.values()].map(({ work }) => work));
    ended.abort();
    await telling;
    await report.printed();
  }
  signal.throwIfAborted();
  return checks.map(
    ({ name }) =>
      finished.get(name) ?? {
        name,
        verdict: 'insufficient',
        detail: 'not run because its needs never finished',
        durationMs: 0,
      },
  );
}

/** Prints checks one after another, however they end: output of two checks is never mixed. */
class Report {
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.#log = log;
  }

  say(line: string): void {
    this.#last = this.#last.then(() => this.#log.info(line));
  }

  /** Resolves when everything said so far is out. */
  printed(): Promise<void> {
    return this.#last;
  }

  print({ name, verdict, detail, durationMs, output }: FinishedCheck): void {
    const line = `${ICON[verdict]} ${name}: ${verdict} in ${describeDuration(durationMs)}, ${detail}`;
    this.#last = this.#last.then(() =>
      output === undefined || output === ''
        ? this.#log.info(line)
        : this.#log.group(line, async () => this.#log.info(output.trimEnd())),
    );
  }
}

async function tellProgress(
  report: Report,
  running: ReadonlyMap<string, { since: number }>,
  clock: Clock,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    await clock.sleep(PROGRESS_EVERY_MS, ended).catch(() => undefined);
    if (ended.aborted || running.size === 0) continue;
    const now = clock.now().getTime();
    const names = [...running].map(([name, { since }]) => `${name} (${describeDuration(now - since)})`);
    report.say(`… still running: ${names.join(', ')}`);
  }
}
