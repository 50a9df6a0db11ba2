import * as z from 'zod';
import type { SecurityHeader } from '../domain/configuration.ts';
import { describeDuration } from '../domain/duration.ts';
import { parseJsonPath } from '../domain/json-path.ts';
import { PatternError, parsePattern, patternSource } from '../domain/pattern.ts';
import { approval } from './approval-schema.ts';
import { calendar } from './calendar-schema.ts';
import { hotfix } from './hotfix-schema.ts';
import { routes } from './routes-schema.ts';
import {
  duration,
  durationOrNone,
  line,
  name,
  pathInRepository,
  publicUrl,
  size,
  urlPath,
  variableName,
  waitingTime,
} from './values.ts';

/**
 * The file as people write it. Rules that look at several places at once are in `rules.ts`; the way from
 * here to the domain's `Configuration` is `complete.ts`.
 */

/** What is known of each provider before it is loaded, by its id: its settings' shape and what it can. */
export type TargetSchemas = Readonly<
  Record<string, { readonly settings: z.ZodType; readonly can: ReadonlySet<string> }>
>;

export type ConfigurationFile = z.output<ReturnType<typeof configurationFile>>;
export type CheckFile = z.output<typeof buildCheck>;
export type EnvironmentFile = ConfigurationFile['environments'][string];
export type SmokeFile = z.output<typeof smoke>;
export type SmokeCheckFile = z.output<typeof smokeCheck>;

/** Far above what anyone needs. Every environment repeats the common smoke checks, so both are bounded. */
const MOST_CHECKS = 200;
const MOST_ENVIRONMENTS = 50;

/** The job of a stage ends after an hour, and what comes before and after the pauses, the way back too, has to fit. */
const LONGEST_CANARY_MS = 45 * 60_000;

const atMost = (most: number) => (record: Readonly<Record<string, unknown>>) =>
  Object.keys(record).length <= most;

/** The keys of a build check that say what it does: exactly one of them stands in each. */
export const CHECK_KINDS = ['run', 'coverage', 'bundle-size', 'audit', 'variables'] as const;

const SECURITY = [
  'hsts',
  'csp',
  'nosniff',
  'frame',
  'referrer',
  'permissions',
  'isolation',
] as const satisfies readonly SecurityHeader[];

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

const build = z.strictObject({
  output: pathInRepository()
    .describe('Folder whose files are the release.')
    .meta({ examples: ['dist'] }),
  checks: z
    .record(name(), buildCheck)
    .refine(atMost(MOST_CHECKS), `must not have more than ${MOST_CHECKS} checks`)
    .default({})
    .describe('Checks by name, in order; those that do not need each other run side by side.'),
});

const serve = z.strictObject({
  command: z
    .array(line(1000))
    .min(1)
    .describe('Program and arguments, run inside the release. The port to listen on is in `PORT`.')
    .meta({ examples: [['node', 'server.js']] }),
  variables: z
    .array(variableName())
    .default([])
    .describe('Environment variables of the step that the app gets; nothing else is passed on.'),
  health: urlPath().default('/').describe('Path that answers 200 when the app can take traffic.'),
});

const database = z.strictObject({
  migrator: z.enum(['sql']).default('sql').describe('What runs the migrations.'),
  migrations: pathInRepository().describe('Folder of migrations, sealed with the release.'),
  'lock-timeout': duration().prefault('100ms').describe('Longest wait for a lock, each time.'),
  'statement-timeout': duration().prefault('30s').describe('Longest time for one statement.'),
  'lock-budget': duration().prefault('10m').describe('How long waits for locks are tried again in all.'),
});

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

const smoke = z
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

/** The schema of airlock.yml with these target providers. */
export function configurationFile(targets: TargetSchemas) {
  const providers = Object.keys(targets);
  const target = z
    .strictObject(
      Object.fromEntries(
        Object.entries(targets).map(([id, { settings }]) => [
          id,
          settings.optional().describe(settings.description ?? `Settings of the ${id} target.`),
        ]),
      ),
    )
    .refine(
      (written) => Object.keys(written).length === 1,
      `must have exactly one provider: ${providers.join(', ')}`,
    );
  const environment = z.strictObject({
    target: target.describe('Where the environment runs: one provider and its settings.'),
    url: publicUrl().optional().describe('Public address, where the target does not make its own.'),
    gates: gates.prefault({}).describe('What a release must have before it may enter.'),
    calendar: calendar.optional(),
    smoke: smoke.optional(),
    strategy: strategy.prefault('blue-green'),
    rollback: rollback.prefault({}).describe('What happens when a release turns out bad.'),
  });
  const preview = z.strictObject({
    target: target.describe('Where pull requests are shown: one provider and its settings.'),
    smoke: smoke.optional(),
  });
  return z.strictObject({
    version: z.literal(1).describe('Version of this file format.'),
    app: name().max(64).describe('Name of the app.'),
    build: build.describe('How the release is made and proven, once.'),
    serve: serve.optional().describe('How the app is started; leave it out for a static folder.'),
    database: database.optional().describe("The app's PostgreSQL database."),
    smoke: smoke.optional(),
    environments: z
      .record(name(), environment)
      .refine((environments) => Object.keys(environments).length > 0, 'must name at least one environment')
      .refine(atMost(MOST_ENVIRONMENTS), `must not have more than ${MOST_ENVIRONMENTS} environments`)
      .describe('The environments in the order in which a release passes through them.'),
    routes: routes.prefault({}),
    hotfix: hotfix.prefault({}),
    preview: preview
      .optional()
      .describe('Shows each pull request of this repository at an address of its own, never live.'),
  });
}
