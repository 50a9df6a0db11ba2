import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Document } from 'yaml';
import { type FakeVercel, type ProjectHandle, startFakeVercel } from '../../rehearsal/vercel/fake-vercel.ts';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { inTurn } from '../turns.ts';
import { finish, jobs, ledger, SUITE, scene } from './scene.ts';
import { expectNowhere, written } from './written.ts';

const test = inTurn('preview');
const world = scene();
const CALLER = '.github/workflows/preview.yml';
/** In the middle of every secret that is not the preview's. */
const CANARY = 'canary-51d0c7';

/** A site as `vercel build` leaves it, with all that its build could see. `wrong` says another version. */
const SITE = `set -eu
mkdir -p .vercel/output/static
cd .vercel/output
printf '{"version":3}' > config.json
env > static/env.txt
version=$AIRLOCK_VERSION
if [ -f ../../wrong ]; then version=0.0.0; fi
printf '{"version":"%s"}' "$version" > static/version.json
`;

let vercel: FakeVercel;
let token: string;
let project: ProjectHandle;
let caller: CallerRepository;
/** Every run of it. */
const runs: WatchedRun[] = [];

beforeAll(async () => {
  vercel = await startFakeVercel();
  vercel.addTeam({ slug: 'shop' });
  project = await vercel.addProject({ name: 'web', team: 'shop', protection: 'standard' });
  token = vercel.addToken({ scope: 'project', project: project.id });
  caller = await world.open({
    environments: ['production'],
    files: { [CALLER]: documentedCaller(), 'site.sh': SITE },
    configure: configurePreview,
    environmentSecrets: {
      preview: {
        VERCEL_TOKEN: token,
        VERCEL_AUTOMATION_BYPASS_SECRET: project.bypassSecret ?? '',
      },
      production: {
        VERCEL_TOKEN: `production-${CANARY}`,
        DATABASE_URL: `postgres://u:${CANARY}@127.0.0.1:1/x`,
        APP_VARIABLES: `KEY=${CANARY}`,
      },
    },
    environmentVariables: { preview: { VERCEL_API_URL: vercel.url } },
  });
});
afterAll(() => vercel.close());

function configurePreview(document: Document): void {
  document.deleteIn(['serve']);
  document.setIn(['build'], { output: '.vercel/output', checks: { build: 'sh ./site.sh' } });
  document.setIn(['smoke'], [{ name: 'version', path: '/version.json', version: true }]);
  document.setIn(['preview'], { target: { vercel: { project: 'web', team: 'shop' } } });
}

/** The one that docs/preview.md tells to copy. */
function documentedCaller(): string {
  const page = readFileSync(join(SUITE.directory, 'docs/preview.md'), 'utf8');
  const text = /```yaml\n(# \.github\/workflows\/preview\.yml\n[^`]*)```/.exec(page)?.[1] ?? '';
  expect(text.split('\n').length).toBeLessThan(20);
  return text;
}

interface On {
  readonly files?: Readonly<Record<string, string>>;
  /** The repository of the branch. */
  readonly from?: string;
  readonly caller?: CallerRepository;
}

/** What GitHub does on a push to the branch of a pull request, and on its end. */
async function on(number: number, action: 'opened' | 'synchronize' | 'closed', about: On = {}) {
  const { files = {}, caller: of = caller, from = of.name } = about;
  const head = action === 'closed' ? await of.git('rev-parse', 'HEAD') : await of.commit(action, files);
  of.pulls.changePullRequest(number, { head, state: action === 'closed' ? 'closed' : 'open' });
  const run = await finish(
    await of.start({
      workflowPath: CALLER,
      event: 'pull_request',
      ref: `refs/pull/${number}/merge`,
      payload: {
        action,
        number,
        pull_request: { number, head: { sha: head, ref: 'change', repo: { full_name: from } } },
      },
    }),
  );
  if (of === caller) runs.push(run);
  return run;
}

const openPull = (of = caller) =>
  of.pulls.openPullRequest({ title: 'A change', head: '0'.repeat(40), author: 'ada' });

const comments = (number: number, of = caller) =>
  world.github
    .snapshot()
    .repositories.find(({ owner, name }) => `${owner}/${name}` === of.name)
    ?.issues.find((issue) => issue.number === number)
    ?.comments.map(({ body }) => body) ?? [];

async function visit(path: string): Promise<string> {
  const [newest] = project.deployments().toReversed();
  const headers = { 'x-vercel-protection-bypass': project.bypassSecret ?? '' };
  return (await fetch(`${newest?.origin}${path}`, { headers })).text();
}

let pull: number;

test('opened, a pull request is shown, asked, and told in one comment', async () => {
  pull = openPull();
  const run = await on(pull, 'opened');
  expect(run.text()).not.toContain('::error');
  expect(await jobs(run)).toEqual({
    plan: 'success',
    'build-check': 'success',
    preview: 'success',
    'clean-up': 'skipped',
  });
  const [comment, ...others] = comments(pull);
  expect(others).toEqual([]);
  expect(comment).toContain('### ✅ Preview of harbor is up');
  expect(comment).toContain(`[Open the preview](${project.deployments()[0]?.origin}/)`);
  expect(comment).toContain('signed in to vercel');
  expect(comment).toContain('| version | ✅ |');
  expect(comment).toContain('| all files |');
  expect(comment).toContain('Nothing to compare with yet');
  expect(project.deployments()).toMatchObject([{ state: 'READY' }]);
  expect(project.live()).toBeUndefined();
  expect(ledger(caller, 'preview')).toEqual([expect.stringMatching(/^deploy .*: queued$/)]);
});

test('no secret but the preview’s own was near it', async () => {
  const seen = await visit('/env.txt');
  expect(seen).toContain('AIRLOCK_VERSION=');
  expect(seen).not.toMatch(/canary|vcp_|gh[ps]_/);
  expect(seen).not.toContain(project.bypassSecret);
  expect(JSON.stringify(vercel.requests)).not.toContain(CANARY);
  expect(JSON.stringify(world.github.snapshot())).not.toContain(CANARY);
});

test('pushed again, the same comment tells of the newer one, and the older is gone', async () => {
  const [first] = project.deployments();
  const run = await on(pull, 'synchronize');
  expect(run.conclusion).toBe('success');
  expect(comments(pull)).toHaveLength(1);
  const [newer, ...others] = project.deployments();
  expect(others).toEqual([]);
  expect(newer?.id).not.toBe(first?.id);
  expect(comments(pull)[0]).toContain(`(${newer?.origin}/)`);
  expect(ledger(caller, 'preview').map((entry) => entry.split(': ')[1])).toEqual(['inactive', 'queued']);
});

test('that does not pass is red, and says so; the last good one can still be seen', async () => {
  const run = await on(pull, 'synchronize', { files: { wrong: 'yes' } });
  expect(run.conclusion).toBe('failure');
  expect(await jobs(run)).toMatchObject({ 'build-check': 'success', preview: 'failure' });
  const [comment, ...others] = comments(pull);
  expect(others).toEqual([]);
  expect(comment).toContain('### ❌ Preview of harbor failed');
  expect(comment).toContain('smoke-test: SMOKE\\_FAILED');
  expect(comment).toContain('| version | ❌ fail |');
  expect(project.deployments()).toHaveLength(2);
});

test('that cannot be built is told too: no older verdict stays on a newer commit', async () => {
  const run = await on(pull, 'synchronize', { files: { 'site.sh': 'exit 1\n' } });
  expect(await jobs(run)).toMatchObject({ 'build-check': 'failure', preview: 'failure' });
  expect(comments(pull)).toHaveLength(1);
  expect(comments(pull)[0]).toContain('build-check: CHECKS\\_FAILED');
  await caller.commit('Mend it', { 'site.sh': SITE });
  await caller.git('rm', '--quiet', 'wrong');
});

test('its migrations run first, where previews have a database; what they do not pass is not shown', async () => {
  const requests = vercel.requests.length;
  const withDatabase = await world.open({
    environments: ['production'],
    files: { [CALLER]: documentedCaller(), 'site.sh': SITE, 'migrations/0001_one.up.sql': 'SELECT 1;\n' },
    configure(document) {
      configurePreview(document);
      document.setIn(['database'], { migrations: 'migrations' });
    },
    environmentSecrets: { preview: { DATABASE_URL: `postgres://u:${CANARY}@127.0.0.1:1/x` } },
    environmentVariables: { preview: { VERCEL_API_URL: vercel.url } },
  });
  const number = openPull(withDatabase);
  const run = await on(number, 'opened', { caller: withDatabase });
  expect(await jobs(run)).toMatchObject({ 'build-check': 'success', preview: 'failure' });
  expect(run.steps()).toMatchObject({
    'airlock / preview: migrate': 'failure',
    'airlock / preview: deploy': 'skipped',
  });
  expect(comments(number, withDatabase)[0]).toContain('migrate: DATABASE\\_UNREACHABLE');
  expect(comments(number, withDatabase)[0]).not.toContain(CANARY);
  expect(vercel.requests).toHaveLength(requests);
});

test('a fork’s is built and checked, and nothing else', async () => {
  const [number, requests] = [openPull(), vercel.requests.length];
  const run = await on(number, 'opened', { from: 'mallory/harbor' });
  expect(run.conclusion).toBe('success');
  expect(await jobs(run)).toEqual({
    plan: 'success',
    'build-check': 'success',
    preview: 'skipped',
    'clean-up': 'skipped',
  });
  expect(run.summaries()).toContain('GitHub gives a fork’s run no secrets: built and checked only');
  expect(comments(number)).toEqual([]);
  expect(vercel.requests).toHaveLength(requests);
  const closed = await on(number, 'closed', { from: 'mallory/harbor' });
  expect(await jobs(closed)).toMatchObject({
    plan: 'success',
    'build-check': 'skipped',
    'clean-up': 'skipped',
  });
});

test('closed, everything of it is removed, and the comment says so; once more changes nothing', async () => {
  const other = openPull();
  expect((await on(other, 'opened')).conclusion).toBe('success');
  for (const _ of ['once', 'once more']) {
    const run = await on(pull, 'closed');
    expect(await jobs(run)).toEqual({
      plan: 'success',
      'build-check': 'skipped',
      preview: 'skipped',
      'clean-up': 'success',
    });
    expect(project.deployments()).toHaveLength(1);
    expect(comments(pull)).toHaveLength(1);
    expect(comments(pull)[0]).toContain('### 🧹 Preview of harbor removed');
  }
  expect(comments(other)[0]).toContain('### ✅');
  await on(other, 'closed');
  expect(project.deployments()).toEqual([]);
  expect(new Set(ledger(caller, 'preview').map((entry) => entry.split(': ')[1]))).toEqual(
    new Set(['inactive']),
  );
});

test('in all of that no secret stands anywhere', async () => {
  const places = await written(caller, world.github, runs);
  expect(Object.keys(places)).toContainEqual(expect.stringContaining('airlock-preview'));
  expectNowhere(places, CANARY, token, project.bypassSecret ?? 'there is none');
});
