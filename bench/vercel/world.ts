import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FakeVercel,
  type FakeVercelOptions,
  type ProjectHandle,
  startFakeVercel,
} from '../../rehearsal/vercel/fake-vercel.ts';

/** Milliseconds before every answer: a runner's way to Vercel and back. */
const LATENCY = 25;
/** Bytes of every file. */
const FILE_BYTES = 1024;

/** An empty team at a fake Vercel, with one project, and a folder for what is deployed to it. */
export interface VercelWorld {
  readonly fake: FakeVercel;
  readonly team: { readonly id: string; readonly slug: string };
  readonly project: ProjectHandle;
  readonly token: string;
  /** A checkout that is linked to the project: `.vercel/output` is what was built. */
  readonly app: string;
  /** A folder for what else a contender leaves behind. */
  readonly home: string;
  /** Ends with everything that was asked of it having had a route. */
  close(): Promise<void>;
}

/** @param options beside the latency; what is deployed is ready at once, unless they say otherwise */
export async function openVercelWorld(options: FakeVercelOptions = {}): Promise<VercelWorld> {
  const fake = await startFakeVercel({ latency: LATENCY, pace: { build: 0 }, ...options });
  const team = fake.addTeam({ slug: 'shop', plan: 'pro' });
  const project = await fake.addProject({ name: 'web', team: team.id });
  const root = await mkdtemp(join(tmpdir(), 'airlock-bench-'));
  const app = join(root, 'app');
  const home = join(root, 'home');
  await mkdir(join(app, '.vercel/output/static'), { recursive: true });
  await mkdir(home);
  await writeFile(
    join(app, '.vercel/project.json'),
    JSON.stringify({ projectId: project.id, orgId: team.id, settings: {} }),
  );
  return {
    fake,
    team,
    project,
    token: fake.addToken({ scope: 'full' }),
    app,
    home,
    async close() {
      await fake.close();
      await rm(root, { recursive: true, force: true });
      if (fake.problems.length > 0) throw new Error(`The fake Vercel: ${fake.problems.join('; ')}`);
    },
  };
}

/** Fills the output with a configuration and so many static files, no two alike, in folders of a hundred. */
export async function fillOutput({ app }: VercelWorld, count: number): Promise<void> {
  const output = join(app, '.vercel/output');
  await writeFile(join(output, 'config.json'), '{"version":3}');
  for (let first = 0; first < count; first += 100) {
    const folder = join(output, `static/${first / 100}`);
    await mkdir(folder);
    const numbers = Array.from({ length: Math.min(100, count - first) }, (_, index) => index);
    await Promise.all(
      numbers.map((number) =>
        writeFile(join(folder, `${number}.txt`), randomBytes(FILE_BYTES / 2).toString('hex')),
      ),
    );
  }
}
