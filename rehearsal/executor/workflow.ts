import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import type { Home } from './home.ts';
import type { Permissions } from './run-service.ts';

/** One workflow file, checked against GitHub's schema, with the workflows it calls. */
export interface Workflow {
  readonly home: Home;
  readonly path: string;
  readonly name: string;
  readonly runName: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly permissions: DeclaredPermissions | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly defaults: RunDefaults;
  /** Names under `on:`. */
  readonly events: ReadonlySet<string>;
  readonly dispatch: readonly InputDeclaration[];
  /** Its interface for callers; undefined when it has no `on.workflow_call`. */
  readonly call: CallInterface | undefined;
  readonly jobs: ReadonlyMap<string, Job>;
}

export interface CallInterface {
  readonly inputs: readonly InputDeclaration[];
  readonly secrets: readonly { readonly name: string; readonly required: boolean }[];
  readonly outputs: readonly { readonly name: string; readonly value: TemplateToken }[];
}

export interface InputDeclaration {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'choice' | 'environment';
  readonly required: boolean;
  readonly default: TemplateToken | undefined;
  readonly options: readonly string[];
}

/** What a `permissions:` key says, with where it stands. What it does not name is `none`. */
export interface DeclaredPermissions {
  readonly permissions: Permissions;
  readonly line: number;
}

export interface RunDefaults {
  readonly shell: TemplateToken | undefined;
  readonly workingDirectory: TemplateToken | undefined;
}

export type Job = StepsJob | CallJob;

interface AnyJob {
  readonly id: string;
  readonly line: number;
  readonly name: TemplateToken | undefined;
  readonly needs: readonly string[];
  readonly if: TemplateToken | undefined;
  readonly strategy: Strategy | undefined;
  readonly permissions: DeclaredPermissions | undefined;
  readonly concurrency: TemplateToken | undefined;
}

export interface StepsJob extends AnyJob {
  readonly kind: 'steps';
  readonly runsOn: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly environment: TemplateToken | undefined;
  readonly outputs: TemplateToken | undefined;
  readonly defaults: RunDefaults;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly steps: readonly Step[];
}

export interface CallJob extends AnyJob {
  readonly kind: 'call';
  readonly uses: string;
  readonly with: TemplateToken | undefined;
  readonly secrets: 'inherit' | TemplateToken | undefined;
  readonly callee: Workflow;
}

export interface Strategy {
  readonly matrix: TemplateToken | undefined;
  readonly failFast: TemplateToken | undefined;
  readonly maxParallel: TemplateToken | undefined;
}

/** A step of a job or of a composite action. */
export interface Step {
  /** The `id:` that was written. */
  readonly id: string | undefined;
  readonly line: number;
  readonly name: TemplateToken | undefined;
  readonly if: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly work: RunWork | UsesWork;
}

export interface RunWork {
  readonly kind: 'run';
  readonly script: TemplateToken;
  readonly shell: TemplateToken | undefined;
  readonly workingDirectory: TemplateToken | undefined;
}

export interface UsesWork {
  readonly kind: 'uses';
  readonly uses: string;
  readonly with: TemplateToken | undefined;
}
