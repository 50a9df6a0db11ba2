import { parseEnv } from 'node:util';
import type { Runner } from '../runner/runner.ts';

/**
 * Words that a pipeline says itself: masked, they would turn `rolled-back: true` into `***` and drop every
 * output with `production` in it, and they hide nothing.
 */
const PLAIN_WORD = /^(true|false|\d{1,5}|development|staging|production|test)$/;

/** Names of the app's own variables that are there and not empty: all that a build may know of them. */
export const configuredNames = (runner: Pick<Runner, 'log'>, appVariablesInput: string): readonly string[] =>
  Object.entries(appVariables(runner, { 'database-url': '', 'app-variables': appVariablesInput }))
    .filter(([, value]) => value.trim() !== '')
    .map(([name]) => name);

/** The app's own variables. All but plain words are treated as secrets: nobody can tell which are not. */
export function appVariables(
  { log }: Pick<Runner, 'log'>,
  given: { readonly 'database-url': string; readonly 'app-variables': string },
): Record<string, string> {
  const variables = Object.fromEntries(
    Object.entries(parseEnv(given['app-variables'])).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  for (const value of Object.values(variables)) if (!PLAIN_WORD.test(value)) log.mask(value);
  return { ...variables, ...(given['database-url'] === '' ? {} : { DATABASE_URL: given['database-url'] }) };
}
