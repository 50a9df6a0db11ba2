import * as z from 'zod';
import { describeDuration } from '../domain/duration.ts';
import { approval } from './approval-schema.ts';
import { calendar } from './calendar-schema.ts';
import { smoke } from './smoke-schema.ts';
import type { TargetSchema } from './target-schema.ts';
import { durationOrNone, publicUrl, waitingTime } from './values.ts';

/** The job of a stage ends after an hour, and what comes before and after the pauses, the way back too, has to fit. */
const LONGEST_CANARY_MS = 45 * 60_000;

const gates = z.strictObject({
  after: z
    .array(z.string())
    .optional()
    .describe('Environments in which this very release must stand as proven. Default: the one before.'),
  soak: waitingTime(0, '')
    .optional()
    .describe('Time for which it must have stood live in each of them. Default: none.'),
  fresh: waitingTime(60_000, 'at least 1m and ')
    .optional()
    .describe('Longest age of its proof in each of them. Default `30d`.'),
  approval: approval.prefault('none'),
});

const strategy = z
  .union(
    [
      z.literal('blue-green').transform((kind) => ({ kind })),
      z
        .strictObject({
          canary: z
            .strictObject({
              steps: z
                .array(z.int().min(1).max(100))
                .min(1)
                .refine(
                  (steps) =>
                    steps.at(-1) === 100 && steps.every((step, index) => step > (steps[index - 1] ?? 0)),
                  'must rise from step to step and end with 100',
                )
                .describe('Percentages of the traffic, rising to 100.'),
              pause: durationOrNone()
                .prefault('30s')
                .describe('Time to look after each step; all of them together at most 45 minutes.'),
            })
            .superRefine(({ steps, pause }, context) => {
              const pausesMs = (steps.length - 1) * pause;
              if (pausesMs <= LONGEST_CANARY_MS) return;
              context.addIssue({
                code: 'custom',
                path: ['steps'],
                message: `must not pause for more than ${LONGEST_CANARY_MS / 60_000} min in all, but do for ${describeDuration(pausesMs)}`,
              });
            })
            .describe('In weighted steps, with a look after each.'),
        })
        .transform(({ canary }) => ({ kind: 'canary' as const, ...canary })),
    ],
    { error: 'must be `blue-green`, or a mapping with `canary`' },
  )
  .describe('How the traffic moves to the new release.');

const rollback = z.strictObject({
  automatic: z.boolean().default(true).describe('Go back when something fails after activation.'),
  migrations: z
    .enum(['when-safe', 'never'])
    .default('when-safe')
    .describe("`when-safe`: revert this run's migrations only if nothing is lost."),
});

/** One of the `environments` of airlock.yml. */
export const environment = (target: TargetSchema) =>
  z.strictObject({
    target: target.describe('Where the environment runs: one provider and its settings.'),
    url: publicUrl().optional().describe('Public address, where the target does not make its own.'),
    gates: gates.prefault({}).describe('What a release must have before it may enter.'),
    calendar: calendar.optional(),
    smoke: smoke.optional(),
    strategy: strategy.prefault('blue-green'),
    rollback: rollback.prefault({}).describe('What happens when a release turns out bad.'),
  });

/** The `preview` key of airlock.yml. */
export const preview = (target: TargetSchema) =>
  z.strictObject({
    target: target.describe('Where pull requests are shown: one provider and its settings.'),
    smoke: smoke.optional(),
  });
