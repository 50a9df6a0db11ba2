import { isDeepStrictEqual } from 'node:util';
import type { ProcessIdentity } from '../process-identity.ts';
import type { Terms } from '../protocol.ts';
import { type DeploymentRecord, type Serve, SYSTEM_VARIABLES } from '../state.ts';
import { type CommandLaunch, type RunningApp, startCommand } from './app-process.ts';
import type { Health } from './health.ts';
import { type StaticLaunch, serveFiles } from './static-files.ts';

/** How an app is started. */
export type Launch = CommandLaunch | StaticLaunch;

/** Starts an app; see `startCommand` for `record`. */
export const startApp = (
  launch: Launch,
  port: number,
  record: (process: ProcessIdentity) => void,
): Promise<RunningApp> =>
  launch.kind === 'static' ? serveFiles(launch, port) : startCommand(launch, port, record);

/** How to start the app of a deployment. */
export function launchOf({ release, serve }: DeploymentRecord, terms: Terms, directory: string): Launch {
  if (serve.kind === 'static') return { kind: 'static', directory, single: serve.single };
  const own = pick(terms.variables, serve.variables);
  return {
    kind: 'command',
    command: serve.command,
    directory,
    environment: {
      ...pick(terms.variables, SYSTEM_VARIABLES),
      ...own,
      AIRLOCK_APP: terms.app,
      AIRLOCK_ENVIRONMENT: terms.environment,
      AIRLOCK_URL: terms.url,
      AIRLOCK_VERSION: release.version,
      AIRLOCK_COMMIT: release.commit,
      AIRLOCK_BUILD_TIME: release.builtAt,
      AIRLOCK_DIGEST: release.digest,
    },
    secrets: Object.values(own),
  };
}

/** A server says 200 when it is ready. A folder may lack an index page: any answer will do. */
export const healthOf = (serve: Serve): Health =>
  serve.kind === 'command'
    ? { path: serve.health, accepts: (status) => status === 200 }
    : { path: '/', accepts: (status) => status < 500 };

export const missingVariables = ({ serve }: DeploymentRecord, { variables }: Terms): readonly string[] =>
  serve.kind === 'command' ? serve.variables.filter((name) => variables[name] === undefined) : [];

export const sameLaunch = (a: Launch, b: Launch): boolean => isDeepStrictEqual(a, b);

const pick = (from: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
