import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, openScene, type Scene, SECRET, type Sealed } from './scene.ts';

const PREVIEW = { preview: { target: { vercel: { project: 'web' } } } };

let scene: Scene;
let release: Sealed;
let pull: number;
let token: string;

beforeAll(async () => {
  scene = await openScene();
  await scene.configure({ ...PREVIEW, database: { migrations: 'migrations' } });
  release = await scene.seal('1.0.0', {}, { '0001_one.up.sql': 'SELECT 1;\n' });
  pull = scene.repository.openPullRequest({ title: 'A change', head: scene.commit, author: 'ada' });
  token = scene.mintToken({ deployments: 'write', 'pull-requests': 'write' });
});
afterAll(() => scene.close());

/** A run of the pull request, of this repository unless another is named. */
const event = (action = 'opened', from = 'octo/app') => ({
  name: 'pull_request',
  payload: {
    action,
    number: pull,
    pull_request: { number: pull, head: { sha: scene.commit, ref: 'x', repo: { full_name: from } } },
  },
});

const comments = () =>
  scene.github
    .snapshot()
    .repositories[0]?.issues.flatMap((issue) => issue.comments)
    .map(({ author, body }) => `${author}: ${body}`) ?? [];

const GOOD = {
  url: 'https://preview.test',
  digest: `sha256:${'0'.repeat(64)}`,
  verdict: 'pass',
  checks: '[{"name":"home","verdict":"pass","detail":"status 200","durationMs":12}]',
};

describe('preview', () => {
  it('tells a good preview in one comment, and the same again changes nothing', async () => {
    for (const _ of ['once', 'again']) {
      const run = done(await scene.run('preview', { mode: 'report', token, ...GOOD }, { event: event() }));
      expect(run.outputs).toMatchObject({ verdict: 'pass', comment: 'written', removed: '[]' });
    }
    expect(comments()).toHaveLength(1);
    expect(comments()[0]).toMatch(/^github-actions\[bot\]: <!-- airlock:preview:sample -->\n/);
    expect(comments()[0]).toContain('### ✅ Preview of sample is up');
  });

  it('tells no secret of the app, though an answer that a check quotes holds it', async () => {
    const inputs = {
      mode: 'report',
      token,
      ...GOOD,
      verdict: 'fail',
      checks: `[{"name":"home","verdict":"fail","detail":"expected hello, saw ${SECRET}","durationMs":12}]`,
      'app-variables': `KEY=${SECRET}`,
    };
    const env = { GITHUB_RUN_ATTEMPT: '2' };
    const run = await scene.run('preview', inputs, { event: event(), env });
    expect(run.outputs).toMatchObject({ result: 'refused', reason: 'PREVIEW_FAILED', comment: 'written' });
    expect(comments().join()).toContain('expected hello, saw \\*\\*\\*');
    expect(comments().join()).not.toContain(SECRET);
  });

  it('leaves a person’s comment alone, whatever it holds', async () => {
    const [own = ''] = comments();
    const text = own.replace(/^[^:]*: /, '');
    const mary = scene.github.mintUserToken('mary');
    await fetch(`${scene.github.apiUrl}/repos/octo/app/issues/${pull}/comments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${mary}` },
      body: JSON.stringify({ body: text }),
    });
    const env = { GITHUB_RUN_ATTEMPT: '3' };
    const inputs = { mode: 'report', token, stopped: 'deploy: CANCELLED' };
    const run = await scene.run('preview', inputs, { event: event(), env });
    expect(run.outputs).toMatchObject({ result: 'refused', reason: 'PREVIEW_FAILED', comment: 'written' });
    expect(comments()).toHaveLength(2);
    expect(comments()[0]).toContain('### ❌ Preview of sample failed');
    expect(comments()[1]).toBe(`mary: ${text}`);
  });

  it('says which permission its token lacks', async () => {
    const weak = scene.mintToken({ deployments: 'write', issues: 'write' });
    const run = await scene.run('preview', { mode: 'report', token: weak, ...GOOD }, { event: event() });
    expect(run.outputs).toMatchObject({ result: 'failed', reason: 'GITHUB_PERMISSION_MISSING' });
    expect(run.log).toContain('pull-requests:');
  });

  it('tells the end, and may be told again', async () => {
    scene.repository.changePullRequest(pull, { state: 'closed' });
    const env = { GITHUB_RUN_ATTEMPT: '4' };
    for (const _ of ['once', 'again'])
      done(await scene.run('preview', { mode: 'clean-up', token }, { event: event('closed'), env }));
    expect(comments()).toHaveLength(2);
    expect(comments()[0]).toContain('### 🧹 Preview of sample removed');
    scene.repository.changePullRequest(pull, { state: 'open' });
  });

  it.each([
    ['a push', { name: 'push', payload: { repository: { default_branch: 'main' } } }],
    ['a fork’s pull request', () => event('opened', 'mallory/app')],
  ])('is not for %s', async (_what, of) => {
    const before = comments();
    const given = typeof of === 'function' ? of() : of;
    const run = await scene.run('preview', { mode: 'report', token, ...GOOD }, { event: given });
    expect(run.outputs).toMatchObject({ result: 'failed', reason: 'NOT_A_PREVIEW' });
    expect(comments()).toEqual(before);
  });
});

describe('a pull request changes no environment but its preview', () => {
  const inputsOf = (name: string) => ({
    release: release.folder,
    digest: release.digest,
    ...(name === 'migrate' ? {} : { token }),
    ...(name === 'smoke-test' ? {} : { 'database-url': 'postgres://u:p@127.0.0.1:1/x' }),
    ...(name === 'promote' ? { 'deployment-id': 'one', verdict: 'pass' } : {}),
    ...(name === 'rollback' ? { reason: 'A test' } : {}),
  });

  it.each(['migrate', 'deploy', 'promote', 'rollback'])('%s refuses production', async (name) => {
    const run = await scene.run(name, inputsOf(name), { event: event() });
    expect(run.outputs, run.log).toMatchObject({ result: 'failed', reason: 'CHECKS_ONLY' });
    expect(await scene.entries()).toEqual([]);
    expect(await scene.live()).toBeUndefined();
  });

  it.each(['promote', 'rollback'])('%s makes no preview live', async (name) => {
    const inputs = { ...inputsOf(name), environment: 'preview' };
    const run = await scene.run(name, inputs, { event: event() });
    expect(run.outputs, run.log).toMatchObject({ result: 'failed', reason: 'PREVIEW_NEVER_LIVE' });
  });

  it.each([
    ['a fork', () => event('opened', 'mallory/app'), 'FORK_RUN'],
    ['one that is closed', () => event('closed'), 'NOT_A_PREVIEW'],
    [
      'a push',
      () => ({ name: 'push', payload: { repository: { default_branch: 'main' } } }),
      'NOT_A_PREVIEW',
    ],
  ])('deploy shows nothing for %s', async (_what, of, code) => {
    const run = await scene.run('deploy', { ...inputsOf('deploy'), environment: 'preview' }, { event: of() });
    expect(run.outputs, run.log).toMatchObject({ result: 'failed', reason: code });
    expect(await scene.ledger.entries('preview', 10)).toEqual([]);
  });
});

it('compares what the build weighs with what is live in the first environment, by what deploy wrote down', async () => {
  await scene.release('2.0.0');
  const [{ payload } = { payload: undefined }] = (await scene.ledger.entries('production', 10)).filter(
    ({ task }) => task === 'deploy',
  );
  const [before] = payload?.sizes ?? [];
  expect(before).toMatchObject({ name: 'all files', raw: expect.any(Number) });
  const sizes = JSON.stringify([{ name: 'all files', raw: (before?.raw ?? 0) + 512 }]);
  const env = { GITHUB_RUN_ATTEMPT: '9' };
  done(await scene.run('preview', { mode: 'report', token, ...GOOD, sizes }, { event: event(), env }));
  expect(comments()[0]).toContain('(+512 B, ');
  expect(comments()[0]).toContain('Compared with 2.0.0, the newest good release in production.');
});
