import { parseEnv } from 'node:util';
import type { Configuration, EnvironmentSettings } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import type { Target } from '../ports/target.ts';
import type { Runner } from '../runner/runner.ts';
import { targets } from '../targets/registry.ts';

/** Opens the target that airlock.yml names for an environment. */
export async function openTarget(
  runner: Runner,
  configuration: Configuration,
  environment: EnvironmentSettings,
  given: { readonly 'database-url': string; readonly 'app-variables': string },
): Promise<Target> {
  const { provider: id, settings } = environment.target;
  const registered = targets[id];
  if (!registered) {
    throw new Failure(
      'TARGET_PROVIDER_UNKNOWN',
      `There is no target "${id}"; there are ${Object.keys(targets).join(', ')}.`,
      `Correct \`target:\` of ${environment.name} in airlock.yml.`,
    );
  }
  const provider = await registered.load(runner);
  return provider.connect(settings, {
    app: configuration.app,
    environment: environment.name,
    url: environment.url,
    serve: configuration.serve,
    variables: { ...runner.variables, ...appVariables(runner, given) },
    log: runner.log,
    clock: runner.clock,
  });
}

/** The app's own variables. All of them are treated as secrets: nobody can tell which are not. */
function appVariables(
  runner: Runner,
  given: { readonly 'database-url': string; readonly 'app-variables': string },
): Record<string, string> {
  const variables = Object.fromEntries(
    Object.entries(parseEnv(given['app-variables'])).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  for (const value of Object.values(variables)) runner.log.mask(value);
  return { ...variables, ...(given['database-url'] === '' ? {} : { DATABASE_URL: given['database-url'] }) };
}
