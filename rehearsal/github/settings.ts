/** What a repository's owner set up, as plain data: nothing here changes by what runs do. */
export interface Settings {
  readonly owner: {
    readonly kind: 'Organization' | 'User';
    /** The plan that GitHub shows to those who may see it. */
    readonly plan: string;
  };
  readonly administrators: readonly string[];
  /** What people may do here beside the administrators, by login; others nothing, or read where it is public. */
  readonly collaborators: Readonly<Record<string, 'write' | 'read'>>;
  /** Teams of the organisation: active members by slug. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
  /** Classic protection, by branch. */
  readonly branchProtection: Readonly<Record<string, BranchProtection>>;
  readonly rulesets: readonly Ruleset[];
  readonly actions: {
    readonly enabled: boolean;
    readonly allowed: 'all' | 'local_only' | 'selected';
    /** Patterns of `selected`. */
    readonly patterns: readonly string[];
    readonly shaPinning: boolean;
  };
  readonly workflowToken: { readonly access: 'read' | 'write'; readonly mayApprove: boolean };
  /** Names of secrets: their values leave GitHub for nobody. */
  readonly secrets: {
    readonly repository: readonly string[];
    readonly organization: readonly string[];
    readonly environments: Readonly<Record<string, readonly string[]>>;
  };
  readonly runners: readonly Runner[];
}

export interface BranchProtection {
  readonly reviews: boolean;
  readonly admins: boolean;
  readonly forcePushes: boolean;
  readonly deletions: boolean;
}

export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly target: 'branch' | 'tag';
  readonly enforcement: 'active' | 'evaluate' | 'disabled';
  /** Patterns as `refs/tags/v*`, `~ALL` or `~DEFAULT_BRANCH`. */
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly rules: readonly (
    | 'creation'
    | 'update'
    | 'deletion'
    | 'non_fast_forward'
    | 'required_linear_history'
    | 'pull_request'
  )[];
  readonly bypass: readonly {
    readonly type: 'OrganizationAdmin' | 'RepositoryRole' | 'Team' | 'Integration' | 'DeployKey' | 'User';
    readonly id: number | null;
    readonly mode: 'always' | 'pull_request' | 'exempt';
  }[];
}

export interface Runner {
  readonly id: number;
  readonly name: string;
  readonly status: 'online' | 'offline';
  readonly labels: readonly string[];
  /** GitHub leaves it out for runners that have not said it. */
  readonly version: string | undefined;
}

/** What a new repository of an organisation has: everybody in, nothing guarded. */
export const NEW_SETTINGS: Settings = {
  owner: { kind: 'Organization', plan: 'free' },
  administrators: [],
  collaborators: {},
  teams: {},
  branchProtection: {},
  rulesets: [],
  actions: { enabled: true, allowed: 'all', patterns: [], shaPinning: false },
  workflowToken: { access: 'read', mayApprove: false },
  secrets: { repository: [], organization: [], environments: {} },
  runners: [],
};

/** Whether one of a ruleset's patterns is this ref's. */
export function appliesTo({ include, exclude = [] }: Ruleset, ref: string, defaultBranch: string): boolean {
  const matches = (pattern: string) =>
    pattern === '~ALL' ||
    (pattern === '~DEFAULT_BRANCH' && ref === `refs/heads/${defaultBranch}`) ||
    new RegExp(
      `^${pattern
        .split('*')
        .map((text) => text.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'))
        .join('.*')}$`,
    ).test(ref);
  return include.some(matches) && !exclude.some(matches);
}
