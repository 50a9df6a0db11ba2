import type { EnvironmentSettings } from '../configuration.ts';
import type { Digest } from '../release.ts';
import type { Lane } from './gate.ts';

/** Everything that somebody says yes to. When any of it is another one, nobody said yes to that. */
export interface PlanFacts {
  readonly release: {
    readonly app: string;
    readonly digest: Digest;
    readonly commit: string;
    /** As an environment before calls it; absent where there is none. */
    readonly version: string | undefined;
    readonly lane: Lane;
    /** Why a hotfix goes on without what staging says; empty when it does not. */
    readonly emergency: string;
  };
  /** What would be left. */
  readonly live:
    | {
        readonly deploymentId: string | undefined;
        readonly digest: string | undefined;
        readonly version: string;
      }
    | undefined;
  /** Ids of the migrations that would be applied, in order. */
  readonly migrations: readonly string[];
  /** The environment with its gates, as airlock.yml has it. */
  readonly environment: EnvironmentSettings;
}

const PARTS = {
  release: 'the release',
  live: 'what is live',
  migrations: 'the migrations to apply',
  environment: 'what airlock.yml says',
} as const satisfies Readonly<Record<keyof PlanFacts, string>>;

type Part = keyof typeof PARTS;

/** What a plan amounts to, and what each part of it does, as SHA-256 in hexadecimal digits. */
export interface PlanHash {
  readonly whole: string;
  readonly parts: Readonly<Record<Part, string>>;
}

/** The hash of a plan: the same for the same facts, whatever the order of their keys. */
export async function planHash(facts: PlanFacts): Promise<PlanHash> {
  const parts = {
    release: await sha256(canonical(facts.release)),
    live: await sha256(canonical(facts.live ?? null)),
    migrations: await sha256(canonical(facts.migrations)),
    environment: await sha256(canonical(facts.environment)),
  };
  return { whole: await sha256(canonical(parts)), parts };
}

/** What is another one now than it was, in words. */
export const moved = (before: PlanHash, now: PlanHash): readonly string[] =>
  (Object.keys(PARTS) as Part[])
    .filter((part) => before.parts[part] !== now.parts[part])
    .map((part) => PARTS[part]);

/** JSON with sorted keys. What is undefined is as if it were not there. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}

async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
