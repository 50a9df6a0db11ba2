import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { type FakeGitHub, startFakeGitHub } from '../../../rehearsal/github/fake-github.ts';
import type { RepositoryHandle } from '../../../rehearsal/github/repository-handle.ts';
import type { Settings } from '../../../rehearsal/github/settings.ts';

export const CONFIGURATION = `version: 1
app: shop
build: { output: dist }
environments:
  staging: { target: { local: { port: 4101 } } }
  production: { target: { local: { port: 4102 } }, gates: { approval: required } }
`;

/** A caller as the documentation has it, pinned. */
const CALLER = `on: { push: { branches: [main], tags: ['v*'] } }
permissions: {}
jobs:
  airlock:
    uses: airlock-actions/airlock/.github/workflows/pipeline.yml@${'a'.repeat(40)}
    permissions: { contents: read, deployments: write, actions: read, issues: read, pull-requests: read }
    secrets: { DATABASE_URL: '\${{ secrets.DATABASE_URL }}' }
`;

/** Settings with nothing open. */
const SOUND: Partial<Settings> = {
  owner: { kind: 'Organization', plan: 'enterprise' },
  administrators: ['mary'],
  rulesets: [
    {
      id: 1,
      name: 'main',
      target: 'branch',
      enforcement: 'active',
      include: ['~DEFAULT_BRANCH'],
      rules: ['deletion', 'non_fast_forward', 'pull_request'],
      bypass: [],
    },
    {
      id: 2,
      name: 'versions',
      target: 'tag',
      enforcement: 'active',
      include: ['refs/tags/v*'],
      rules: ['creation', 'update', 'deletion'],
      bypass: [{ type: 'RepositoryRole', id: 5, mode: 'always' }],
    },
  ],
  actions: { enabled: true, allowed: 'all', patterns: [], shaPinning: true },
  secrets: { repository: ['DOCTOR_TOKEN'], organization: [], environments: { production: ['DATABASE_URL'] } },
};

export const GUARDED = {
  reviewers: ['mary'],
  preventSelfReview: true,
  branches: 'custom',
  branchPatterns: ['main', 'refs/tags/v*'],
  adminsMayBypass: false,
} as const;

export interface Scene {
  readonly github: FakeGitHub;
  readonly repository: RepositoryHandle;
  /** The checkout, whose `origin` is octo/shop. */
  readonly directory: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Brings what the checkout has to main, as GitHub sees it. */
  commit(): void;
}

const open: Scene[] = [];

afterEach(async () => {
  const closing = open.splice(0);
  await Promise.all(
    closing.map(({ github, directory }) => Promise.all([github.close(), rm(directory, { recursive: true })])),
  );
  expect(closing.flatMap(({ github }) => github.problems)).toEqual([]);
});

/** A repository octo/shop in which nothing is open, and its checkout. Closed after the test. */
export async function openScene(): Promise<Scene> {
  const github = await startFakeGitHub();
  const directory = await mkdtemp(join(tmpdir(), 'airlock-doctor-'));
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
  };
  await write({ '.github/airlock.yml': CONFIGURATION, '.github/workflows/deploy.yml': CALLER });
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', directory, ...args]);
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', 'git@github.com:octo/shop.git');
  const commit = () => {
    git('add', '--all');
    git('-c', 'user.name=Mary', '-c', 'user.email=mary@example.test', 'commit', '--quiet', '-m', 'Files');
  };
  commit();
  const repository = github.addRepository({ owner: 'octo', name: 'shop', directory });
  const scene = { github, repository, directory, write, commit };
  open.push(scene);
  repository.configure(SOUND);
  repository.protect('staging', {});
  repository.protect('production', GUARDED);
  return scene;
}
