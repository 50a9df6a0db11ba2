import type { BuildCheckSettings } from '../domain/configuration.ts';
import { describeDuration } from '../domain/duration.ts';
import { Tail } from '../domain/tail.ts';
import type { CheckReport } from '../ports/checker.ts';
import type { CheckerHost } from './host.ts';

/** Characters of output kept for a person to read. */
const OUTPUT_KEPT = 4 * 1024 * 1024;
/** 128 + 1 to 128 + 31: ended by a signal, as a shell says it. */
const endedBySignal = (code: number) => code > 128 && code < 160;
/** The shell's own words for a command that it could not start. */
const COULD_NOT_START: Readonly<Record<number, string>> = {
  126: 'cannot be executed',
  127: 'was not found',
};

/**
 * Step variables that a build command does not get. With the first it could write this step's own
 * outputs, the digest among them; the second are tokens that GitHub gives to actions and not to `run:`
 * steps, because every dependency of a build could use them.
 */
const WITHHELD = [
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_RUNTIME_URL',
  'ACTIONS_RESULTS_URL',
  'ACTIONS_CACHE_URL',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
] as const;

/** Runs a command of airlock.yml, which is the repository's own code, as GitHub runs a `run:` step. */
export async function checkCommand(
  { run, timeoutMs }: BuildCheckSettings & { kind: 'run' },
  { processes, workspace, release }: CheckerHost,
  signal: AbortSignal,
): Promise<CheckReport> {
  const output = new Tail(OUTPUT_KEPT);
  const result = await processes.run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
    cwd: workspace,
    environment: {
      ...Object.fromEntries(WITHHELD.map((name) => [name, undefined])),
      AIRLOCK_VERSION: release.version,
      AIRLOCK_COMMIT: release.commit,
      AIRLOCK_BUILD_TIME: release.builtAt,
    },
    onOutput: (chunk) => output.add(chunk),
    timeoutMs,
    signal,
    // It is kept here as it was printed, both kinds in one.
    outputLimit: 1,
  });
  const beginning = output.cut ? '… the beginning of this output was left out\n' : '';
  return { ...judge(result, timeoutMs), output: `${beginning}${output}` };
}

function judge(
  { code, timedOut }: { code: number; timedOut: boolean },
  timeoutMs: number,
): Pick<CheckReport, 'verdict' | 'detail'> {
  if (timedOut)
    return { verdict: 'error', detail: `did not end within ${describeDuration(timeoutMs)} and was stopped` };
  if (code === 0) return { verdict: 'pass', detail: 'exit code 0' };
  const notStarted = COULD_NOT_START[code];
  if (notStarted !== undefined)
    return { verdict: 'error', detail: `a command ${notStarted} (exit code ${code})` };
  if (endedBySignal(code))
    return { verdict: 'error', detail: `was ended by signal ${code - 128} before it had an answer` };
  return { verdict: 'fail', detail: `exit code ${code}` };
}
