import type { Configuration, EnvironmentSettings } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import type { Access, Target } from '../ports/target.ts';
import { requestIdentityToken } from '../runner/identity.ts';
import type { Runner } from '../runner/runner.ts';
import { targets } from '../targets/registry.ts';
import { appVariables } from './app-variables.ts';

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
    async identityToken(audience, signal) {
      const token = await requestIdentityToken(runner.variables, audience, signal);
      runner.log.mask(token);
      return token;
    },
  });
}

/** How checks reach the environment's deployments; nothing where its target is open to whoever asks. */
export async function openAccess(
  runner: Runner,
  configuration: Configuration,
  environment: EnvironmentSettings,
): Promise<Access | undefined> {
  const target = await openTarget(runner, configuration, environment, NOTHING_GIVEN);
  return target.access?.(runner.signal);
}

/** Checks start no app: what only an app needs is not asked for. */
const NOTHING_GIVEN = { 'database-url': '', 'app-variables': '' };
