import * as z from 'zod';
import { atMost, MOST_CHECKS } from './limits.ts';
import { duration, line, name, pathInRepository, size, variableName } from './values.ts';

/** How the release is made and proven, as people write it. */

export type CheckFile = z.output<typeof buildCheck>;

/** The keys of a build check that say what it does: exactly one of them stands in each. */
export const CHECK_KINDS = ['run', 'coverage', 'bundle-size', 'audit', 'variables'] as const;

const percentage = z.number().min(0).max(100);

const coverage = z
  .strictObject({
    summary: pathInRepository()
      .prefault('coverage/coverage-summary.json')
      .describe('An istanbul `coverage-summary.json`, relative to the repository.'),
    lines: percentage.optional().describe('Least covered lines, in percent.'),
    statements: percentage.optional().describe('Least covered statements, in percent.'),
    functions: percentage.optional().describe('Least covered functions, in percent.'),
    branches: percentage.optional().describe('Least covered branches, in percent.'),
  })
  .refine(
    ({ lines, statements, functions, branches }) =>
      [lines, statements, functions, branches].some((least) => least !== undefined),
    'must ask for at least one of `lines`, `statements`, `functions` and `branches`',
  );

const sizeBudget = z
  .strictObject({
    files: pathInRepository().describe(
      'Glob, relative to the repository; all files it finds count together.',
    ),
    raw: size().optional().describe('Most bytes as they are.'),
    gzip: size().optional().describe('Most bytes after gzip.'),
    brotli: size().optional().describe('Most bytes after Brotli.'),
  })
  .refine(
    ({ raw, gzip, brotli }) => [raw, gzip, brotli].some((most) => most !== undefined),
    'must have at least one of `raw`, `gzip` and `brotli`',
  );

const buildCheck = z
  .union(
    [
      line(10_000).transform((run) => ({ run })),
      z.strictObject({
        run: line(10_000).optional().describe('Command for the shell.'),
        coverage: coverage.optional().describe('Holds a coverage summary to minimum percentages.'),
        'bundle-size': z.array(sizeBudget).min(1).optional().describe('Holds built files to size budgets.'),
        audit: z
          .enum(['low', 'moderate', 'high', 'critical'])
          .optional()
          .describe('Refuses dependencies with known vulnerabilities of this level or above.'),
        variables: z
          .array(variableName())
          .min(1)
          .optional()
          .describe('Environment variables that must be set and not empty.'),
        needs: z.array(z.string()).optional().describe('Checks that must pass before this one starts.'),
        timeout: duration().optional().describe('Longest time for `run`. Default `10m`.'),
      }),
    ],
    { error: 'must be a command, or a mapping with what to check' },
  )
  .describe('A command, or what to check and what it needs.');

/** The `build` key of airlock.yml. */
export const build = z.strictObject({
  output: pathInRepository()
    .describe('Folder whose files are the release.')
    .meta({ examples: ['dist'] }),
  checks: z
    .record(name(), buildCheck)
    .refine(atMost(MOST_CHECKS), `must not have more than ${MOST_CHECKS} checks`)
    .default({})
    .describe('Checks by name, in order; those that do not need each other run side by side.'),
});
