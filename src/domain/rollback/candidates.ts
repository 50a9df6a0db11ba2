import { type Deployment, isForeign } from '../deployment.ts';
import { goodActivations, isGood } from '../ledger.ts';
import { type Release, type ReleaseIdentity, sameRelease, shortDigest } from '../release.ts';
import { isIt, isKnown, type Known, type Refusal, type RollbackQuestion, refusal } from './question.ts';

/**
 * The ledger knows which were good, and the first of them that the target still has is the one: beside a
 * canary that is the live one itself. Where the ledger knows none, what is live beside a canary is better
 * than the canary, and what somebody else had live is better than what is known to be bad. A canary beside
 * such a one never had its place to give to another.
 */
export function lastGoodDeployment(
  question: RollbackQuestion,
  bad: Deployment | undefined,
): Deployment | Refusal {
  const { live } = question.observed;
  const beside = live && bad && live.id !== bad.id ? live : undefined;
  if (beside && isForeign(beside)) return beside;
  const [kept] = goodDeployments(question, bad);
  if (kept) return kept;
  if (live && isKnown(live) && !(bad && sameRelease(live, bad))) return live;
  const before = bad && isKnown(bad) && foreignBefore(question, bad);
  if (before) return before;
  return refusal(
    'NO_LAST_GOOD',
    `There is nothing to go back to${bad ? ` from ${bad.version}` : ''}: no earlier release that passed its checks is still on the target`,
    'Mend it forward with a new release, or name a deployment with `to`.',
  );
}

/** Deployments of good releases that the target still has, in the order to go back to them. */
export const goodDeployments = (
  { observed, entries }: RollbackQuestion,
  bad: ReleaseIdentity | undefined,
): readonly Known[] =>
  goodActivations(entries, bad).flatMap(({ payload }) => {
    const same = observed.deployments
      .filter(isKnown)
      .filter((one) => sameRelease(one, payload.release) && one.state !== 'failed');
    // A release may be staged twice. The one that was live is the one to go back to: some targets take no other.
    const recorded = same.filter(({ id }) => id === payload.target.deploymentId);
    const inOrder = [...recorded, ...same];
    return inOrder.find(({ state }) => state !== 'staged') ?? inOrder.slice(0, 1);
  });

/**
 * What somebody else had live before Airlock's promotions, as the newest of them recorded it. Only since
 * the last good release: what is older was left for something better.
 */
function foreignBefore(
  { observed, entries }: RollbackQuestion,
  bad: ReleaseIdentity,
): Deployment | undefined {
  const good = goodActivations(entries, bad);
  const since = entries.findIndex((entry) => good.includes(entry));
  return entries
    .slice(0, since === -1 ? entries.length : since)
    .flatMap(({ task, payload: { previous } }) => {
      const was = task !== 'rollback' && previous !== undefined && previous.digest === undefined;
      const isKept = (one: Deployment) => was && isIt(one, previous) && one.state !== 'failed';
      return observed.deployments.find(isKept) ?? [];
    })
    .at(0);
}

/** The deployment that a person named. Going back is no way around the gates: it must have been live. */
export function named(question: RollbackQuestion): Deployment | Refusal {
  const { observed, to } = question;
  const version = to.replace(/^v(?=\d)/, '');
  const meant = observed.deployments.filter(
    ({ id, digest, version: itsVersion }) =>
      id === to ||
      [version, to].includes(itsVersion) ||
      (digest && [digest, shortDigest(digest)].includes(to)),
  );
  const known = meant.filter(isKnown);
  const byId = meant.filter(({ id }) => id === to);
  const [found, ...others] = [byId, known, meant].find(({ length }) => length > 0) ?? [];
  if (!found) {
    return refusal(
      'TARGET_UNKNOWN',
      `The target knows no deployment, version or digest "${to}"`,
      'Choose one from the list of deployments in the environment’s history.',
    );
  }
  if (others.length > 0) {
    return refusal(
      'TARGET_AMBIGUOUS',
      `"${to}" names several deployments: ${[found, ...others].map(({ id }) => id).join(', ')}`,
      'Name the one you mean by its deployment id.',
    );
  }
  return wasLive(question, found)
    ? found
    : refusal(
        'NEVER_LIVE',
        `${found.version} (${found.id}) was never live here, so there is no going back to it`,
        'Release it through the pipeline, whose gates and checks it has not passed.',
      );
}

/**
 * Whether it ever was what is live here: as the target says, or as the ledger does, where it passed or where
 * something found it live and took its place. A canary is on its way there.
 */
const wasLive = ({ observed, entries }: RollbackQuestion, found: Deployment): boolean =>
  found.id === observed.live?.id ||
  found.state === 'superseded' ||
  isGood(entries, found) ||
  entries.some(({ payload: { previous } }) => previous && isIt(found, previous));

/** The whole release from the ledger; where the ledger lost it, what the target itself says of it. */
export function releaseOf(deployment: Known, { app, entries }: RollbackQuestion): Release {
  const recorded = entries.find(({ payload }) => sameRelease(payload.release, deployment));
  const { digest, version, commit, stagedAt } = deployment;
  return recorded?.payload.release ?? { app, version, commit, builtAt: stagedAt, digest };
}
