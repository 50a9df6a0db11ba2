import type { Deployment, DeploymentState, Observed } from '../../domain/deployment.ts';
import type { ReleaseIdentity } from '../../domain/release.ts';
import { environmentName } from './context.ts';
import { describeDeployment, hasFailed, type VercelDeployment } from './deployments.ts';
import type { Lookout, Truth } from './lookout.ts';
import { releaseOf } from './meta.ts';
import { isUnderWay } from './project-state.ts';

/** What is read, in the words that every target uses. */
export function observedFrom({ context }: Lookout, truth: Truth): Observed {
  const deployments = truth.deployments.map((one): Deployment => {
    const weight = weightOf(truth, one.id);
    const described = describeDeployment(
      context,
      one,
      releaseOf(one.meta, context.host) ?? strangersRelease(one),
    );
    return { ...described, weight, state: stateOf(truth, one, context.environment.kind === 'production') };
  });
  const unsettled = deployments.find(({ id }) => id === unsettledIn(truth));
  return {
    live: deployments.find(({ id }) => id === truth.live),
    ...(unsettled && { unsettled }),
    deployments,
  };
}

/**
 * What production is on its way to, what is queued behind a Rolling Release, or what a request left half way:
 * some domains show it. What somebody pointed a domain at by hand is drift and no more.
 */
function unsettledIn({ project, rolling, holders, live }: Truth): string | undefined {
  const { lastAliasRequest: job } = project;
  if (isUnderWay(job) && job?.toDeploymentId !== live) return job?.toDeploymentId;
  if (rolling?.queued !== undefined) return rolling.queued;
  return [...holders.values()].find((holder) => holder !== live && holder === job?.toDeploymentId);
}

/** Share of the traffic, 0 to 100. */
export function weightOf({ live, rolling }: Truth, id: string): number {
  if (rolling?.canary === id) return rolling.weight;
  return live === id ? 100 - (rolling?.weight ?? 0) : 0;
}

function stateOf(truth: Truth, deployment: VercelDeployment, isProduction: boolean): DeploymentState {
  if (hasFailed(deployment)) return 'failed';
  if (deployment.id === truth.live || deployment.id === truth.rolling?.canary) return 'live';
  // Vercel keeps no record of who held an alias before: the ledger does.
  return isProduction && deployment.readySubstate === 'PROMOTED' ? 'superseded' : 'staged';
}

/** Somebody else than Airlock made it: it is known by its address, and its files are not. */
const strangersRelease = ({ url, meta }: VercelDeployment): ReleaseIdentity => ({
  version: url,
  commit: meta.githubCommitSha ?? meta.gitlabCommitSha ?? meta.bitbucketCommitSha ?? '',
});

/** What is not as Airlock would have left it, each in words for a person. */
export function driftOf({ context }: Lookout, truth: Truth): readonly string[] {
  const { live, rolling, holders, project, deployments } = truth;
  const place = environmentName(context.environment);
  const byId = (id: string | undefined) => deployments.find((one) => one.id === id);
  const isStrange = (one: VercelDeployment | undefined) =>
    one !== undefined && !releaseOf(one.meta, context.host);
  const drift: string[] = [];
  const shown = byId(live);
  if (shown && isStrange(shown))
    drift.push(
      `Live in ${place} is ${shown.url}, which Airlock did not put there: a push, the dashboard or the command line did. Nobody knows its files, and no check of Airlock's passed it.`,
    );
  const canary = byId(rolling?.canary);
  if (rolling && canary && isStrange(canary))
    drift.push(
      `Somebody else started a Rolling Release: ${rolling.weight} % of ${place} goes to ${canary.url}. Airlock does not touch it.`,
    );
  for (const [domain, holder] of holders) {
    if (holder === live) continue;
    drift.push(
      `${domain} shows ${byId(holder)?.url ?? holder ?? 'nothing'}, while ${place} is ${shown?.url ?? 'empty'}.`,
    );
  }
  if (context.environment.kind !== 'production') return drift;
  if (project.rolledBack)
    drift.push(
      'Vercel is rolled back: new builds do not take the production domains by themselves until the next promote.',
    );
  else if (project.autoAssigns && project.linked)
    drift.push(
      'Every push to the production branch goes live by itself, past all gates. Turn off “Auto-assign Custom Production Domains” in the project’s settings, or disconnect the repository.',
    );
  return drift;
}
