import type { TargetProvider } from '../ports/target.ts';

/** What a provider needs to know of the place it runs in. */
export interface ProviderHome {
  /** Absolute path of the folder with this suite's bundles. */
  readonly bundles: string;
}

/** Every target by its key in airlock.yml. A provider's code is loaded when a configuration names it. */
export const targetProviders: Readonly<
  Record<string, (home: ProviderHome) => Promise<TargetProvider<unknown>>>
> = {
  local: async ({ bundles }) =>
    (await import('./local/provider.ts')).createLocalTarget({
      daemonEntry: `${bundles}/local-daemon/index.js`,
    }) as TargetProvider<unknown>,
};
