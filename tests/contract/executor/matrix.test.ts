import { expect, test } from 'vitest';
import { byJob, outputsOf, scene } from './scene.ts';

test('a matrix makes a job of each combination, with its own names and contexts', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  list:
    runs-on: x
    outputs: { places: '\${{ steps.l.outputs.places }}' }
    steps: [{ id: l, run: 'echo places=[\\"a\\",\\"b\\"] >> "$GITHUB_OUTPUT"' }]
  each:
    needs: list
    name: Deploy \${{ matrix.place }}
    strategy: { matrix: { place: '\${{ fromJSON(needs.list.outputs.places) }}', size: [1], include: [{ place: c, size: 9 }] } }
    runs-on: x
    outputs: { last: '\${{ steps.o.outputs.last }}' }
    steps: [{ id: o, run: 'echo "\${{ strategy.job-index }}/\${{ strategy.job-total }} \${{ matrix.size }}"; echo "last=\${{ matrix.place }}" >> "$GITHUB_OUTPUT"' }]
  calls:
    needs: list
    strategy: { matrix: { n: [1, 2] }, max-parallel: 1 }
    uses: ./.github/workflows/called.yml
    with: { n: '\${{ matrix.n }}' }
  off: { if: false, strategy: { matrix: { n: [1, 2] } }, runs-on: x, steps: [{ run: 'true' }] }
  after:
    needs: [each, calls]
    runs-on: x
    outputs: { all: '\${{ needs.each.result }} \${{ needs.each.outputs.last }} \${{ needs.calls.outputs.n }}' }
    steps: [{ run: 'true' }]
`,
    '.github/workflows/called.yml': `
on: { workflow_call: { inputs: { n: { type: number } }, outputs: { n: { value: '\${{ jobs.in.outputs.n }}' } } } }
jobs: { in: { runs-on: x, outputs: { n: '\${{ inputs.n }}' }, steps: [{ run: 'true' }] } }
`,
  });
  const result = await it.run();
  expect(byJob(result)).toEqual({
    list: 'success',
    'each (a, 1)': 'success',
    'each (b, 1)': 'success',
    'each (c, 9)': 'success',
    'calls (1) / in': 'success',
    'calls (2) / in': 'success',
    off: 'skipped',
    after: 'success',
  });
  expect(it.lines('each (c, 9)')).toContain('2/3 9');
  expect(outputsOf(result, 'after').all).toMatch(/^success [abc] 2$/);
  const planned = it.events.flatMap((event) => (event.type === 'jobs-planned' ? event.jobs : []));
  expect(planned).toContainEqual({ id: 'each (a, 1)', name: 'Deploy a', needs: ['list'] });
  expect(planned.map((job) => job.id)).toEqual(
    expect.arrayContaining(['calls (1) / in', 'calls (2) / in', 'off']),
  );
});

test('fail-fast stops the others of its matrix, and not when it is off', async () => {
  const jobs = (failFast: boolean) => ({
    'ci.yml': `
on: push
jobs:
  each:
    strategy: { fail-fast: ${failFast}, matrix: { n: [1, 2] } }
    runs-on: x
    steps: [{ run: 'if [ \${{ matrix.n }} = 1 ]; then exit 1; fi; for i in $(seq ${failFast ? 600 : 1}); do sleep 0.05; done' }]
  after: { needs: each, if: failure(), runs-on: x, steps: [{ run: 'true' }] }
`,
  });
  expect(byJob(await scene(jobs(true)).run())).toEqual({
    'each (1)': 'failure',
    'each (2)': 'cancelled',
    after: 'success',
  });
  expect(byJob(await scene(jobs(false)).run())).toEqual({
    'each (1)': 'failure',
    'each (2)': 'success',
    after: 'success',
  });
});

test('max-parallel holds the rest back', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  each:
    strategy: { max-parallel: 1, matrix: { n: [1, 2, 3] } }
    runs-on: x
    steps: [{ run: 'true' }]
`,
  });
  await it.run();
  const changes = it.events.flatMap((event) =>
    event.type === 'job-changed' ? [`${event.job} ${event.status}`] : [],
  );
  expect(changes).toEqual([1, 2, 3].flatMap((n) => [`each (${n}) running`, `each (${n}) success`]));
});

test('continue-on-error of a job leaves the run, and what needs the job, successful', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  shaky: { continue-on-error: true, runs-on: x, steps: [{ run: 'false' }] }
  after: { needs: shaky, runs-on: x, steps: [{ run: 'true' }] }
`,
  });
  const result = await it.run();
  expect(byJob(result)).toEqual({ shaky: 'failure', after: 'success' });
  expect(result.conclusion).toBe('success');
});
