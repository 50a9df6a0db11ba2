import * as z from 'zod';
import { build } from './build-schema.ts';
import { environment, preview } from './environment-schema.ts';
import { hotfix } from './hotfix-schema.ts';
import { atMost, MOST_ENVIRONMENTS } from './limits.ts';
import { routes } from './routes-schema.ts';
import { smoke } from './smoke-schema.ts';
import { type TargetSchemas, targetOf } from './target-schema.ts';
import { duration, line, name, pathInRepository, urlPath, variableName } from './values.ts';

/**
 * The file as people write it. Rules that look at several places at once are in `rules.ts`; the way from
 * here to the domain's `Configuration` is `complete.ts`. What has a subject of its own has a file: `*-schema.ts`.
 */

export type ConfigurationFile = z.output<ReturnType<typeof configurationFile>>;
export type EnvironmentFile = ConfigurationFile['environments'][string];

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

/** The schema of airlock.yml with these target providers. */
export function configurationFile(targets: TargetSchemas) {
  const target = targetOf(targets);
  return z.strictObject({
    version: z.literal(1).describe('Version of this file format.'),
    app: name().max(64).describe('Name of the app.'),
    build: build.describe('How the release is made and proven, once.'),
    serve: serve.optional().describe('How the app is started; leave it out for a static folder.'),
    database: database.optional().describe("The app's PostgreSQL database."),
    smoke: smoke.optional(),
    environments: z
      .record(name(), environment(target))
      .refine((environments) => Object.keys(environments).length > 0, 'must name at least one environment')
      .refine(atMost(MOST_ENVIRONMENTS), `must not have more than ${MOST_ENVIRONMENTS} environments`)
      .describe('The environments in the order in which a release passes through them.'),
    routes: routes.prefault({}),
    hotfix: hotfix.prefault({}),
    preview: preview(target)
      .optional()
      .describe('Shows each pull request of this repository at an address of its own, never live.'),
  });
}
