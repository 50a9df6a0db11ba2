import { defineConfig } from 'vitest/config';

/** One project a layer, so `npm test -- --project unit` runs just that layer. */
const layer = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: 60_000,
    // GitHub's parser imports JSON without import attributes, which plain Node refuses.
    server: { deps: { inline: [/@actions\/(workflow-parser|expressions|languageservice)/] } },
  },
});

export default defineConfig({
  test: {
    projects: [
      layer('unit', 10_000),
      layer('contract', 60_000),
      layer('bundle', 60_000),
      layer('workflow', 120_000),
    ],
    maxWorkers: 2,
  },
});
