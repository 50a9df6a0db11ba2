/** What started this run, as GitHub says it. Everything in it is data that a stranger may have written. */
export interface WorkflowEvent {
  /** `push`, `workflow_dispatch`, `pull_request`, … */
  readonly name: string;
  readonly repository: { readonly owner: string; readonly name: string };
  /** Full ref: `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`. */
  readonly ref: string;
  readonly refType: 'branch' | 'tag';
  readonly sha: string;
  readonly actor: string;
  /** Who asked for this attempt; differs from `actor` on a rerun. */
  readonly triggeringActor: string;
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  /** The webhook body; shape depends on `name` and is not to be trusted. */
  readonly payload: unknown;
}
