import { runSmokeChecks, type SmokePorts } from '../../src/cycle/run-smoke-checks.ts';
import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import { cell, code, table } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { describeRelease, type Release } from '../../src/domain/release.ts';
import type { SmokeReport } from '../../src/domain/smoke.ts';
import type { CheckResult, Verdict } from '../../src/domain/verdict.ts';
import type { Access } from '../../src/ports/target.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

export interface SmokeTestWorld extends SmokePorts {
  readonly environment: EnvironmentSettings;
  /** The release that must be found at the address. */
  readonly release: Release;
  /** How the environment's target lets checks in; absent when it is open to whoever asks. */
  readonly access: Access | undefined;
}

/** Asks a deployment the smoke checks of its environment. Changes nothing; may run any number of times. */
export async function smokeTest(
  inputs: Pick<Inputs<typeof contract>, 'url' | 'live' | 'bypass-header'>,
  world: SmokeTestWorld,
  signal: AbortSignal,
): Promise<Outcome<Outputs<typeof contract>>> {
  const { environment, release, log } = world;
  const baseUrl = addressOf(inputs, environment);
  const given = parseBypassHeader(inputs['bypass-header']);
  for (const secret of Object.values(given)) log.mask(secret);
  const headers = { ...world.access?.headers, ...given };
  log.info(`Looking for ${describeRelease(release)} in ${environment.name}.`);
  const report = await runSmokeChecks(
    { baseUrl, release, settings: environment.smoke, headers },
    world,
    signal,
  );
  return {
    ...judged(report, environment.name, release),
    outputs: { verdict: report.verdict, checks: JSON.stringify(report.checks) },
    summary: summarize(report),
    annotations: report.checks
      .filter((check) => check.verdict !== 'pass')
      .map((check) => ({ level: 'error', message: `Smoke check ${check.name}: ${check.detail}` })),
  };
}

/** Never the live address in place of a missing one: what answers there may be the release before. */
function addressOf(
  { url, live }: Pick<Inputs<typeof contract>, 'url' | 'live'>,
  environment: EnvironmentSettings,
): string {
  if (live && url !== '') {
    throw new Failure(
      'SMOKE_URL_AMBIGUOUS',
      'There are two addresses to smoke-test: `url` is given and `live` asks for the environment’s own.',
      'Give one of the two.',
    );
  }
  const address = live ? environment.url : url;
  if (address) return address;
  throw new Failure(
    'SMOKE_URL_MISSING',
    live
      ? `There is no address to smoke-test: ${environment.name} has no \`url\` in airlock.yml.`
      : 'There is no address to smoke-test: `url` is empty.',
    live
      ? 'Set `url:` of the environment in airlock.yml, or give the input `url`.'
      : 'Pass the `url` output of the deploy action, or say `live: true` for the environment’s own. GitHub drops an output that holds a masked value.',
  );
}

function judged(report: SmokeReport, environment: string, release: Release) {
  const count = (verdict: Verdict) => report.checks.filter((check) => check.verdict === verdict).length;
  const all = report.checks.length;
  if (report.verdict === 'pass') {
    return {
      kind: 'done' as const,
      headline: `${release.version} passed ${all} smoke ${all === 1 ? 'check' : 'checks'} in ${environment}`,
    };
  }
  if (report.verdict === 'fail') {
    return {
      kind: 'refused' as const,
      reason: 'SMOKE_FAILED',
      headline: `${release.version} failed ${count('fail')} of ${all} smoke checks in ${environment}`,
      next: 'Mend what the table names, in the app or in the check, and build a new release.',
    };
  }
  return {
    kind: 'refused' as const,
    reason: 'SMOKE_INCONCLUSIVE',
    headline:
      all === 0
        ? `${environment} has no smoke checks, so nothing is known of ${release.version}`
        : `${all - count('pass')} of ${all} smoke checks of ${release.version} in ${environment} could not be judged`,
    next:
      all === 0
        ? 'Add checks under smoke.checks of the environment in airlock.yml.'
        : 'See whether the deployment runs and can be reached from the runner, then run the job again.',
  };
}

const MARKS: Readonly<Record<Verdict, string>> = {
  pass: '✅ pass',
  fail: '❌ fail',
  insufficient: '⚠️ insufficient',
  error: '⚠️ error',
};

const summarize = (report: SmokeReport): string =>
  report.checks.length === 0
    ? ''
    : table(
        ['check', 'verdict', 'took', 'expected and seen'],
        report.checks.map((check: CheckResult) => [
          code(check.name),
          MARKS[check.verdict],
          `${Math.round(check.durationMs)} ms`,
          cell(check.detail),
        ]),
      );

function parseBypassHeader(line: string): Readonly<Record<string, string>> {
  if (line === '') return {};
  const [, name, value] =
    /^([A-Za-z0-9-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)[ \t]*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new Failure(
      'BYPASS_HEADER_INVALID',
      'The input bypass-header is not of the form `name: value`.',
      'Write it as one line, such as `x-vercel-protection-bypass: <secret>`.',
    );
  }
  return { [name.toLowerCase()]: value };
}
