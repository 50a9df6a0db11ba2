import type * as z from 'zod';
import type { Capability, TargetProvider } from '../ports/target.ts';
import { localCapabilities, localSettings } from './local/settings.ts';
import { vercelCapabilities, vercelSettings } from './vercel/settings.ts';

/** What a provider needs to know of the place it runs in. */
interface ProviderHome {
  /** Absolute path of the folder with this suite's bundles. */
  readonly bundles: string;
}

interface Registered {
  /** What it can do beyond the least: a configuration that asks for more is wrong. */
  readonly can: ReadonlySet<Capability>;
  /** Shape of its settings: every configuration is held to it, so it is loaded with the reader. */
  readonly settings: z.ZodType;
  /** Its code is loaded when a configuration names it. */
  load(home: ProviderHome): Promise<TargetProvider<unknown>>;
}

/** Every target by its key in airlock.yml. */
export const targets: Readonly<Record<string, Registered>> = {
  local: {
    can: localCapabilities,
    settings: localSettings,
    async load({ bundles }) {
      const { createLocalTarget } = await import('./local/provider.ts');
      return createLocalTarget({
        daemonEntry: `${bundles}/local-daemon/index.js`,
      }) as TargetProvider<unknown>;
    },
  },
  vercel: {
    can: vercelCapabilities,
    settings: vercelSettings,
    async load() {
      const { createVercelTarget } = await import('./vercel/provider.ts');
      return createVercelTarget() as TargetProvider<unknown>;
    },
  },
};

/** What the reader of airlock.yml and the schema for editors know of every target. */
export const targetSchemas = targets;
