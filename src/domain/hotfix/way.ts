import type { Configuration, EnvironmentSettings } from '../configuration.ts';

/**
 * The environments of a hotfix: the last one of airlock.yml, and those in which it must be proven first.
 * Nothing can shorten that, so that production never takes what its staging has not run.
 */
export function hotfixWay({ environments }: Pick<Configuration, 'environments'>): {
  readonly route: readonly EnvironmentSettings[];
  /** Those that a normal release goes through and this one does not. */
  readonly passedBy: readonly EnvironmentSettings[];
} {
  const last = environments.at(-1);
  const isOnTheWay = (one: EnvironmentSettings) => one === last || last?.gates.after.includes(one.name);
  return {
    route: environments.filter(isOnTheWay),
    passedBy: environments.filter((one) => !isOnTheWay(one)),
  };
}

/** Everything that the short way leaves out, in words: nothing is left out without its name. */
export const skippedBy = (
  configuration: Pick<Configuration, 'environments' | 'hotfix'>,
): readonly string[] => [
  ...configuration.hotfix.skip.gates,
  ...configuration.hotfix.skip.checks.map((name) => `check ${name}`),
  ...hotfixWay(configuration).passedBy.map(({ name }) => `environment ${name}`),
];
