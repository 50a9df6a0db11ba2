import type { Configuration } from '../../src/domain/configuration.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { describeRelease } from '../../src/domain/release.ts';
import { type Verdict, worstVerdict } from '../../src/domain/verdict.ts';
import type { Checker } from '../../src/ports/checker.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { ReleaseStore } from '../../src/ports/release-store.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';
import { type FinishedCheck, runChecks } from './run-checks.ts';
import { summarize } from './summary.ts';

/** Name under which the pipeline uploads a sealed release. */
const ARTIFACT_NAME = 'airlock-release';

export interface BuildCheckWorld {
  readonly configuration: Configuration;
  readonly checker: Checker;
  readonly releases: ReleaseStore;
  readonly log: Log;
  readonly clock: Clock;
  /** How many checks may run at a time. */
  readonly lanes: number;
  /** Absolute path of what is named relative to the repository. */
  absolute(path: string): string;
}

type BuildCheckOutcome = Outcome<Outputs<typeof contract>>;

const REFUSALS = {
  fail: { reason: 'CHECKS_FAILED', next: 'Mend what the failed checks found, and push again.' },
  error: {
    reason: 'CHECKS_ERROR',
    next: 'See why a check could not be made; if it was the network or the machine, run the job again.',
  },
  insufficient: {
    reason: 'CHECKS_INSUFFICIENT',
    next: 'Name at least one check under `build.checks` in airlock.yml.',
  },
} as const satisfies Record<
  Exclude<Verdict, 'pass'>,
  { reason: keyof typeof contract.refusals; next: string }
>;

/** Makes every check and, when all have passed, seals the build. Run twice, it seals the same digest. */
export async function buildCheck(
  inputs: Inputs<typeof contract>,
  world: BuildCheckWorld,
  signal: AbortSignal,
): Promise<BuildCheckOutcome> {
  const { build } = world.configuration;
  const folder = world.absolute(inputs.release);
  // First of all: whatever happens from here, what lies there is not from an earlier run.
  await world.releases.discard(folder);

  const isLeftOut = (name: string) => inputs.skip.includes(name);
  const asked = build.checks
    .filter(({ name }) => !isLeftOut(name))
    .map((check) => ({ ...check, needs: check.needs.filter((need) => !isLeftOut(need)) }));
  const leftOut = build.checks.filter(({ name }) => isLeftOut(name)).map(({ name }) => name);
  for (const name of leftOut) world.log.warning(`${name} is left out: airlock.yml lets a hotfix skip it.`);
  const checks = await runChecks(asked, world, signal);
  const verdict = worstVerdict(checks.map((check) => check.verdict));
  const outputs = { verdict, checks: JSON.stringify(checks.map(asResult)) };
  const annotations = checks
    .filter((check) => check.verdict === 'fail' || check.verdict === 'error')
    .map((check) => ({ level: 'error' as const, message: `${check.name}: ${check.detail}` }));

  if (verdict !== 'pass')
    return {
      kind: 'refused',
      ...REFUSALS[verdict],
      headline: describeRefusal(checks),
      outputs,
      summary: summarize(checks, undefined),
      annotations,
    };
  const passed = `${checks.length} of ${checks.length} checks passed${leftOut.length > 0 ? `, without ${leftOut.join(', ')}` : ''}`;
  if (!inputs.seal) return { kind: 'done', headline: passed, outputs, summary: summarize(checks, undefined) };

  const { configuration, releases, log, absolute } = world;
  const sealed = await releases.seal({
    app: configuration.app,
    version: inputs.version,
    commit: inputs.commit,
    builtAt: inputs['build-time'],
    output: absolute(build.output),
    migrations: configuration.database && absolute(configuration.database.migrations),
    sizes: checks.flatMap((check) => check.sizes ?? []),
    into: folder,
    signal,
  });
  for (const warning of sealed.warnings) log.warning(warning);
  return {
    kind: 'done',
    headline: `${passed}; sealed ${describeRelease(sealed.release)}`,
    outputs: {
      ...outputs,
      digest: sealed.release.digest,
      release: JSON.stringify(sealed.release),
      sizes: JSON.stringify(sealed.sizes),
      artifact: inputs.release,
      'artifact-name': ARTIFACT_NAME,
    },
    summary: summarize(checks, sealed),
  };
}

const asResult = ({ name, verdict, detail, durationMs }: FinishedCheck) => ({
  name,
  verdict,
  detail,
  durationMs,
});

function describeRefusal(checks: readonly FinishedCheck[]): string {
  if (checks.length === 0) return 'There is no check, so nothing says that this build is good';
  const named = (verdict: Verdict, words: string) => {
    const names = checks.filter((check) => check.verdict === verdict).map(({ name }) => name);
    return names.length === 0 ? [] : [`${names.join(', ')} ${words}`];
  };
  return [
    ...named('fail', 'failed'),
    ...named('error', 'could not be checked'),
    ...named('insufficient', 'did not run'),
  ].join('; ');
}
