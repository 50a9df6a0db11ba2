import type { Configuration } from '../configuration.ts';
import type { Location } from '../failure.ts';

/** What was asked of GitHub, or why there is no answer. No answer is never a good one. */
export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | {
      readonly kind: 'unread';
      readonly why: string;
      /** What a token must be allowed to get the answer, as GitHub calls it; undefined when it is not that. */
      readonly needs: string | undefined;
    };

/** Everything the doctor judges by. */
export interface Facts {
  readonly repository: { readonly owner: string; readonly name: string };
  readonly configuration: Configuration;
  readonly settings: SettingsFacts;
  /** Every file in `.github/workflows` of the checkout. */
  readonly workflows: readonly WorkflowFile[];
}

/** How the repository is set up on GitHub; one read each, so that one closed door hides one answer. */
export interface SettingsFacts {
  readonly repository: Read<RepositoryFacts>;
  /** Name of the owner's plan, such as `team` or `enterprise`. */
  readonly plan: Read<string>;
  readonly administrators: Read<readonly string[]>;
  /** The environments that were asked for. */
  readonly environments: readonly EnvironmentFacts[];
  readonly protectedBranches: Read<readonly string[]>;
  /** Paths of the workflow files that the default branch has. */
  readonly defaultWorkflows: Read<readonly string[]>;
  /** Classic protection of the default branch; undefined where there is none. */
  readonly branchProtection: Read<BranchProtection | undefined>;
  /** Rulesets that are enforced, of the repository and of those above it. */
  readonly rulesets: Read<readonly Ruleset[]>;
  readonly actions: Read<ActionsPolicy>;
  readonly workflowToken: Read<{ readonly access: 'read' | 'write'; readonly mayApprove: boolean }>;
  /** Names of secrets that every workflow of the repository can read. */
  readonly repositorySecrets: Read<readonly string[]>;
  readonly organizationSecrets: Read<readonly string[]>;
  readonly runners: Read<readonly RunnerFacts[]>;
}

export interface RepositoryFacts {
  readonly visibility: 'public' | 'private' | 'internal';
  readonly ownerKind: 'organization' | 'user';
  readonly defaultBranch: string;
}

export interface EnvironmentFacts {
  readonly name: string;
  /** Undefined where GitHub has no environment of that name. */
  readonly gate: Read<Gate | undefined>;
  /** Who may enter under a policy of its own; empty under any other. */
  readonly policies: Read<readonly BranchPolicy[]>;
}

export interface Gate {
  readonly reviewers: readonly Reviewer[];
  readonly preventsSelfReview: boolean;
  readonly waitMinutes: number;
  readonly branches: 'all' | 'protected' | 'custom';
  /** Undefined where GitHub does not say. */
  readonly adminsMayBypass: boolean | undefined;
}

export interface Reviewer {
  readonly type: 'User' | 'Team';
  readonly id: number;
  readonly name: string;
}

export interface BranchPolicy {
  readonly name: string;
  readonly type: 'branch' | 'tag';
}

export interface BranchProtection {
  readonly reviews: boolean;
  /** Who may merge without a review. */
  readonly reviewBypass: readonly string[];
  readonly bindsAdmins: boolean;
  readonly forcePushes: boolean;
  readonly deletions: boolean;
}

export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly target: 'branch' | 'tag';
  readonly isOrganizations: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Types of its rules: `pull_request`, `deletion`, … */
  readonly rules: readonly string[];
  /** Who may go around it, in words; undefined where GitHub does not say. */
  readonly bypass: readonly string[] | undefined;
}

export interface ActionsPolicy {
  readonly isEnabled: boolean;
  readonly allowed: 'all' | 'local_only' | 'selected' | undefined;
  readonly requiresShaPins: boolean | undefined;
}

export interface RunnerFacts {
  readonly name: string;
  readonly labels: readonly string[];
  readonly version: string | undefined;
}

export type WorkflowFile =
  | { readonly kind: 'read'; readonly workflow: Workflow }
  | { readonly kind: 'unread'; readonly file: string; readonly why: string };

/** A workflow as its file says it; expressions stand as they are written. */
export interface Workflow {
  readonly file: string;
  /** As GitHub shows it: the file's path where it says none. */
  readonly name: string;
  /** Names of events. */
  readonly events: readonly string[];
  /** What an event is limited to, by its name; nothing for one that is not. */
  readonly limits: Readonly<Record<string, EventLimits>>;
  /** Whether pushing a tag starts it. */
  readonly startsByTag: boolean;
  readonly permissions: Permissions | undefined;
  readonly concurrency: Concurrency | undefined;
  readonly jobs: readonly Job[];
}

export interface EventLimits {
  /** Its `types:`; undefined for GitHub’s own choice. */
  readonly types: readonly string[] | undefined;
  /** Of `workflow_run`: names of the workflows whose runs it follows. */
  readonly workflows: readonly string[];
}

export type Permissions = 'read-all' | 'write-all' | Readonly<Record<string, string>>;

export interface Concurrency {
  readonly group: string;
  readonly cancels: boolean;
}

export interface Job {
  readonly id: string;
  readonly at: Location;
  readonly permissions: Permissions | undefined;
  readonly concurrency: Concurrency | undefined;
  readonly environment: string | undefined;
  /** Labels it asks for, or hands to the workflow it calls. */
  readonly runsOn: readonly string[];
  /** The reusable workflow it calls. */
  readonly calls: Use | undefined;
  readonly inheritsSecrets: boolean;
  readonly steps: readonly Use[];
}

/** What stands behind a `uses:`. */
export interface Use {
  readonly text: string;
  readonly at: Location;
}
