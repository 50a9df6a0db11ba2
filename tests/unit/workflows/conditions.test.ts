import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { holds, statusFunctions } from '../../../rehearsal/executor/evaluate.ts';

type Result = 'success' | 'failure' | 'cancelled' | 'skipped';

type Jobs = Record<string, { if?: string; needs: readonly string[] }>;

const jobsOf = (workflow: string): Jobs =>
  (
    parse(readFileSync(new URL(`../../../.github/workflows/${workflow}`, import.meta.url), 'utf8')) as {
      jobs: Jobs;
    }
  ).jobs;

/** Whether a job of the pipeline starts, as GitHub judges it: a job out of time is no failure and no cancelled run. */
function starts(
  job: string,
  results: Partial<Record<string, Result>>,
  { workflow = 'pipeline.yml', inputs = {}, waiting = '' } = {},
): boolean {
  const { if: condition = '', needs } = jobsOf(workflow)[job] ?? { needs: [] };
  const all = Object.fromEntries(needs.map((need) => [need, results[need] ?? 'success']));
  const environments = JSON.stringify(['development', 'staging', 'production']);
  return holds(condition, {
    contexts: {
      inputs,
      needs: Object.fromEntries(
        needs.map((need) => [
          need,
          {
            result: all[need],
            outputs: {
              ...(need === 'plan' ? { environments, approvals: environments } : {}),
              ...(need === waiting ? { waiting: 'true' } : {}),
            },
          },
        ]),
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

describe('a hotfix', () => {
  it.each<[string, string, Partial<Record<string, Result>>, boolean]>([
    ['staging', '', {}, true],
    ['staging', '', { 'build-check': 'failure' }, false],
    ['staging', 'Checkout is down', {}, false],
    ['production', '', {}, true],
    ['production', 'Checkout is down', { staging: 'skipped' }, true],
    ['production', '', { staging: 'failure' }, false],
    ['production', '', { staging: 'cancelled' }, false],
    ['production', 'Checkout is down', { 'build-check': 'failure', staging: 'skipped' }, false],
    ['overview', '', {}, true],
    ['overview', 'Checkout is down', { staging: 'skipped' }, true],
    ['overview', '', { staging: 'failure' }, false],
    ['back-merge', '', {}, true],
    ['back-merge', '', { production: 'failure' }, false],
    ['back-merge', '', { production: 'skipped' }, false],
    ['back-merge', '', { production: 'cancelled' }, false],
  ])('goes to %s, in the emergency "%s", after %j: %s', (job, emergency, results, expected) => {
    expect(starts(job, results, { workflow: 'hotfix.yml', inputs: { emergency } })).toBe(expected);
  });
});

describe('behind an environment that waits for its approval by comment', () => {
  it.each([
    ['pipeline.yml', 'staging', 'development'],
    ['pipeline.yml', 'overview', 'staging'],
    ['pipeline.yml', 'production', 'staging'],
    ['pipeline.yml', 'production', 'development'],
    ['hotfix.yml', 'production', 'staging'],
    ['hotfix.yml', 'back-merge', 'production'],
  ])('%s does not start %s, when %s waits', (workflow, job, waiting) => {
    expect(starts(job, {}, { workflow })).toBe(true);
    expect(starts(job, {}, { workflow, waiting })).toBe(false);
  });
});

describe('a comment', () => {
  const comment = (body: string, type = 'User') => ({ body, user: { type, login: 'x' } });
  const issue = (changes: object = {}) => ({
    state: 'open',
    user: { login: 'github-actions[bot]', type: 'Bot' },
    labels: [],
    ...changes,
  });

  /** Whether it starts a runner. */
  const hears = (workflow: string, job: string, event: object, name = 'issue_comment'): boolean =>
    holds(jobsOf(workflow)[job]?.if ?? '', {
      contexts: { github: { event_name: name, event } },
      functions: statusFunctions({ success: () => true, failure: () => false, cancelled: () => false }),
    });

  it.each<[string, object, boolean, boolean]>([
    ['with a word for Airlock', { comment: comment('/approve'), issue: issue() }, true, true],
    ['with an address', { comment: comment('See https://x.test/a'), issue: issue() }, false, false],
    ['that quotes', { comment: comment('> /approve'), issue: issue() }, false, false],
    ['of a bot', { comment: comment('/approve', 'Bot'), issue: issue() }, false, false],
    ['in a closed issue', { comment: comment('/approve'), issue: issue({ state: 'closed' }) }, false, true],
    [
      'in somebody’s issue, whatever its labels',
      {
        comment: comment('/approve'),
        issue: issue({ user: { login: 'eve' }, labels: [{ name: 'airlock-approval' }] }),
      },
      false,
      true,
    ],
  ])('%s', (_, event, approves, commands) => {
    expect(hears('approve.yml', 'approve', event)).toBe(approves);
    expect(hears('command.yml', 'command', event)).toBe(commands);
  });

  it('is no condition of any other event', () => {
    for (const name of ['workflow_run', 'schedule', 'workflow_dispatch'])
      expect(hears('approve.yml', 'approve', {}, name)).toBe(true);
  });
});
