import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withNotes } from '../../../src/domain/notes/block.ts';
import { createPublications } from '../../../src/github/releases.ts';
import { makeWorld } from './world.ts';

const NEEDS = { contents: 'write', deployments: 'read' } as const;

async function open() {
  const world = await makeWorld();
  const bot = createPublications(world.connect(world.jobToken(NEEDS)));
  const publish = (version: string, notes = 'New', more: { commit?: string; tag?: string } = {}) =>
    bot.publish({
      tag: `v${version}`,
      commit: world.commit,
      title: `shop ${version}`,
      version,
      text: (present) => withNotes(present, 'shop', notes),
      ...more,
    });
  const maintainer = world.github.mintUserToken('mary');
  const at = '/repos/octo/sophie';
  const releases = () => world.github.snapshot().repositories[0]?.releases ?? [];
  const refs = () => world.github.snapshot().repositories[0]?.refs ?? {};
  const latest = async () =>
    ((await world.call(maintainer, 'GET', `${at}/releases/latest`)).body as { tag_name?: string }).tag_name;
  const write = (method: string, path: string, body: object) =>
    world.call(maintainer, method, `${at}${path}`, body);
  return { ...world, publish, releases, refs, latest, write };
}

describe('a release on GitHub', () => {
  test('is made once, with its tag at the commit, and then brought up to date', async () => {
    const { publish, releases, refs, commit } = await open();
    const made = await publish('1.2.0');
    expect(made).toMatchObject({ kind: 'created', url: expect.stringMatching(/\/releases\/tag\/v1\.2\.0$/) });
    expect(refs()['refs/tags/v1.2.0']).toBe(commit);
    expect(await publish('1.2.0')).toEqual({ ...made, kind: 'unchanged' });
    expect(await publish('1.2.0', 'Newer')).toEqual({ ...made, kind: 'updated' });
    expect(releases()).toMatchObject([
      { tag: 'v1.2.0', name: 'shop 1.2.0', prerelease: false, body: expect.stringContaining('\nNewer\n') },
    ]);
  });

  test('keeps what people wrote, its title, and whether it is the latest', async () => {
    const { publish, releases, write, latest, commit } = await open();
    await write('POST', '/git/refs', { ref: 'refs/tags/v1.2.0', sha: commit });
    await write('POST', '/releases', {
      tag_name: 'v1.2.0',
      name: 'Summer',
      body: 'Dear readers,',
      prerelease: true,
    });
    await publish('1.3.0');
    expect(await publish('1.2.0')).toMatchObject({ kind: 'updated' });
    expect(releases()[0]).toMatchObject({ name: 'Summer', prerelease: true });
    expect(releases()[0]?.body).toMatch(/^Dear readers,\n\n<!-- airlock: .*\nNew\n/s);
    expect(await latest()).toBe('v1.3.0');
  });

  test('takes up the draft that somebody prepared for its tag', async () => {
    const { publish, releases, write, latest } = await open();
    await write('POST', '/releases', {
      tag_name: 'v1.2.0',
      name: 'Summer',
      body: 'Dear readers,',
      draft: true,
    });
    await write('POST', '/releases', { tag_name: 'v9.0.0', draft: true });
    expect(await publish('1.2.0')).toMatchObject({ kind: 'updated', url: expect.stringContaining('v1.2.0') });
    expect(releases().map(({ tag, draft, name }) => [tag, draft, name])).toEqual([
      ['v1.2.0', false, 'Summer'],
      ['v9.0.0', true, null],
    ]);
    expect(await latest()).toBe('v1.2.0');
  });

  test('is the latest only where no higher version is', async () => {
    const { publish, releases, latest } = await open();
    for (const version of ['1.2.0', '1.10.0', '1.9.1', '2.0.0-rc.1', '1.10.1-0.dev.3+abc1234'])
      await publish(version);
    expect(await latest()).toBe('v1.10.0');
    expect(
      releases()
        .filter(({ prerelease }) => prerelease)
        .map(({ tag }) => tag),
    ).toEqual(['v2.0.0-rc.1', 'v1.10.1-0.dev.3+abc1234']);
    expect(await publish('1.9.1', 'Changed')).toMatchObject({ kind: 'updated' });
    expect(await publish('1.10.1-0.dev.3+abc1234', 'Changed')).toMatchObject({ kind: 'updated' });
    expect(await latest()).toBe('v1.10.0');
  });

  test('is refused where its tag is at another commit, and nothing is touched', async () => {
    const { publish, releases, repository, refs, commit } = await open();
    const other = repository.commit('Second');
    await publish('1.2.0');
    expect(await publish('1.2.0', 'Newer', { commit: other })).toMatchObject({
      kind: 'refused',
      reason: 'RELEASE_TAG_ELSEWHERE',
      why: expect.stringContaining(commit.slice(0, 7)),
      next: expect.stringContaining(`${other}:refs/tags/v1.2.0`),
    });
    expect(releases()[0]?.body).toContain('\nNew\n');
    expect(refs()['refs/tags/v1.2.0']).toBe(commit);
  });

  test.each([
    ['reset', 'before', 'repos/create-release'],
    ['reset', 'after', 'repos/create-release'],
    [502, 'after', 'repos/create-release'],
    [502, 'after', 'git/create-ref'],
    ['reset', 'after', 'repos/update-release'],
  ] as const)('is there once, whatever becomes of the answer: %s %s %s', async (answer, when, match) => {
    const { publish, releases, github } = await open();
    if (match === 'repos/update-release') await publish('1.2.0', 'Old');
    github.faults.next({ match, answer, when });
    expect(await publish('1.2.0')).toMatchObject({ url: expect.stringContaining('v1.2.0') });
    expect(github.faults.hit).toBe(1);
    expect(releases()).toHaveLength(1);
    expect(releases()[0]?.body).toContain('\nNew\n');
  });

  test('says which permission the job lacks, or what else may keep the tag from it', async () => {
    const { publish, repository, releases, connect, jobToken, commit } = await open();
    const poor = createPublications(connect(jobToken({ contents: 'read', deployments: 'read' })));
    const refused = { kind: 'refused', reason: 'RELEASE_TAG_NOT_ALLOWED' };
    const asked = { commit, title: 'x', version: '1.2.0', text: () => 'x' };
    expect(await poor.publish({ tag: 'v1.2.0', ...asked })).toMatchObject({
      ...refused,
      next: expect.stringContaining('contents: write'),
    });
    await publish('1.0.0');
    await expect(poor.publish({ tag: 'v1.0.0', ...asked })).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
    });
    const rule = { enforcement: 'active', bypass: [], rules: ['creation'], name: 'v', id: 1 } as const;
    repository.configure({ rulesets: [{ ...rule, target: 'tag', include: ['refs/tags/v*'] }] });
    expect(await publish('1.2.0')).toMatchObject({
      ...refused,
      why: expect.stringContaining('rule violations'),
    });
    expect(await publish('1.0.0', 'Newer')).toMatchObject({ kind: 'updated' });
    expect(releases()).toHaveLength(1);
  });

  test('of a commit whose workflows are not those of main needs a tag that a person pushed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'airlock-git-'));
    try {
      const git = (...args: string[]) =>
        execFileSync(
          'git',
          ['-C', directory, '-c', 'user.name=S', '-c', 'user.email=s@example.com', ...args],
          {
            encoding: 'utf8',
          },
        ).trim();
      const commit = async (text: string) => {
        await mkdir(join(directory, '.github/workflows'), { recursive: true });
        await writeFile(join(directory, '.github/workflows/deploy.yml'), text);
        git('add', '.');
        git('commit', '-q', '-m', text);
        return git('rev-parse', 'HEAD');
      };
      git('init', '-q', '-b', 'main');
      const old = await commit('on: push');
      await commit('on: workflow_dispatch');
      const { github, connect } = await open();
      github.addRepository({ owner: 'octo', name: 'real', directory });
      const runId = github.openRun({
        repository: 'octo/real',
        workflowPath: '.github/workflows/deploy.yml',
        workflowName: 'Deploy',
        event: 'push',
        ref: 'refs/heads/main',
        sha: old,
        actor: 'mary',
      }).id;
      const token = github.mintToken({ runId, job: 'notes', permissions: NEEDS });
      const bot = createPublications(connect(token, { repository: 'real' }));
      const asked = { tag: 'v1.2.0', commit: old, title: 'x', version: '1.2.0', text: () => 'x' };
      expect(await bot.publish(asked)).toMatchObject({
        reason: 'RELEASE_TAG_NOT_ALLOWED',
        next: expect.stringContaining(`git push origin ${old}:refs/tags/v1.2.0`),
      });
      git('tag', '-a', 'v1.2.0', old, '-m', 'One');
      expect(await bot.publish(asked)).toMatchObject({ kind: 'created' });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
