import { expect, test } from 'vitest';
import { scene } from './scene.ts';

test('one job runs again with those that need it; the others keep what they came to', async () => {
  const it = scene(
    {
      'ci.yml': `
on: push
permissions: {}
jobs:
  build:
    runs-on: x
    outputs: { digest: '\${{ steps.build.outputs.digest }}' }
    steps:
      - { id: build, run: 'echo "digest=of-$GITHUB_RUN_ATTEMPT" >> "$GITHUB_OUTPUT"' }
  beside:
    runs-on: x
    steps: [{ run: echo beside }]
  stage:
    needs: build
    uses: owner/airlock/.github/workflows/stage.yml@v1
    with: { digest: '\${{ needs.build.outputs.digest }}' }
  last:
    needs: stage
    if: needs.stage.outputs.waiting != 'true'
    runs-on: x
    steps: [{ run: 'echo last \${{ needs.build.outputs.digest }}' }]
`,
    },
    {
      '.github/workflows/stage.yml': `
on:
  workflow_call:
    inputs: { digest: { type: string } }
    outputs: { waiting: { value: '\${{ jobs.stage.outputs.waiting }}' } }
jobs:
  stage:
    runs-on: x
    outputs: { waiting: '\${{ steps.ask.outputs.waiting }}' }
    steps:
      - id: ask
        env: { DIGEST: '\${{ inputs.digest }}', JOB: '\${{ job.check_run_id }}' }
        run: |
          echo "$DIGEST in attempt $GITHUB_RUN_ATTEMPT, job is $([ "$JOB" -gt 0 ] && echo known)"
          [ "$GITHUB_RUN_ATTEMPT" = 2 ] || echo "waiting=true" >> "$GITHUB_OUTPUT"
`,
    },
  );
  const first = it.start();
  const { jobs } = await first.done;
  expect(Object.fromEntries(jobs.map(({ id, conclusion }) => [id, conclusion]))).toMatchObject({
    'stage / stage': 'success',
    last: 'skipped',
  });
  const again = await it.run({
    rerunOf: first.id,
    rerunJob: { job: 'stage / stage', earlier: jobs },
    triggeringActor: 'github-actions[bot]',
  });
  // GitHub tells who had it run again, and keeps who started it.
  const [started, rerun] = it.service.opened.map(({ actor }) => actor);
  expect(started).not.toBe('github-actions[bot]');
  expect(rerun).toBe('github-actions[bot]');
  expect(Object.fromEntries(again.jobs.map(({ id, conclusion }) => [id, conclusion]))).toEqual({
    build: 'success',
    beside: 'success',
    'stage / stage': 'success',
    last: 'success',
  });
  expect(it.lines('beside').filter((line) => line === 'beside')).toHaveLength(1);
  expect(it.lines('stage / stage').filter((line) => line.startsWith('of-'))).toEqual([
    'of-1 in attempt 1, job is known',
    'of-1 in attempt 2, job is known',
  ]);
});
