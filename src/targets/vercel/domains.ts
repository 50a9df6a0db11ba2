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
      createdAt: z.number().default(0),
    }),
  ),
  pagination: z.object({ next: z.number().nullish() }).nullish(),
});

/** Hundreds of domains: more are read at no look. */
const MOST_PAGES = 10;

const aliasAnswer = z.object({ deploymentId: z.string().nullish() });

/** Domain → the deployment that it really shows; nothing for one that shows none. */
export type Holders = ReadonlyMap<string, string | undefined>;

/**
 * The domains by which visitors come to this environment; the one of `url:` first, then the oldest. Production has those of
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
  const own = host.url === undefined ? [] : [new URL(host.url).host];
  if (environment.kind === 'preview') return own;
  const [all, { customEnvironments }] = await Promise.all([listDomains({ api, settings }, signal), project]);
  const customId =
    environment.kind === 'production'
      ? null
      : (customEnvironments.find((one) => [one.slug, one.id].includes(environment.slug))?.id ?? undefined);
  const names = all
    .filter(
      (one) =>
        one.verified && !one.redirect && !one.gitBranch && (one.customEnvironmentId ?? null) === customId,
    )
    .sort((one, other) => one.createdAt - other.createdAt)
    .map(({ name }) => name);
  if (names.length === 0 && environment.kind !== 'production') return own;
  return names.sort((one, other) => Number(own.includes(other)) - Number(own.includes(one)));
}

type ProjectDomain = z.output<typeof domainPage>['domains'][number];

async function listDomains(
  { api, settings }: Pick<VercelContext, 'api' | 'settings'>,
  signal: AbortSignal,
): Promise<readonly ProjectDomain[]> {
  const found: ProjectDomain[] = [];
  let until: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const where = path`/v9/projects/${settings.project}/domains`;
    const { body } = await api.send({ method: 'GET', path: where, query: { limit: '100', until } }, signal);
    const { domains, pagination } = readAnswer(domainPage, body, 'the domains of the project');
    found.push(...domains);
    if (!pagination?.next) break;
    until = String(pagination.next);
  }
  return found;
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
