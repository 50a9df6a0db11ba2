import {
  defaultBranchHead,
  isAncestor,
  type Repository,
  requireWholeHistory,
} from '../../src/cycle/history.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { Failure } from '../../src/domain/failure.ts';
import { defaultBranchOf } from '../../src/domain/hotfix/branch.ts';

export interface Unmerged {
  readonly reason: 'TAG_NOT_MERGED' | 'NOT_MERGED';
  readonly why: string;
  readonly next: string;
}

/**
 * Why a run goes nowhere that a tag started, or not by hand into the last environment: the default branch does
 * not have its commit. Anybody who may push can put a tag on a commit that nobody merged or start a workflow on
 * it, and the airlock.yml there says what its author likes. So no rule of that file can be an excuse.
 *
 * @param to the environment to enter, or the last one that the run would enter
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED, DEFAULT_BRANCH_MISSING
 */
export async function unmerged(
  repository: Repository,
  { event, configuration }: { readonly event: WorkflowEvent; readonly configuration: Configuration },
  to: string | undefined,
  commit: string,
): Promise<Unmerged | undefined> {
  const isByHand = event.name === 'workflow_dispatch' || event.name === 'repository_dispatch';
  const names = configuration.environments.map(({ name }) => name);
  const isAsked = isByHand ? to === names.at(-1) : event.refType === 'tag';
  if (!isAsked || to === undefined) return undefined;
  const main = defaultBranchOf(event);
  if (main !== undefined && (await isMerged(repository, main, commit))) return undefined;
  const why =
    main === undefined
      ? 'the event does not say which branch is the default one'
      : `${commit.slice(0, 7)} is not in ${main}`;
  const name = event.ref.replace(/^refs\/(heads|tags)\//, '');
  if (!isByHand) {
    const next = 'Merge the commit, or tag one that is merged.';
    return { reason: 'TAG_NOT_MERGED', why: `${name} goes nowhere: ${why}`, next };
  }
  const before = names.at(-2);
  return {
    reason: 'NOT_MERGED',
    why: `${name} does not go to ${to} by hand: ${why}`,
    next: before === undefined ? 'Merge it first.' : `Merge it first, or go less far: \`until: ${before}\`.`,
  };
}

/** What would end a run before any gate is asked: `reason` is the code of a refusal, or of an error. */
export type WouldEnd = Omit<Unmerged, 'reason'> & { readonly reason: string };

/** The same, where it is only asked: what cannot be told would end the run, and ends no question. */
export async function wouldEnd(...question: Parameters<typeof unmerged>): Promise<WouldEnd | undefined> {
  try {
    return await unmerged(...question);
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'CANCELLED') throw error;
    return { reason: error.code, why: error.message, next: error.next };
  }
}

async function isMerged(repository: Repository, main: string, commit: string): Promise<boolean> {
  await requireWholeHistory(repository);
  return isAncestor(repository, commit, await defaultBranchHead(repository, main));
}
