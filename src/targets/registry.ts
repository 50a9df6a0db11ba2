import type * as z from 'zod';
import type { TargetProvider } from '../ports/target.ts';
import { localSettings } from './local/settings.ts';

/** What a provider needs to know of the place it runs in. */
export interface ProviderHome {
  /** Absolute path of the folder with this suite's bundles. */
  readonly bundles: string;
}

interface Registered {
  /** Shape of its settings: every configuration is held to it, so it is loaded with the reader. */
  readonly settings: z.ZodType;
  /** Its code is loaded when a configuration names it. */
  load(home: ProviderHome): Promise<TargetProvider<unknown>>;
}

/** Every target by its key in airlock.yml. */
export const targets: Readonly<Record<string, Registered>> = {
  local: {
    settings: localSettings,
    async load({ bundles }) {
      const { createLocalTarget } = await import('./local/provider.ts');
      return createLocalTarget({
        daemonEntry: `${bundles}/local-daemon/index.js`,
      }) as TargetProvider<unknown>;
    },
  },
};

/** The settings' shape of every target, for the reader of airlock.yml and the schema for editors. */
export const targetSchemas = Object.fromEntries(
  Object.entries(targets).map(([id, { settings }]) => [id, settings]),
);
