import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The same in every worker, so that what a run draws is drawn again by one number. */
const AIRLOCK_TEST_SEED = process.env.AIRLOCK_TEST_SEED ?? String(Date.now() % 2 ** 31);

/**
 * One project a layer, so `npm test -- --project unit` runs just that layer. No module keeps anything between
 * tests, so files share what their worker has loaded.
 */
const layer = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout,
    isolate: false,
    unstubEnvs: true,
    env: { AIRLOCK_TEST_SEED },
    hookTimeout: 60_000,
    // GitHub's parser imports JSON without import attributes, which plain Node refuses.
    execArgv: ['--import', fileURLToPath(new URL('scripts/json-imports.mjs', import.meta.url))],
  },
});

/** Where the longest files are, longest first: one that starts last would run on alone. */
const LONGEST_FIRST = [
  'tests/workflow/release',
  'tests/workflow/vercel',
  'tests/workflow/kill',
  'tests/contract/rehearsal/rehearse',
  'tests/contract/targets/local-kill',
  'tests/workflow/',
  'tests/bundle/',
  'tests/contract/',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST_FIRST.findIndex((path) => moduleId.includes(path));
      return found === -1 ? LONGEST_FIRST.length : found;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    projects: [
      layer('unit', 10_000),
      layer('contract', 120_000),
      layer('bundle', 60_000),
      layer('workflow', 120_000),
    ],
    // More than the cores of a small machine: a worker mostly waits for the processes of its steps.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
