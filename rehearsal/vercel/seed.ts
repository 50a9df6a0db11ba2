import { randomBytes } from 'node:crypto';
import type {
  Account,
  CustomEnvironment,
  Domain,
  Project,
  Protection,
  State,
  TrustedSource,
  Variable,
} from './state.ts';

export interface NewProject {
  readonly name: string;
  /** Id or slug. Left out: the personal account. */
  readonly team?: string;
  /** How many production domains it has, each at a port of its own. Default 1. */
  readonly domains?: number;
  readonly customEnvironments?: readonly { readonly slug: string; readonly domains?: number }[];
  readonly variables?: readonly NewVariable[];
  /** Default `none`. */
  readonly protection?: Protection;
  /** Whether it has a secret for automation. Default: when it is protected. */
  readonly bypass?: boolean;
  readonly trustedSources?: readonly TrustedSource[];
  /** Default true. */
  readonly autoAssignCustomDomains?: boolean;
}

export interface NewVariable {
  readonly key: string;
  readonly value: string;
  /** Default `encrypted`. */
  readonly type?: Variable['type'];
  /** `production`, `preview`, `development` or slugs of custom environments. */
  readonly target: readonly string[];
}

/** Puts a project into the state, with doors for its domains. */
export async function seedProject(
  state: State,
  wanted: Omit<NewProject, 'team'> & { readonly account: Account },
): Promise<{ project: Project; bypassSecret: string | undefined }> {
  const id = state.newId('prj');
  const customEnvironments = (wanted.customEnvironments ?? []).map(({ slug }) => ({
    id: state.newId('env'),
    slug,
    description: undefined,
    createdAt: state.stamp(),
  }));
  const domains = await Promise.all([
    ...doors(state, id, 'production', wanted.domains ?? 1),
    ...(wanted.customEnvironments ?? []).flatMap((one, index) =>
      doors(state, id, { custom: customEnvironments[index]?.id ?? '' }, one.domains ?? 0),
    ),
  ]);
  const protection = wanted.protection ?? 'none';
  const bypassSecret = (wanted.bypass ?? protection !== 'none') ? randomBytes(16).toString('hex') : undefined;
  const project: Project = {
    id,
    name: wanted.name,
    account: wanted.account,
    createdAt: state.stamp(),
    updatedAt: state.stamp(),
    autoAssignCustomDomains: wanted.autoAssignCustomDomains ?? true,
    rolledBack: undefined,
    domains,
    variables: (wanted.variables ?? []).map((one) => seedVariable(state, one, customEnvironments)),
    customEnvironments,
    bypasses: new Map(
      bypassSecret === undefined ? [] : [[bypassSecret, { createdAt: state.stamp(), note: undefined }]],
    ),
    protection,
    trustedSources: wanted.trustedSources ?? [],
    live: undefined,
    reigns: [],
    aliasJob: undefined,
    staleJob: undefined,
    lag: undefined,
    rollingConfig: undefined,
    rolling: undefined,
  };
  state.projects.set(id, project);
  return { project, bypassSecret };
}

const doors = (
  state: State,
  project: string,
  environment: Domain['environment'],
  count: number,
): Promise<Domain>[] =>
  Array.from({ length: count }, async () => {
    const name = await state.edge.openDomain(project);
    return { name, origin: `http://${name}`, createdAt: state.stamp(), environment };
  });

const SYSTEM_TARGETS = ['production', 'preview', 'development'] as const;

/** One variable of a project's state. */
export function seedVariable(
  state: State,
  { key, value, type = 'encrypted', target }: NewVariable,
  environments: readonly CustomEnvironment[],
): Variable {
  return {
    id: state.newId('var'),
    key,
    value,
    type,
    target: SYSTEM_TARGETS.filter((one) => target.includes(one)),
    customEnvironmentIds: environments.filter((one) => target.includes(one.slug)).map((one) => one.id),
    createdAt: state.stamp(),
  };
}
