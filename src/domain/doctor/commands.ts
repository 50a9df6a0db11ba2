import type { Facts, Gate } from './facts.ts';
import { allowsSelfApproval } from './places.ts';

/** A word of a shell's command line that stays one word, whatever stands in it. */
export const shellWord = (text: string): string =>
  /^[\w./:=@%+~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Address of an environment in GitHub's API. */
export const environmentPath = (repository: string, name: string): string =>
  shellWord(`repos/${repository}/environments/${encodeURIComponent(name)}`);

/**
 * Mends all of an environment's gate that GitHub's API can set. GitHub replaces a whole gate, so that a
 * command for one part of it would undo the command for another: there is one for all of them. What is in
 * order already, such as reviewers and a wait timer, is carried along.
 */
export function gateCommand(facts: Facts, name: string, gate: Gate): string {
  const repository = `${facts.repository.owner}/${facts.repository.name}`;
  const path = environmentPath(repository, name);
  const opensBranches = gate.branches === 'all' || (gate.branches === 'protected' && noneIsProtected(facts));
  const isCustom = opensBranches || gate.branches === 'custom';
  const reviewers = JSON.stringify(gate.reviewers.map(({ type, id }) => ({ type, id })));
  const body = {
    wait_timer: gate.waitMinutes,
    prevent_self_review: gate.preventsSelfReview || !allowsSelfApproval(facts, name),
    reviewers: [],
    deployment_branch_policy: { protected_branches: !isCustom, custom_branch_policies: isCustom },
  };
  const json = JSON.stringify(body).replace(
    '"reviewers":[]',
    `"reviewers":${gate.reviewers.length > 0 ? reviewers : '[{"type":"Team","id":TEAM_ID}]'}`,
  );
  const add = (policy: string, type: string) =>
    `gh api -X POST ${path}/deployment-branch-policies -f name=${shellWord(policy)} -f type=${type}`;
  return [
    `echo '${json}' | gh api -X PUT ${path} --input -`,
    ...(opensBranches ? [add(defaultBranchOf(facts), 'branch'), add('v*', 'tag')] : []),
  ].join(' && ');
}

/** Not told counts as none: a policy of one's own is right either way. */
const noneIsProtected = ({ settings: { protectedBranches: read } }: Facts): boolean =>
  read.kind === 'unread' || read.value.length === 0;

const defaultBranchOf = ({ settings: { repository: read } }: Facts): string =>
  read.kind === 'read' ? read.value.defaultBranch : 'main';
