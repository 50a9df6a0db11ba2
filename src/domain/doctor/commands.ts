import type { Gate } from './facts.ts';

/** A word of a shell's command line that stays one word, whatever stands in it. */
export const shellWord = (text: string): string =>
  /^[\w./:=@%+~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Address of an environment in GitHub's API. */
export const environmentPath = (repository: string, name: string): string =>
  shellWord(`repos/${repository}/environments/${encodeURIComponent(name)}`);

/** Somebody for a person to name. */
export const SOME_TEAM = { type: 'Team', id: 'TEAM_ID' } as const;

/**
 * Changes part of an environment's gate. GitHub replaces the whole gate, so that the command carries what
 * was read as well: what is not to change stays.
 */
export function gateCommand(
  repository: string,
  name: string,
  gate: Gate,
  change: Partial<Pick<Gate, 'preventsSelfReview' | 'branches'>> & { readonly withTeam?: true },
): string {
  const { reviewers, waitMinutes, preventsSelfReview, branches } = { ...gate, ...change };
  const body = {
    wait_timer: waitMinutes,
    prevent_self_review: preventsSelfReview,
    reviewers: [
      ...reviewers.map(({ type, id }) => ({ type, id })),
      ...(change.withTeam === true ? [SOME_TEAM] : []),
    ],
    deployment_branch_policy:
      branches === 'all'
        ? null
        : { protected_branches: branches === 'protected', custom_branch_policies: branches === 'custom' },
  };
  const json = JSON.stringify(body).replace('"TEAM_ID"', 'TEAM_ID');
  return `echo '${json}' | gh api -X PUT ${environmentPath(repository, name)} --input -`;
}
