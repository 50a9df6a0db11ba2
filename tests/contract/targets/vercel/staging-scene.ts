import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type FakeVercel,
  type FakeVercelOptions,
  type ProjectHandle,
  startFakeVercel,
} from '../../../../rehearsal/vercel/fake-vercel.ts';
import type { NewProject } from '../../../../rehearsal/vercel/seed.ts';
import { Failure } from '../../../../src/domain/failure.ts';
import type { Release } from '../../../../src/domain/release.ts';
import type { StageRequest } from '../../../../src/ports/target.ts';
import { openContext, type VercelContext } from '../../../../src/targets/vercel/context.ts';
import { vercelSettings } from '../../../../src/targets/vercel/settings.ts';
import { EVENT, hostOf, memoryLog, quickClock, releaseNamed } from './staging-host.ts';

export type Files = Readonly<
  Record<string, string | { readonly link: string } | { readonly program: string }>
>;

export const OUTPUT: Files = {
  'config.json': JSON.stringify({ version: 3 }),
  'static/index.html': '<h1>Shop</h1>',
  'static/app.js': 'console.log(1)',
  'functions/index.func/.vc-config.json': '{"runtime":"nodejs22.x","handler":"index.js"}',
  'functions/index.func/index.js': 'export default () => {}',
  'functions/api.func': { link: 'index.func' },
};

export async function writeTree(directory: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === 'string') await writeFile(path, content, { mode: 0o644 });
    else if ('link' in content) await symlink(content.link, path);
    else await writeFile(path, content.program, { mode: 0o755 });
  }
}

export interface Opening {
  readonly environment?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/** A fake Vercel with one project of one team, and a place for releases. */
export interface Scene {
  readonly fake: FakeVercel;
  readonly project: ProjectHandle;
  readonly team: { readonly id: string; readonly slug: string };
  readonly token: string;
  readonly log: ReturnType<typeof memoryLog>;
  readonly clock: ReturnType<typeof quickClock>;
  open(opening?: Opening): VercelContext;
  /** A release of its own folder; the same version has the same digest and files. */
  release(version: string, files?: Files, other?: Partial<Release>): Promise<StageRequest>;
  /** Names of the operations that were asked for since the last call. */
  asked(): string[];
  close(): Promise<void>;
}

export async function openScene(
  project: Partial<NewProject> = {},
  options: FakeVercelOptions = {},
): Promise<Scene> {
  const fake = await startFakeVercel({ pace: { build: 1 }, ...options });
  const team = fake.addTeam({ slug: 'acme' });
  const handle = await fake.addProject({ name: 'shop', team: team.id, ...project });
  const token = fake.addToken({ scope: 'project', project: handle.id });
  const folder = await mkdtemp(join(tmpdir(), 'vercel-'));
  const log = memoryLog();
  const clock = quickClock();
  let seen = 0;
  return {
    fake,
    project: handle,
    team,
    token,
    log,
    clock,
    open: ({ environment = 'production', settings = {}, variables = {}, timeoutMs = 5_000 } = {}) =>
      openContext(
        vercelSettings.parse({ project: 'shop', team: 'acme', ...settings }),
        hostOf(environment, { VERCEL_API_URL: fake.url, VERCEL_TOKEN: token, ...variables }, log, clock),
        { timeoutMs },
      ),
    async release(version, files = OUTPUT, other = {}) {
      const directory = join(folder, `${version}-${(await readdir(folder)).length}`);
      await writeTree(directory, { 'static/version.txt': version, ...files });
      return { directory, event: EVENT, release: { ...releaseNamed(version), ...other } };
    },
    asked() {
      const asked = fake.requests.slice(seen).map(({ operation }) => operation);
      seen = fake.requests.length;
      return asked;
    },
    async close() {
      await fake.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`It did not fail, or not as a Failure: ${thrown}`, { cause: thrown });
}

export const sha1Of = (text: string | Buffer): string => createHash('sha1').update(text).digest('hex');
