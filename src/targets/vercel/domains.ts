import * as z from 'zod';
import { readAnswer, type VercelContext } from './context.ts';
import type { ProjectState } from './project-state.ts';
import { path } from './request.ts';

const domainPage = z.object({
  domains: z.array(
    z.object({
      name: z.string(),
      redirect: z.string().nullish(),
      gitBranch: z.string().nullish(),
      customEnvironmentId: z.string().nullish(),
      verified: z.boolean().default(true),
    }),
  ),
});

const aliasAnswer = z.object({ deploymentId: z.string().nullish() });

/** Domain → the deployment that it really shows; nothing for one that shows none. */
export type Holders = ReadonlyMap<string, string | undefined>;

/**
 * The domains by which visitors come to this environment; the one of `url:` first. Production has those of
 * the project, a custom environment those given to it. Where Vercel knows none, the host of `url:` is kept
 * as an alias by Airlock; production needs no such thing.
 *
 * @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE
 */
export async function readDomains(
  { api, settings, environment, host }: VercelContext,
  project: Promise<ProjectState>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const query = { limit: '100' };
  const where = path`/v9/projects/${settings.project}/domains`;
  const own = host.url === undefined ? [] : [new URL(host.url).host];
  if (environment.kind === 'preview') return own;
  const [{ body }, { customEnvironments }] = await Promise.all([
    api.send({ method: 'GET', path: where, query }, signal),
    project,
  ]);
  const customId =
    environment.kind === 'production'
      ? null
      : (customEnvironments.find((one) => [one.slug, one.id].includes(environment.slug))?.id ?? undefined);
  const names = readAnswer(domainPage, body, 'the domains of the project')
    .domains.filter(
      (one) =>
        one.verified && !one.redirect && !one.gitBranch && (one.customEnvironmentId ?? null) === customId,
    )
    .map(({ name }) => name);
  if (names.length === 0 && environment.kind !== 'production') return own;
  return names.sort((one, other) => Number(own.includes(other)) - Number(own.includes(one)));
}

/** @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE */
export async function readHolders(
  { api }: VercelContext,
  domains: readonly string[],
  signal: AbortSignal,
): Promise<Holders> {
  const holders = domains.map(async (domain) => {
    const request = { method: 'GET', path: path`/v4/aliases/${domain}`, expects: [404] } as const;
    const { status, body } = await api.send(request, signal);
    if (status === 404) return [domain, undefined] as const;
    return [domain, readAnswer(aliasAnswer, body, `the domain ${domain}`).deploymentId ?? undefined] as const;
  });
  return new Map(await Promise.all(holders));
}
