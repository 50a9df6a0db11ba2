import type { EnvironmentSettings } from '../configuration.ts';
import { type GateAnswer, open, shut, unreadable } from './gate.ts';
import { type Starters, startedByNobody } from './starters.ts';

/** What they did whose commits a release brings, beside what is live. */
export const WROTE = 'wrote a part of it';

/**
 * GitHub's own protection of an environment. `unknown` is an answer that does not say whether somebody
 * must review: no proof that anybody does.
 */
export type Protection =
  | {
      readonly kind: 'known';
      /** Logins and team slugs of which one must say yes; empty when GitHub lets everyone in. */
      readonly reviewers: readonly string[];
      /** Whether the one who started the run may not approve it. */
      readonly preventsSelfReview: boolean;
      /** Refs that may enter. `protected` lets all in while no branch is protected. */
      readonly branches?: 'all' | 'protected' | 'custom';
      /** Whether administrators may skip the gate; absent where GitHub does not say. */
      readonly adminsMayBypass?: boolean;
    }
  | { readonly kind: 'unknown'; readonly why: string };

export interface ApprovalQuestion {
  readonly settings: Pick<EnvironmentSettings, 'name' | 'gates'>;
  readonly protection: Protection;
  /** Logins of those who let this run in. */
  readonly approvers: readonly string[];
  /** Whether an earlier attempt of the run had other files: an approval may have been for those. */
  readonly isRebuilt?: boolean;
  /** Who started it, and logins of those who wrote what is new in it. Not asked where one may approve alone. */
  readonly starters?: Starters | undefined;
  readonly authors?: readonly string[];
  /** Whether the run is still to be asked about: then nobody can have said yes. */
  readonly isAhead: boolean;
}

/**
 * Whether a person really let this run in: GitHub must ask reviewers, as strictly as airlock.yml wants it,
 * and one of them must have said yes. The second is not implied by the first: a job without `environment:`
 * asks nobody, and an administrator can pass by.
 */
export function approvalGate(question: ApprovalQuestion): GateAnswer {
  const { settings, protection, approvers, isAhead } = question;
  const { name, gates } = settings;
  if (gates.approval === 'none') return open('approval', 'airlock.yml asks for none');
  const protect = `Add required reviewers to ${name} under Settings → Environments.`;
  if (protection.kind === 'unknown') return unreadable('approval', protection.why, protect);
  if (protection.reviewers.length === 0) {
    const why = `airlock.yml requires an approval, but GitHub lets everyone into ${name}`;
    return shut('approval', 'NOT_APPROVED', why, protect);
  }
  const hole = holeIn(protection, settings);
  if (hole) return hole;
  const reviewers = protection.reviewers.join(', ');
  if (approvers.length === 0) {
    return shut(
      'approval',
      isAhead ? 'WAITS_FOR_APPROVAL' : 'NOT_APPROVED',
      isAhead
        ? `nobody said yes yet; GitHub asks ${reviewers}`
        : `nobody approved ${name} in this run, though GitHub would ask ${reviewers}`,
      isAhead
        ? 'One of them approves it when its run waits.'
        : `Give the job \`environment: ${name}\`, so that GitHub asks before it starts.`,
    );
  }
  if (question.isRebuilt) {
    return shut(
      'approval',
      'NOT_APPROVED',
      `this run had other files in an earlier attempt, and nobody can tell for which ${name} was approved`,
      'Start a new run. Re-running only the failed jobs of one keeps its files.',
    );
  }
  return gates.selfApproval ? open('approval', `approved by ${approvers.join(', ')}`) : byOthers(question);
}

/** What GitHub's settings leave open that airlock.yml wants shut. */
function holeIn(
  protection: Extract<Protection, { kind: 'known' }>,
  { name, gates }: ApprovalQuestion['settings'],
): GateAnswer | undefined {
  if (gates.preventSelfReview && !protection.preventsSelfReview) {
    return shut(
      'approval',
      'NOT_APPROVED',
      `airlock.yml asks that GitHub prevent self-review, and it lets whoever starts a run approve it for ${name}`,
      `Tick “Prevent self-review” for ${name} under Settings → Environments.`,
    );
  }
  if (gates.branchPolicy && protection.branches !== 'custom') {
    const why =
      protection.branches === 'protected'
        ? `GitHub lets protected branches into ${name}, which is every branch while none is protected`
        : `GitHub lets every branch and tag into ${name}`;
    return shut(
      'approval',
      'NOT_APPROVED',
      `airlock.yml asks for a branch policy, and ${why}`,
      `Choose “Selected branches and tags” for ${name} under Settings → Environments.`,
    );
  }
  if (gates.adminBypass || protection.adminsMayBypass === false) return undefined;
  const next = `Take “Allow administrators to bypass” away from ${name} under Settings → Environments.`;
  return protection.adminsMayBypass
    ? shut(
        'approval',
        'NOT_APPROVED',
        `airlock.yml lets nobody pass by, but GitHub lets administrators into ${name}`,
        next,
      )
    : unreadable('approval', `GitHub does not say whether administrators may pass by ${name}`, next);
}

function byOthers({ settings: { name }, approvers, starters, authors = [] }: ApprovalQuestion): GateAnswer {
  if (starters?.kind !== 'people')
    return startedByNobody(starters ?? { kind: 'unknown', why: 'nobody asked' });
  const roles = new Map(
    [...authors.map((login) => [login, WROTE] as const), ...starters.people].map(([login, role]) => [
      login.toLowerCase(),
      role,
    ]),
  );
  const others = approvers.filter((login) => !roles.has(login.toLowerCase()));
  if (others.length > 0) return open('approval', `approved by ${others.join(', ')}`);
  const who = approvers.map((login) => `${login}, who ${roles.get(login.toLowerCase())}`).join('; ');
  return shut(
    'approval',
    'NOT_APPROVED',
    `${name} was approved only by ${who}`,
    'Start the run again and let somebody approve it who wrote nothing of what is new in it; or set `self-approval: true` in airlock.yml.',
  );
}
