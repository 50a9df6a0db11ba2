import * as z from 'zod';
import { type HotfixSettings, SKIPPABLE_GATES } from '../domain/hotfix/settings.ts';
import { line, name } from './values.ts';

/** The short way to production, as people write it, and its way into the domain's words. */

export type HotfixFile = z.output<typeof hotfix>;

const MOST_BRANCHES = 20;
const MOST_SKIPS = 220;

/** A star stands for whole levels only, and only at the end: no pattern can grow over the default branch by a slip. */
const branch = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*(\/\*\*?)?$/,
    'must be the name of a branch, or a folder of branches such as `hotfix/**`',
  )
  .meta({ examples: ['hotfix/**', 'fix/*'] });

/** The `hotfix` key of airlock.yml. */
export const hotfix = z
  .strictObject({
    branches: z
      .array(branch)
      .min(1)
      .max(MOST_BRANCHES)
      .default(['hotfix/**'])
      .describe('Branches that may take the short way. `/**` at the end: all below; `/*`: one level.'),
    skip: z
      .array(line(100))
      .max(MOST_SKIPS)
      .default([])
      .describe('What the short way leaves out: `soak`, `calendar`, and names of build checks.')
      .meta({ examples: [['soak', 'calendar', 'e2e']] }),
    'max-changed-lines': z
      .int()
      .min(1)
      .max(100_000)
      .default(400)
      .describe('Most added and removed lines since the live commit.'),
    'max-changed-files': z
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .describe('Most changed files since the live commit.'),
    'approval-environment': name()
      .optional()
      .describe(
        "Environment in GitHub whose reviewers approve a hotfix for production, with production's secrets in it. Default: production itself.",
      ),
  })
  .describe('The short way of a hotfix branch to production: hotfix.yml.');

const isGate = (skipped: string): skipped is (typeof SKIPPABLE_GATES)[number] =>
  SKIPPABLE_GATES.some((gate) => gate === skipped);

/** Puts a `hotfix` key that kept the schema into the domain's words. */
export const completeHotfix = (file: HotfixFile): HotfixSettings => ({
  branches: file.branches,
  skip: {
    gates: file.skip.filter(isGate),
    checks: file.skip.filter((skipped) => !isGate(skipped)),
  },
  most: { lines: file['max-changed-lines'], files: file['max-changed-files'] },
  approvalEnvironment: file['approval-environment'],
});
