import type { Configuration } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { defaultBranchOf, judgeHotfix } from '../../src/domain/hotfix/branch.ts';
import { skippedBy } from '../../src/domain/hotfix/way.ts';
import { code, text } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { judgeTrust } from '../../src/domain/trust.ts';
import type { PullRequest, PullRequests } from '../../src/ports/pull-requests.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

export interface BackMergeWorld {
  readonly configuration: Configuration;
  readonly event: WorkflowEvent;
  readonly pullRequests: PullRequests;
}

type Result = Outcome<Outputs<typeof contract>>;

/** Opens the pull request that a hotfix owes, once. */
export async function backMerge(
  inputs: Inputs<typeof contract>,
  { configuration, event, pullRequests }: BackMergeWorld,
): Promise<Result> {
  const right = judgeHotfix(event, judgeTrust(event), configuration.hotfix);
  const into = defaultBranchOf(event);
  if (right.kind === 'none' || into === undefined) {
    return {
      kind: 'refused',
      reason: 'NOT_A_HOTFIX',
      headline: `Nothing is brought back: ${right.why}`,
      next: right.kind === 'none' ? right.next : 'Run this in hotfix.yml only.',
      outputs: {},
      summary: '',
    };
  }
  const way = { from: right.branch, into };
  const known = await pullRequests.newest(way);
  // Of an older one that was merged or closed, the branch has gone on since.
  const standing = known && (known.state === 'open' || known.head === event.sha) ? known : undefined;
  const found =
    standing ?? (await pullRequests.open({ ...way, ...words(inputs.version, way, configuration, event) }));
  const outputs = { url: found?.url, state: found?.state ?? 'none' };
  if (found?.state === 'closed') {
    return {
      kind: 'refused',
      reason: 'BACK_MERGE_CLOSED',
      headline: `${inputs.version} is live, and #${found.number}, which brings it back to ${into}, was closed without a merge`,
      next: `Open #${found.number} again and merge it, or bring the fix to ${into} in another way: until then no normal release goes to production.`,
      outputs,
      summary: '',
    };
  }
  return {
    kind: 'done',
    headline: headlineOf(found, inputs.version, into),
    outputs,
    summary: found?.state === 'open' ? OWED : '',
  };
}

const OWED =
  'Merge it with a merge commit. Until the fix is on the default branch, the next normal release is kept out of production.';

function headlineOf(found: PullRequest | undefined, version: string, into: string): string {
  if (!found) return `${into} has everything that ${version} has: nothing to bring back`;
  return found.state === 'merged'
    ? `#${found.number} brought ${version} back to ${into} already`
    : `#${found.number} brings ${version} back to ${into}: ${found.url}`;
}

/** On a page that others read and click: all that comes from the branch is text there and nothing else. */
function words(
  version: string,
  { from, into }: { from: string; into: string },
  configuration: Configuration,
  event: WorkflowEvent,
) {
  const skipped = skippedBy(configuration);
  return {
    title: `Back-merge hotfix ${version}`,
    body: [
      `**${text(configuration.app)} ${text(version)}** is live in production as a hotfix, released from ${code(from)} at ${code(event.sha.slice(0, 7))} by [this run](${event.run.url}).`,
      `This brings it back to ${code(into)}. **Merge it with a merge commit**, soon: until its fix is there, Airlock keeps the next normal release out of production.`,
      `Skipped on the short way: ${skipped.length === 0 ? 'nothing' : skipped.map(code).join(', ')}.`,
      'GitHub starts no workflow for a pull request that a workflow opened. To have it checked, close it and open it again.',
    ].join('\n\n'),
  };
}
