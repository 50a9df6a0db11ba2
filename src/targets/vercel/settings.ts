import * as z from 'zod';
import type { Capability } from '../../ports/target.ts';

export const vercelCapabilities: ReadonlySet<Capability> = new Set([
  'weighted',
  'activate-existing',
  'preview',
]);

const slug = (what: string) => z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, `must be ${what}`);

/** What stands under `target: { vercel: … }` in airlock.yml. */
export const vercelSettings = z.strictObject({
  project: slug('the name or id of a Vercel project').describe('Name or id of the project (`prj_…`).'),
  team: slug('the slug or id of a Vercel team')
    .optional()
    .describe('Slug or id (`team_…`) of the team; leave it out for a personal account.'),
  environment: slug('`production`, `preview` or the slug of a custom environment')
    .optional()
    .describe(
      '`production`, `preview` or the slug of a custom environment. Default: the name of the environment here.',
    ),
  build: z
    .enum(['prebuilt', 'vercel'])
    .default('prebuilt')
    .describe(
      '`prebuilt`: the release is `.vercel/output` and goes live as it was built. `vercel`: the release is source, and Vercel builds it.',
    ),
  variables: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, 'must be the name of an environment variable'))
    .default([])
    .describe('Environment variables that the project must have for this environment before a deploy.'),
  protection: z
    .enum(['secret', 'oidc', 'none'])
    .default('secret')
    .describe(
      'How checks get past Deployment Protection. `secret`: with `VERCEL_AUTOMATION_BYPASS_SECRET`, where it is set. `oidc`: as a Trusted Source, with the token of the job.',
    ),
  advance: z
    .enum(['manual', 'automatic'])
    .default('manual')
    .describe(
      'Who takes a Rolling Release from step to step. `manual`: Airlock, once the checks pass. `automatic`: Vercel, by time, while Airlock watches.',
    ),
  'behind-rolling-release': z
    .enum(['refuse', 'wait'])
    .default('refuse')
    .describe("What a promote does while somebody else's Rolling Release is under way."),
  'build-timeout': z
    .number()
    .min(1)
    .max(60)
    .default(15)
    .describe('Longest wait until a deployment is ready, in minutes.'),
});

export type VercelSettings = z.output<typeof vercelSettings>;
