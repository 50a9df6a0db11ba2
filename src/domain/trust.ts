import type { WorkflowEvent } from './event.ts';
import { isRecord } from './json-path.ts';

/** Whether the event that started a run may carry a release into environments; how far, `routes:` says. */
export type Trust =
  /** The repository's own people or schedule started it: it may enter environments. */
  | { readonly kind: 'enters'; readonly why: string }
  /** It may build and check; it enters no environment. */
  | { readonly kind: 'checks-only'; readonly why: string; readonly isFork: boolean }
  | {
      readonly kind: 'refused';
      readonly reason: 'PULL_REQUEST_TARGET' | 'FORK_RUN' | 'EVENT_UNTRUSTED';
      readonly why: string;
      readonly next: string;
    };

/**
 * The one place that says which events may go how far. Everything that is not named here is refused:
 * GitHub has dozens of events, and strangers can cause many of them.
 */
export function judgeTrust(event: WorkflowEvent): Trust {
  switch (event.name) {
    case 'workflow_dispatch':
    case 'repository_dispatch':
      return enters(`\`${event.name}\` needs write access to this repository`);
    case 'schedule':
      return enters('the schedule runs the default branch');
    case 'release':
      return event.refType === 'tag'
        ? enters('publishing a release needs write access to this repository')
        : checksOnly('the release event names no tag');
    case 'push':
      return enters('a push needs write access to this repository');
    case 'merge_group':
      return checksOnly('a merge queue asks for checks; its push to the branch deploys');
    case 'pull_request':
      return judgePullRequest(event);
    case 'workflow_run':
      return judgeWorkflowRun(event);
    case 'pull_request_target':
      return {
        kind: 'refused',
        reason: 'PULL_REQUEST_TARGET',
        why: '`pull_request_target` gives a stranger’s pull request this repository’s secrets',
        next: 'Start the pipeline on `pull_request` for checks, and on `push` for deployments.',
      };
    default:
      return untrusted(
        event.name,
        'is not one of the events that may deploy: many events can be caused by anyone',
      );
  }
}

/** A pull request of this very repository: its run may have a preview beside the checks, and nothing else. */
export interface OwnPullRequest {
  readonly number: number;
  /** Newest commit of its branch: not the one that is built, which is the merge into its base. */
  readonly head: string;
}

/** What a run may do with previews. */
export type PreviewRight =
  | { readonly kind: 'deploys' | 'cleans-up'; readonly pullRequest: OwnPullRequest; readonly why: string }
  | { readonly kind: 'none'; readonly why: string };

/** Whether the event says that a pull request, of anybody, was closed: there is nothing to build any more. */
export const isClosing = (event: WorkflowEvent): boolean =>
  event.name === 'pull_request' && at(event.payload, 'action') === 'closed';

/** Whether a run may have a preview: only that of an open pull request of this repository. */
export function judgePreview(event: WorkflowEvent): PreviewRight {
  const none = (why: string): PreviewRight => ({ kind: 'none', why });
  if (event.name !== 'pull_request') return none('only a pull request has a preview');
  if (!isThisRepository(event, at(event.payload, 'pull_request', 'head', 'repo')))
    return none('GitHub gives a fork’s run no secrets: built and checked only');
  const number = at(event.payload, 'pull_request', 'number');
  const head = at(event.payload, 'pull_request', 'head', 'sha');
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1)
    return none('the event does not say which pull request it is');
  if (typeof head !== 'string' || !/^[0-9a-f]{40}$/.test(head))
    return none('the event does not say which commit the pull request has');
  const pullRequest = { number, head };
  if (isClosing(event)) return { kind: 'cleans-up', pullRequest, why: 'the pull request is closed' };
  if (event.actor === 'dependabot[bot]')
    return none('GitHub gives Dependabot’s runs no secrets: built and checked only');
  return { kind: 'deploys', pullRequest, why: 'a pull request of this repository has a preview' };
}

function judgePullRequest(event: WorkflowEvent): Trust {
  // The head repository is null when a fork was deleted: then it is not this one.
  if (isThisRepository(event, at(event.payload, 'pull_request', 'head', 'repo'))) {
    return checksOnly('a pull request is checked; its merge deploys');
  }
  return { kind: 'checks-only', isFork: true, why: 'the pull request comes from a fork' };
}

/** Events after which a run of this repository may go on to deploy. */
const ORIGINS_THAT_ENTER: ReadonlySet<unknown> = new Set([
  'push',
  'workflow_dispatch',
  'repository_dispatch',
  'schedule',
  'release',
]);

function judgeWorkflowRun(event: WorkflowEvent): Trust {
  if (!isThisRepository(event, at(event.payload, 'workflow_run', 'head_repository'))) {
    return {
      kind: 'refused',
      reason: 'FORK_RUN',
      why: 'the run that this one follows came from a fork',
      next: 'Merge the change; the push to the default branch deploys it.',
    };
  }
  if (!ORIGINS_THAT_ENTER.has(at(event.payload, 'workflow_run', 'event')))
    return untrusted('workflow_run', 'follows a run whose own event may not deploy');
  return at(event.payload, 'workflow_run', 'conclusion') === 'success'
    ? enters('it follows a trusted run of this repository that went well')
    : checksOnly('the run that this one follows did not go well');
}

/** Compared with what the runner says, never with another part of the payload. */
function isThisRepository(event: WorkflowEvent, candidate: unknown): boolean {
  const name = at(candidate, 'full_name');
  const own = `${event.repository.owner}/${event.repository.name}`;
  return typeof name === 'string' && name.toLowerCase() === own.toLowerCase();
}

const enters = (why: string): Trust => ({ kind: 'enters', why });

const checksOnly = (why: string): Trust => ({ kind: 'checks-only', why, isFork: false });

const untrusted = (name: string, why: string): Trust => ({
  kind: 'refused',
  reason: 'EVENT_UNTRUSTED',
  why: `\`${name}\` ${why}`,
  next: 'Start the pipeline on `push`, `workflow_dispatch`, `schedule` or `release`.',
});

function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const step of path) here = isRecord(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  return here;
}
