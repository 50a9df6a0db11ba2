import { createHash } from 'node:crypto';
import {
  type FakeVercel,
  type FakeVercelOptions,
  type ProjectHandle,
  startFakeVercel,
} from '../../../rehearsal/vercel/fake-vercel.ts';
import type { NewProject } from '../../../rehearsal/vercel/seed.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Loosely typed: what it holds is the test's to say. */
  readonly body: Body;
}

/** JSON that tests look into: a text or a number has no members. */
export interface Body {
  readonly [key: string]: Body | undefined;
}

export interface Scene {
  readonly fake: FakeVercel;
  readonly project: ProjectHandle;
  readonly teamId: string;
  readonly token: string;
  /** A request of the team's, with a full token unless another is given. */
  api(method: string, path: string, body?: unknown, token?: string): Promise<Reply>;
  upload(text: string): Promise<Reply>;
  /** Uploads a page and makes a production deployment of it, beside the live one unless it may take the domains. */
  create(text: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Creates, and waits until it is built. */
  stage(text: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Stages and puts live, with everything settled. */
  live(text: string): Promise<string>;
  /** What visitors of the production domain read. */
  page(path?: string): Promise<string>;
}

export const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

export const TEAM = 'acme';

/** A fake with a team, a project of the team and a token. */
export async function openScene(
  options: FakeVercelOptions = {},
  wanted: Partial<NewProject> & { readonly plan?: 'hobby' | 'pro' | 'enterprise' } = {},
): Promise<Scene> {
  const { plan = 'pro', ...more } = wanted;
  const fake = await startFakeVercel(options);
  const team = fake.addTeam({ slug: TEAM, plan });
  const project = await fake.addProject({ name: 'shop', team: TEAM, ...more });
  const token = fake.addToken();

  const api = async (method: string, path: string, body?: unknown, secret = token): Promise<Reply> => {
    const address = new URL(path, fake.url);
    if (!address.searchParams.has('slug') && !address.searchParams.has('teamId'))
      address.searchParams.set('slug', TEAM);
    const response = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Body,
    };
  };

  const upload = async (text: string): Promise<Reply> => {
    const response = await fetch(`${fake.url}/v2/files?slug=${TEAM}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-vercel-digest': sha1(text) },
      body: text,
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Body,
    };
  };

  const create = async (text: string, given: Readonly<Record<string, unknown>> = {}): Promise<string> => {
    await upload(text);
    const made = await api('POST', '/v13/deployments?prebuilt=1', {
      name: 'shop',
      target: 'production',
      autoAssignCustomDomains: false,
      files: [pageOf(text)],
      ...given,
    });
    if (made.status !== 200) throw new Error(`Not created: ${JSON.stringify(made.body)}`);
    return String(made.body.id);
  };

  const stage = async (text: string, given?: Readonly<Record<string, unknown>>): Promise<string> => {
    const id = await create(text, given);
    fake.settle();
    return id;
  };

  return {
    fake,
    project,
    teamId: team.id,
    token,
    api,
    upload,
    create,
    stage,
    async live(text) {
      const id = await stage(text);
      await api('POST', `/v10/projects/shop/promote/${id}`);
      fake.settle();
      return id;
    },
    page: async (path = '/') => (await fetch(new URL(path, project.domains[0]))).text(),
  };
}

export const pageOf = (text: string) => ({
  file: '.vercel/output/static/index.html',
  sha: sha1(text),
  size: Buffer.byteLength(text),
  mode: 0o100644,
});
