import * as z from 'zod';
import type { SecurityHeader } from '../domain/configuration.ts';
import { parseJsonPath } from '../domain/json-path.ts';
import { PatternError, parsePattern, patternSource } from '../domain/pattern.ts';
import { MOST_CHECKS } from './limits.ts';
import { duration, durationOrNone, line, urlPath } from './values.ts';

/** What a release is asked beside the live one, as people write it. */

export type SmokeFile = z.output<typeof smoke>;
export type SmokeCheckFile = z.output<typeof smokeCheck>;

const SECURITY = [
  'hsts',
  'csp',
  'nosniff',
  'frame',
  'referrer',
  'permissions',
  'isolation',
] as const satisfies readonly SecurityHeader[];

/** An exact text, or `/pattern/`. */
const condition = z.string().superRefine((text, context) => {
  const source = patternSource(text);
  if (source === undefined) return;
  try {
    parsePattern(source);
  } catch (error) {
    const why = error instanceof PatternError ? error.message : 'it cannot be read';
    context.addIssue({ code: 'custom', message: `must be a pattern that can be used: ${why}` });
  }
});

const smokeCheck = z
  .strictObject({
    name: line(100).optional().describe('How reports call the check. Default: its method and path.'),
    path: urlPath().describe('What to ask for.'),
    method: z.enum(['GET', 'HEAD']).default('GET').describe('How to ask.'),
    status: z.int().min(100).max(599).default(200).describe('Status the answer must have.'),
    timeout: duration().prefault('10s').describe('Longest wait for the answer.'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header'), condition)
      .refine(
        (headers) =>
          new Set(Object.keys(headers).map((header) => header.toLowerCase())).size ===
          Object.keys(headers).length,
        'must name each header once: their case does not count',
      )
      .default({})
      .describe('Headers the answer must have: exact text, or `/pattern/`.'),
    security: z
      .union([z.literal('standard'), z.array(z.enum(SECURITY))], {
        error: `must be \`standard\` or a list of ${SECURITY.join(', ')}`,
      })
      .default([])
      .describe('Security headers by one word each. `standard`: hsts, csp, nosniff, frame and referrer.'),
    body: z
      .union([condition, z.array(condition)], { error: 'must be a text or a list of texts' })
      .default([])
      .describe('Texts the body must contain; `/pattern/` for a regular expression.'),
    json: z
      .record(
        z.string().refine((path) => parseJsonPath(path) !== undefined, 'must be a path such as `a.b[0].c`'),
        z.union([z.string(), z.number(), z.boolean(), z.null()], {
          error: 'must be one value: a text, a number, `true`, `false` or `null`',
        }),
      )
      .default({})
      .describe('Values the JSON answer must have, by path such as `a.b[0].c`.'),
    version: z.boolean().default(false).describe('The answer must name this very release.'),
    health: z
      .boolean()
      .default(false)
      .describe('The answer must be `{status, version, database, cache}` and say that all is well.'),
    latency: z
      .strictObject({
        p95: duration().describe('Most time for 95 of 100 requests.'),
        requests: z.int().min(5).max(1000).default(20).describe('How many requests are measured.'),
      })
      .optional()
      .describe('A budget over repeated requests.'),
  })
  .superRefine((check, context) => {
    if (check.method !== 'HEAD') return;
    const asked = (['body', 'json', 'version', 'health'] as const).filter((key) => {
      const value = check[key];
      return typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value);
    });
    for (const key of asked) {
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'cannot be checked with `method: HEAD`: there is no body',
      });
    }
  });

/** The `smoke` key of airlock.yml and of an environment. */
export const smoke = z
  .union(
    [
      z
        .array(smokeCheck)
        .max(MOST_CHECKS)
        .transform((checks) => ({ checks, 'warm-up': undefined })),
      z.strictObject({
        'warm-up': durationOrNone()
          .optional()
          .describe('How long a cold start may take before the checks count. Default `60s`.'),
        checks: z
          .array(smokeCheck)
          .max(MOST_CHECKS)
          .default([])
          .describe('What is asked; a release must pass all of it.'),
      }),
    ],
    { error: 'must be a list of checks, or a mapping with `warm-up` and `checks`' },
  )
  .describe('Questions that a release must answer beside the live one, before it gets traffic.');
