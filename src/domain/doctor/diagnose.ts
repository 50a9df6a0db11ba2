import type { Location } from '../failure.ts';
import type { Facts } from './facts.ts';
import type { Fix, Rule, Severity, Sighting, Weight } from './rule.ts';
import { actionsAllowed } from './rules/actions-allowed.ts';
import { actionsPinned } from './rules/actions-pinned.ts';
import { airlockPinned } from './rules/airlock-pinned.ts';
import { approvalRequired } from './rules/approval-required.ts';
import { approveCaller } from './rules/approve-caller.ts';
import { branchHistory } from './rules/branch-history.ts';
import { branchReviews } from './rules/branch-reviews.ts';
import { bypass } from './rules/bypass.ts';
import { commandCaller } from './rules/command-caller.ts';
import { environmentAdminBypass } from './rules/environment-admin-bypass.ts';
import { environmentBranches } from './rules/environment-branches.ts';
import { environmentExists } from './rules/environment-exists.ts';
import { environmentPlan } from './rules/environment-plan.ts';
import { environmentReviewers } from './rules/environment-reviewers.ts';
import { environmentSelfReview } from './rules/environment-self-review.ts';
import { environmentsMatch } from './rules/environments-match.ts';
import { hotfixBranches } from './rules/hotfix-branches.ts';
import { laneClash } from './rules/lane-clash.ts';
import { permissionsMissing } from './rules/permissions-missing.ts';
import { permissionsStated } from './rules/permissions-stated.ts';
import { permissionsWide } from './rules/permissions-wide.ts';
import { pullRequestTarget } from './rules/pull-request-target.ts';
import { runnerVersion } from './rules/runner-version.ts';
import { secretsInherit } from './rules/secrets-inherit.ts';
import { secretsLevel } from './rules/secrets-level.ts';
import { sideDoors } from './rules/side-doors.ts';
import { tagProtection } from './rules/tag-protection.ts';
import { tokenApproves } from './rules/token-approves.ts';
import { tokenDefault } from './rules/token-default.ts';

/** Every question, in the order in which they are told: gates, code, Actions, workflows. */
export const RULES: readonly Rule[] = [
  environmentExists,
  environmentReviewers,
  environmentSelfReview,
  environmentAdminBypass,
  environmentBranches,
  environmentPlan,
  approvalRequired,
  secretsLevel,
  branchReviews,
  branchHistory,
  tagProtection,
  hotfixBranches,
  bypass,
  tokenDefault,
  tokenApproves,
  actionsAllowed,
  runnerVersion,
  sideDoors,
  environmentsMatch,
  actionsPinned,
  airlockPinned,
  permissionsStated,
  permissionsMissing,
  permissionsWide,
  pullRequestTarget,
  secretsInherit,
  laneClash,
  approveCaller,
  commandCaller,
];

/** One answer to one question. */
export interface Finding {
  /** The rule's. */
  readonly id: string;
  readonly severity: Severity;
  /** What the severity would be if the answer were no. */
  readonly weight: Weight;
  /** What was looked at: an environment, a branch, a file. */
  readonly about: string;
  readonly what: string;
  readonly why: string;
  /** Absent where nothing is to be mended. */
  readonly fix?: Fix;
  readonly at?: Location;
}

const ORDER: readonly Severity[] = ['open', 'unknown', 'warn', 'ok'];

/** Asks every question, and puts what needs somebody first. */
export function diagnose(facts: Facts, rules: readonly Rule[] = RULES): readonly Finding[] {
  const repository = `${facts.repository.owner}/${facts.repository.name}`;
  const findings = rules.flatMap((rule) =>
    rule.look(facts).map((sighting) => find(rule, sighting, repository)),
  );
  return findings.sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
}

function find(rule: Rule, sighting: Sighting, repository: string): Finding {
  const { answer, about, what, at, command } = sighting;
  const fix = sighting.fix ?? {
    ...rule.fix({ repository, about }),
    ...(command === undefined ? {} : { command }),
  };
  const weight = sighting.weight ?? rule.weight;
  return {
    id: rule.id,
    severity: answer === 'no' ? weight : answer,
    weight,
    about,
    what,
    why: rule.why,
    ...(answer === 'ok' ? {} : { fix }),
    ...(at === undefined ? {} : { at }),
  };
}

/** What a diagnosis comes to, when everything of this weight and above counts. */
export type Verdict = 'open' | 'unknown' | 'sound';

/** Something open outweighs everything; what could not be told is never sound. */
export function verdictOf(findings: readonly Finding[], from: Weight): Verdict {
  const counted = findings.filter(({ weight }) => weight === 'open' || from === 'warn');
  if (counted.some(({ severity }) => severity === 'open' || severity === 'warn')) return 'open';
  return counted.some(({ severity }) => severity === 'unknown') ? 'unknown' : 'sound';
}

/** How many of each severity there are. */
export const countsOf = (findings: readonly Finding[]): Readonly<Record<Severity, number>> => {
  const counts = { open: 0, unknown: 0, warn: 0, ok: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
};
