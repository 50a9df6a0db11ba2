import { expect, test } from 'vitest';
import { byJob, scene } from './scene.ts';

const NEEDS =
  'https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds';
const STATUS =
  'https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions';
const FAILURE =
  'https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#failure-with-conditions';
const RESULT = 'https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#needs-context';
const CANCEL = 'https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation';

interface Row {
  readonly needs: string;
  readonly if?: string;
  readonly becomes: 'success' | 'skipped';
  /** The page that says so. */
  readonly by: string;
}

/** `good` succeeds, `bad` fails, `off` is skipped by its own `if`. Each row is a job behind some of them. */
const ROWS: Readonly<Record<string, Row>> = {
  // "If a job fails or is skipped, all jobs that need it are skipped unless the jobs use a conditional."
  'after-good': { needs: 'good', becomes: 'success', by: NEEDS },
  'after-bad': { needs: 'bad', becomes: 'skipped', by: NEEDS },
  'after-off': { needs: 'off', becomes: 'skipped', by: NEEDS },
  'after-both': { needs: '[good, bad]', becomes: 'skipped', by: NEEDS },
  // An `if` without a status function keeps the unsaid success().
  'plain-true': { needs: 'bad', if: 'true', becomes: 'skipped', by: STATUS },
  'plain-false': { needs: 'good', if: "github.ref == 'refs/heads/other'", becomes: 'skipped', by: STATUS },
  'plain-braces': { needs: 'good', if: `\${{ 1 == 1 }}`, becomes: 'success', by: STATUS },
  'quoted-name': { needs: 'bad', if: "'always()' == 'always()'", becomes: 'skipped', by: STATUS },
  'success-good': { needs: 'good', if: 'success()', becomes: 'success', by: STATUS },
  'success-off': { needs: 'off', if: 'success()', becomes: 'skipped', by: STATUS },
  'always-bad': { needs: 'bad', if: 'always()', becomes: 'success', by: STATUS },
  'always-off': { needs: 'off', if: 'always()', becomes: 'success', by: STATUS },
  'failure-good': { needs: 'good', if: 'failure()', becomes: 'skipped', by: STATUS },
  'failure-bad': { needs: 'bad', if: 'failure()', becomes: 'success', by: STATUS },
  'failure-off': { needs: 'off', if: 'failure()', becomes: 'skipped', by: STATUS },
  'not-cancelled-bad': { needs: 'bad', if: `\${{ !cancelled() }}`, becomes: 'success', by: STATUS },
  'cancelled-bad': { needs: 'bad', if: 'cancelled()', becomes: 'skipped', by: STATUS },
  'upper-case': { needs: 'bad', if: 'ALWAYS()', becomes: 'success', by: STATUS },
  // "If you have a chain of dependent jobs, failure() returns true if any ancestor job fails."
  'failure-ancestor': { needs: 'after-bad', if: 'failure()', becomes: 'success', by: STATUS },
  'failure-past-success': { needs: 'always-bad', if: 'failure()', becomes: 'success', by: STATUS },
  // "A failure or skip applies to all jobs in the dependency chain from the point of failure or skip onwards."
  'chain-past-always': { needs: 'always-bad', becomes: 'skipped', by: NEEDS },
  'chain-past-off': { needs: 'always-off', becomes: 'skipped', by: NEEDS },
  // "failure() && steps.x.conclusion == 'failure'" and its like at job level.
  'failure-and-true': {
    needs: 'bad',
    if: "failure() && needs.bad.result == 'failure'",
    becomes: 'success',
    by: FAILURE,
  },
  'failure-and-false': {
    needs: 'bad',
    if: "failure() && needs.bad.result == 'success'",
    becomes: 'skipped',
    by: FAILURE,
  },
  'result-skipped': {
    needs: 'off',
    if: "always() && needs.off.result == 'skipped'",
    becomes: 'success',
    by: RESULT,
  },
  'result-without-status': {
    needs: 'off',
    if: "needs.off.result == 'skipped'",
    becomes: 'skipped',
    by: STATUS,
  },
  'results-of-all': {
    needs: '[good, bad, off]',
    if: "always() && contains(needs.*.result, 'failure') && contains(needs.*.result, 'skipped')",
    becomes: 'success',
    by: RESULT,
  },
};

test('a job runs, or is skipped, as the documentation of needs and if says', async () => {
  const rows = Object.entries(ROWS).map(
    ([id, row]) =>
      `  ${id}:\n    needs: ${row.needs}\n${row.if === undefined ? '' : `    if: ${JSON.stringify(row.if)}\n`}    runs-on: x\n    steps: [{ run: 'true' }]\n`,
  );
  const it = scene({
    'ci.yml': `on: push\njobs:
  good: { runs-on: x, steps: [{ run: 'true' }] }
  bad: { runs-on: x, steps: [{ run: 'false' }] }
  off: { if: false, runs-on: x, steps: [{ run: 'true' }] }
${rows.join('')}`,
  });
  const result = await it.run();
  const wanted = Object.fromEntries(Object.entries(ROWS).map(([id, row]) => [id, row.becomes]));
  expect(byJob(result)).toEqual({ good: 'success', bad: 'failure', off: 'skipped', ...wanted });
  expect(result.conclusion).toBe('failure');
});

test('a step runs, or is skipped, as the job stands when its turn comes', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  one:
    runs-on: x
    steps:
      - { id: early-failure, if: failure(), run: 'true' }
      - { id: forgiven, continue-on-error: true, run: exit 3 }
      - { id: after-forgiven, if: "steps.forgiven.outcome == 'failure' && steps.forgiven.conclusion == 'success'", run: 'true' }
      - { id: broken, run: exit 1 }
      - { id: plain, run: 'true' }
      - { id: on-failure, if: failure(), run: 'true' }
      - { id: on-which, if: "failure() && steps.broken.conclusion == 'failure'", run: 'true' }
      - { id: on-other, if: "failure() && steps.forgiven.conclusion == 'failure'", run: 'true' }
      - { id: at-last, if: always(), run: 'true' }
      - { id: on-cancel, if: cancelled(), run: 'true' }
      - { id: job-status, if: "always() && job.status == 'failure'", run: 'true' }
`,
  });
  await it.run();
  expect(it.steps('one')).toEqual({
    'main early-failure': 'skipped',
    'main forgiven': 'success',
    'main after-forgiven': 'success',
    'main broken': 'failure',
    'main plain': 'skipped',
    'main on-failure': 'success',
    'main on-which': 'success',
    'main on-other': 'skipped',
    'main at-last': 'success',
    'main on-cancel': 'skipped',
    'main job-status': 'success',
  });
});

test(`after a cancel only jobs that ask for it still start (${CANCEL})`, async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  long: { runs-on: x, steps: [{ id: wait, run: 'echo ready; sleep 30 & wait' }] }
  plain: { needs: long, runs-on: x, steps: [{ run: 'true' }] }
  failed: { needs: long, if: failure(), runs-on: x, steps: [{ run: 'true' }] }
  not-cancelled: { needs: long, if: '\${{ !cancelled() }}', runs-on: x, steps: [{ run: 'true' }] }
  always: { needs: long, if: always(), runs-on: x, steps: [{ run: 'true' }] }
  cancelled: { needs: long, if: cancelled(), runs-on: x, steps: [{ run: 'true' }] }
`,
  });
  const run = it.start();
  await it.event('log', (event) => event.line === 'ready');
  run.cancel();
  const result = await run.done;
  expect(byJob(result)).toEqual({
    long: 'cancelled',
    plain: 'cancelled',
    failed: 'cancelled',
    'not-cancelled': 'cancelled',
    always: 'success',
    cancelled: 'success',
  });
  expect(result.conclusion).toBe('cancelled');
  expect(it.service.statuses.at(-1)).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
});
