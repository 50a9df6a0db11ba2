import type { JsonWebKey } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { AliasJob, BuildEnd, Pace } from './progress.ts';
import type { RollingConfig, RollingRelease } from './rolling-release.ts';
import type { Trouble } from './trouble.ts';

export interface State {
  readonly person: Account;
  /** By id, the person's own account among them. */
  readonly accounts: Map<string, Account>;
  readonly tokens: Map<string, Token>;
  readonly projects: Map<string, Project>;
  readonly deployments: Map<string, Deployment>;
  /** Who has which name, by name. */
  readonly aliases: Map<string, Alias>;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly trouble: Trouble;
  readonly edge: Edge;
  /** Moves on with every call, so that no two things are of the same millisecond. */
  stamp(): number;
  /** An id in Vercel's form. */
  newId(prefix: string): string;
}

/** The doors through which visitors come. */
export interface Edge {
  /** A door of a deployment's own. Gives its host and port. */
  openDeployment(id: string): Promise<string>;
  /** A door of a project's domain. Gives its host and port. */
  openDomain(project: string): Promise<string>;
}

export type Plan = 'hobby' | 'pro' | 'enterprise';

export interface Account {
  readonly id: string;
  readonly slug: string;
  readonly kind: 'personal' | 'team';
  readonly plan: Plan;
  readonly createdAt: number;
  /** Uploaded content, by SHA-1. */
  readonly files: Map<string, Buffer>;
  /** What counts against a day's allowance, each with the time it was done. */
  readonly spent: { readonly uploads: number[]; readonly deployments: number[] };
}

/** `full` reaches every account, `team` one team, `project` one project and nothing of a person. */
export type Token = { revoked: boolean } & (
  | { readonly scope: 'full' }
  | { readonly scope: 'team'; readonly account: string }
  | { readonly scope: 'project'; readonly account: string; readonly project: string }
);

export interface Project {
  readonly id: string;
  name: string;
  readonly account: Account;
  readonly createdAt: number;
  updatedAt: number;
  autoAssignCustomDomains: boolean;
  /** Set by a rollback until the next promote: what `autoAssignCustomDomains` was before. */
  rolledBack: { readonly autoAssignedBefore: boolean; readonly description: string | undefined } | undefined;
  readonly domains: Domain[];
  readonly variables: Variable[];
  readonly customEnvironments: CustomEnvironment[];
  /** Automation secrets; the first is given to deployments as VERCEL_AUTOMATION_BYPASS_SECRET. */
  readonly bypasses: Map<string, { readonly createdAt: number; readonly note: string | undefined }>;
  protection: Protection;
  trustedSources: readonly TrustedSource[];
  /** The deployment that holds production. */
  live: string | undefined;
  /** Every deployment that held production, oldest first, the present one last. */
  readonly reigns: string[];
  aliasJob: AliasJob | undefined;
  /** The one before, and how many looks still see it in place of the present one. */
  staleJob: { readonly job: AliasJob | undefined; looks: number } | undefined;
  /** The deployment that held production before, and how many looks still see it there. */
  lag: { readonly deployment: string | undefined; looks: number } | undefined;
  rollingConfig: RollingConfig | undefined;
  rolling: RollingRelease | undefined;
}

/** `standard` guards everything but the production domains; `all` those too. */
export type Protection = 'none' | 'standard' | 'all';

/** An issuer of OIDC tokens that may pass the protection. */
export interface TrustedSource {
  readonly issuer: string;
  readonly audience?: string;
  /** Claims that must have one of these values. */
  readonly claims?: Readonly<Record<string, readonly string[]>>;
  /** The issuer's public keys. Left out, they are looked up where the issuer publishes them. */
  readonly keys?: readonly JsonWebKey[];
}

export interface Domain {
  /** Host and port of its listener on this machine. */
  readonly name: string;
  readonly origin: string;
  readonly createdAt: number;
  /** Whether it belongs to production or to a custom environment, by id. */
  readonly environment: 'production' | { readonly custom: string };
}

export interface CustomEnvironment {
  readonly id: string;
  slug: string;
  description: string | undefined;
  readonly createdAt: number;
}

export interface Variable {
  readonly id: string;
  readonly key: string;
  readonly value: string;
  readonly type: 'plain' | 'encrypted' | 'sensitive';
  readonly target: readonly ('production' | 'preview' | 'development')[];
  readonly customEnvironmentIds: readonly string[];
  readonly createdAt: number;
}

export interface FileEntry {
  readonly file: string;
  readonly sha: string;
  readonly size: number;
  readonly mode: number;
}

export type ReadyState = 'QUEUED' | 'BUILDING' | 'READY' | 'ERROR' | 'CANCELED';

export interface Deployment {
  readonly id: string;
  readonly project: Project;
  /** Host and port; Vercel gives no scheme. */
  readonly url: string;
  readonly target: 'production' | 'preview' | { readonly custom: string };
  readonly createdAt: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly gitMetadata: Readonly<Record<string, unknown>> | undefined;
  readonly files: readonly FileEntry[];
  readonly prebuilt: boolean;
  readonly autoAssignCustomDomains: boolean;
  /** The variables as they were when it was built: a rollback brings them back. */
  readonly environment: Readonly<Record<string, string>>;
  readonly end: BuildEnd;
  state: ReadyState;
  substate: 'STAGED' | 'ROLLING' | 'PROMOTED' | undefined;
  looks: number;
  buildingAt: number | undefined;
  readyAt: number | undefined;
  canceledAt: number | undefined;
  aliasAssigned: boolean;
  readonly events: BuildEvent[];
}

export interface BuildEvent {
  readonly id: string;
  readonly type: 'stdout' | 'stderr' | 'command' | 'deployment-state';
  readonly text: string;
  readonly at: number;
}

export interface Alias {
  readonly uid: string;
  readonly alias: string;
  readonly deployment: string;
  readonly project: string;
  readonly createdAt: number;
}

/** Whose production domains are these, by the alias and not by what the project says. */
export const deploymentOfName = (state: State, name: string): Deployment | undefined =>
  state.deployments.get(state.aliases.get(name)?.deployment ?? '');

export const deploymentsOf = (state: State, project: Project): Deployment[] =>
  [...state.deployments.values()].filter((one) => one.project === project);
