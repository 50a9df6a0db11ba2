import type { TargetHost } from '../../../src/ports/target.ts';
import type { VercelAnswer, VercelApi } from '../../../src/targets/vercel/api.ts';
import { environmentNamed, type VercelContext } from '../../../src/targets/vercel/context.ts';
import type { VercelRequest } from '../../../src/targets/vercel/request.ts';
import { vercelSettings } from '../../../src/targets/vercel/settings.ts';

/** A context whose Vercel answers what the test says, by `METHOD /path`. What it does not know throws. */
export function stubContext(
  answers: Readonly<Record<string, unknown>>,
  {
    environment = 'production',
    settings = {},
    variables = {},
  }: {
    readonly environment?: string;
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly variables?: TargetHost['variables'];
  } = {},
): { context: VercelContext; requests: VercelRequest[]; lines: string[]; masked: string[] } {
  const requests: VercelRequest[] = [];
  const lines: string[] = [];
  const masked: string[] = [];
  const clock = { now: () => new Date(0), sleep: async () => {} };
  const api: VercelApi = {
    access: { token: 'vercel-token', team: 'acme', apiUrl: 'https://api.vercel.com', clock },
    scheme: 'https:',
    account: { slug: 'acme' },
    async send(request): Promise<VercelAnswer> {
      requests.push(request);
      const body = answers[`${request.method} ${request.path}`];
      if (body === undefined) throw new Error(`Nobody answers ${request.method} ${request.path}.`);
      return { status: 200, body };
    },
  };
  const write = (message: string) => void lines.push(message);
  const host: TargetHost = {
    app: 'shop',
    environment,
    url: undefined,
    serve: undefined,
    variables,
    clock,
    log: {
      info: write,
      debug: write,
      warning: write,
      error: write,
      group: (_title, work) => work(),
      mask: (secret) => void masked.push(secret),
    },
    identityToken: async (audience) => `token for ${audience}`,
  };
  const project = { id: 'prj_1', name: 'shop', accountId: 'team_1' };
  const context: VercelContext = {
    api,
    settings: vercelSettings.parse({ project: 'shop', ...settings }),
    host,
    environment: environmentNamed(environment),
    project: async () => project,
    projectId: async () => project.id,
  };
  return { context, requests, lines, masked };
}
