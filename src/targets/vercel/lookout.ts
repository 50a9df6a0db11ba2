import type { VercelContext } from './context.ts';
import { isInEnvironment, listDeployments, type VercelDeployment } from './deployments.ts';
import { type Holders, readDomains, readHolders } from './domains.ts';
import { lookUp } from './find-deployment.ts';
import { META, releaseOf } from './meta.ts';
import { isUnderWay, type ProjectState, readProject } from './project-state.ts';
import { type RollingRelease, readRollingRelease } from './rolling-release.ts';

/** Hundreds of deployments to look back; an older one is asked for by its id. */
const HISTORY_PAGES = 2;

/** What decides who gets the traffic, as it is in this moment. */
export interface Moment {
  readonly project: ProjectState;
  /** The Rolling Release under way. */
  readonly rolling: RollingRelease | undefined;
  readonly holders: Holders;
}

export interface Truth extends Moment {
  /** Those of this environment that were finished, newest first. */
  readonly deployments: readonly VercelDeployment[];
  /** The deployment that visitors meet, but for the share of a canary. */
  readonly live: string | undefined;
}

/** Reads Vercel's truth about one environment. */
export interface Lookout {
  readonly context: VercelContext;
  /** @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE */
  moment(signal: AbortSignal): Promise<Moment>;
  /** @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE */
  truth(signal: AbortSignal): Promise<Truth>;
}

export function openLookout(context: VercelContext): Lookout {
  // Domains are not changed by a deployment: one job asks once.
  let domains: Promise<readonly string[]> | undefined;

  const moment = async (signal: AbortSignal): Promise<Moment> => {
    const project = readProject(context, signal).then(ofEnvironment(context));
    domains ??= readDomains(context, project, signal).catch((error: unknown) => {
      domains = undefined;
      throw error;
    });
    const [state, rolling, holders] = await Promise.all([
      project,
      readRollingRelease(context, signal),
      domains.then((names) => readHolders(context, names, signal)),
    ]);
    return { project: state, rolling, holders };
  };

  return {
    context,
    moment,
    async truth(signal) {
      const [now, listed] = await Promise.all([moment(signal), finished(context, signal)]);
      const live = liveOf(context, now, listed);
      const { lastAliasRequest: job } = now.project;
      const coming = isUnderWay(job) ? job?.toDeploymentId : undefined;
      const named = [live, coming, now.rolling?.base, now.rolling?.canary, now.rolling?.queued];
      const missing = new Set(named.filter((id) => id !== undefined && !listed.some((one) => one.id === id)));
      const older = await Promise.all([...missing].map((id) => lookUp(context, id ?? '', signal)));
      const found = older.filter((one) => one !== undefined);
      const deployments = [...listed, ...found].sort((one, other) => other.createdAt - one.createdAt);
      return { ...now, deployments, live };
    },
  };
}

/** Promotes and rollbacks are production's own: elsewhere domains are pointed at a deployment one by one. */
const ofEnvironment =
  ({ environment }: VercelContext) =>
  (project: ProjectState): ProjectState =>
    environment.kind === 'production'
      ? project
      : { ...project, lastAliasRequest: undefined, production: undefined };

/**
 * Who holds the first domain that anybody holds. Where there is no domain, production is what Vercel takes for
 * it. Of the others visitors come by the address of a deployment only: then it is the newest one of Airlock's,
 * as a branch's own address would show it.
 */
function liveOf(
  { environment, host }: VercelContext,
  { holders, project }: Moment,
  deployments: readonly VercelDeployment[],
): string | undefined {
  if (holders.size > 0) return [...holders.values()].find((holder) => holder !== undefined);
  if (environment.kind === 'production') return project.production;
  return deployments.find(({ readyState, meta }) => readyState === 'READY' && releaseOf(meta, host))?.id;
}

/** What is still being built stands nowhere yet. */
async function finished(context: VercelContext, signal: AbortSignal): Promise<readonly VercelDeployment[]> {
  const { environment, host } = context;
  // Several environments, and every branch of the repository, may share Vercel's one `preview`.
  const meta: Record<string, string> =
    environment.kind === 'preview' ? { [META.app]: host.app, [META.environment]: host.environment } : {};
  const listed = await listDeployments(context, meta, signal, {
    mostPages: HISTORY_PAGES,
    ...(environment.kind === 'production' ? { target: 'production' } : {}),
  });
  return listed.filter(
    (one) =>
      isInEnvironment(context, one) &&
      ['READY', 'ERROR', 'CANCELED', 'BLOCKED'].includes(one.readyState) &&
      Object.entries(meta).every(([key, value]) => one.meta[key] === value),
  );
}
