import type { WorkflowEvent } from '../event.ts';
import { isRecord } from '../json-path.ts';
import type { Trust } from '../trust.ts';
import type { HotfixSettings } from './settings.ts';

/** Whether a run may take the short way. */
export type HotfixRight =
  | {
      readonly kind: 'hotfix';
      readonly branch: string;
      /** Name of the default branch, where it goes back to. */
      readonly main: string;
      readonly why: string;
    }
  | { readonly kind: 'none'; readonly why: string; readonly next: string };

/**
 * A hotfix is a push to one of the branches that are meant for it, or somebody with write access who starts
 * the workflow on one. No other event is: what follows from another run, a schedule or a stranger has its
 * own way.
 */
export function judgeHotfix(event: WorkflowEvent, trust: Trust, settings: HotfixSettings): HotfixRight {
  const patterns = settings.branches.join(', ');
  const none = (why: string, next = `Push the fix to a branch such as ${patterns}.`): HotfixRight => ({
    kind: 'none',
    why,
    next,
  });
  if (trust.kind === 'refused') return none(trust.why, trust.next);
  if (event.name !== 'push' && event.name !== 'workflow_dispatch') {
    return none(
      `a hotfix is pushed or started by hand, and this run was started by \`${event.name}\``,
      'Call hotfix.yml on `push` to the hotfix branches and on `workflow_dispatch` only.',
    );
  }
  const branch = event.refType === 'branch' ? branchOf(event.ref) : undefined;
  if (branch === undefined) return none(`${event.ref} is no branch`);
  const main = defaultBranchOf(event);
  if (main === undefined) return none('the event does not say which branch is the default one');
  if (branch === main) {
    return none(`${main} is the default branch, whose way is the pipeline`);
  }
  if (!settings.branches.some((pattern) => matchesBranch(pattern, branch))) {
    return none(`${branch} is none of the branches for hotfixes (${patterns})`);
  }
  return { kind: 'hotfix', branch, main, why: `${branch} is a branch for hotfixes` };
}

/** A branch's name by its full ref. */
export const branchOf = (ref: string): string | undefined => /^refs\/heads\/(.+)$/s.exec(ref)?.[1];

/** The default branch as the event names it; undefined when it does not. */
export function defaultBranchOf({ payload }: Pick<WorkflowEvent, 'payload'>): string | undefined {
  const repository = isRecord(payload) ? payload.repository : undefined;
  const branch = isRecord(repository) ? repository.default_branch : undefined;
  return typeof branch === 'string' && branch !== '' ? branch : undefined;
}

/** `hotfix/**` is everything below `hotfix/`, `hotfix/*` one level of it; all else is the name itself. */
export function matchesBranch(pattern: string, branch: string): boolean {
  const [, folder, stars] = /^(.*\/)(\*\*?)$/s.exec(pattern) ?? [];
  if (folder === undefined) return branch === pattern;
  const rest = branch.startsWith(folder) ? branch.slice(folder.length) : '';
  return rest !== '' && (stars === '**' || !rest.includes('/'));
}
