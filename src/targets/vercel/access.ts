import * as z from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { Access } from '../../ports/target.ts';
import { readAnswer, type VercelContext } from './context.ts';
import { path } from './request.ts';

const BYPASS_HEADER = 'x-vercel-protection-bypass';
const TRUSTED_SOURCE_HEADER = 'x-vercel-trusted-oidc-idp-token';
const SECRET = 'VERCEL_AUTOMATION_BYPASS_SECRET';

const protection = z.object({
  ssoProtection: z.object({ deploymentType: z.string() }).nullish(),
  passwordProtection: z.unknown().optional(),
});

/**
 * How checks get past Deployment Protection, as the settings say.
 *
 * @throws Failure IDENTITY_TOKEN_MISSING, as `VercelApi.send`
 */
export async function vercelAccessHeaders(context: VercelContext, signal: AbortSignal): Promise<Access> {
  return {
    headers: await headersFor(context, signal),
    // Only production has Rolling Releases; without one under way Vercel pays no heed to it.
    ...(context.environment.kind === 'production' && { canaryQuery: { vcrrForceCanary: 'true' } }),
  };
}

async function headersFor(context: VercelContext, signal: AbortSignal): Promise<Access['headers']> {
  const { settings, host } = context;
  if (settings.protection === 'none') return {};
  if (settings.protection === 'oidc') {
    return { [TRUSTED_SOURCE_HEADER]: await host.identityToken(audienceOf(context), signal) };
  }
  const secret = host.variables[SECRET]?.trim();
  if (secret) {
    host.log.mask(secret);
    return { [BYPASS_HEADER]: secret };
  }
  if (await isProtected(context, signal)) {
    host.log.warning(
      `Deployment Protection is on for this project, and ${SECRET} is empty: checks of the deployment's own address will see status 401. Make a secret in the project under Settings → Deployment Protection → Protection Bypass for Automation and add it to the GitHub environment; or set \`protection: oidc\` for the target in airlock.yml.`,
    );
  }
  return {};
}

/**
 * GitHub's own default, which Vercel's guide for Trusted Sources leaves as it is: the address of the
 * repository's owner.
 */
function audienceOf({ host: { variables } }: VercelContext): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY_OWNER: owner } = variables;
  if (server && owner) return `${server}/${owner}`;
  throw new Failure(
    'IDENTITY_TOKEN_MISSING',
    'There is no identity token of this job: its owner is not known, since this is not a GitHub Actions job.',
    'Run it in a workflow, or set `protection: secret` for the target in airlock.yml.',
  );
}

async function isProtected({ api, settings }: VercelContext, signal: AbortSignal): Promise<boolean> {
  const { body } = await api.send({ method: 'GET', path: path`/v9/projects/${settings.project}` }, signal);
  const { ssoProtection, passwordProtection } = readAnswer(protection, body, 'the project');
  return ssoProtection != null || passwordProtection != null;
}
