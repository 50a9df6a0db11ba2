import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { holds, statusFunctions } from '../../../rehearsal/executor/evaluate.ts';

type Result = 'success' | 'failure' | 'cancelled' | 'skipped';

const { jobs } = parse(
  readFileSync(new URL('../../../.github/workflows/pipeline.yml', import.meta.url), 'utf8'),
) as {
  jobs: Record<string, { if?: string; needs: readonly string[] }>;
};

/** Whether a job of the pipeline starts, as GitHub judges it: a job out of time is no failure and no cancelled run. */
function starts(job: string, results: Partial<Record<string, Result>>): boolean {
  const { if: condition = '', needs } = jobs[job] ?? { needs: [] };
  const all = Object.fromEntries(needs.map((need) => [need, results[need] ?? 'success']));
  const environments = JSON.stringify(['development', 'staging', 'production']);
  return holds(condition, {
    contexts: {
      needs: Object.fromEntries(
        needs.map((need) => [need, { result: all[need], outputs: need === 'plan' ? { environments } : {} }]),
      ),
    },
    functions: statusFunctions({
      success: () => Object.values(all).every((result) => result === 'success'),
      failure: () => Object.values(all).includes('failure'),
      cancelled: () => false,
    }),
  });
}

describe('the pipeline enters the next environment', () => {
  it.each<[string, Partial<Record<string, Result>>, boolean]>([
    ['staging', {}, true],
    ['staging', { development: 'skipped' }, true],
    ['staging', { development: 'failure' }, false],
    ['staging', { development: 'cancelled' }, false],
    ['staging', { development: 'skipped', 'build-check': 'skipped' }, false],
    ['production', {}, true],
    ['production', { development: 'skipped', staging: 'skipped' }, true],
    ['production', { staging: 'failure' }, false],
    ['production', { staging: 'cancelled' }, false],
    ['production', { development: 'cancelled', staging: 'skipped' }, false],
    ['production', { 'build-check': 'cancelled', development: 'skipped', staging: 'skipped' }, false],
  ])('%s after %j: %s', (job, results, expected) => {
    expect(starts(job, results)).toBe(expected);
  });
});
