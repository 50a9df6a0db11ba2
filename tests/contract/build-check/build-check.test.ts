import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../actions/build-check/contract.ts';
import { openRelease } from '../../../src/release/sealed-folder.ts';
import { about, plant, scratch } from '../release/trees.ts';
import { check, run } from './harness.ts';

const repository = (files = {}) => scratch().then((folder) => plant(folder, files));
const reasonOf = (outcome: Awaited<ReturnType<typeof check>>['outcome']) =>
  outcome.kind === 'refused' ? outcome.reason : outcome.kind;

describe('build-check', () => {
  it('leaves out what a hotfix skips, says so, and does not wait for it', async () => {
    const workspace = await repository();
    const { outcome, log } = await check(
      workspace,
      [run('e2e', 'exit 1'), run('build', 'mkdir -p dist && echo 1 > dist/index.html', 'e2e')],
      { skip: ['e2e'] },
    );
    expect(outcome).toMatchObject({
      kind: 'done',
      headline: expect.stringContaining('1 of 1 checks passed, without e2e'),
    });
    expect(log.join('\n')).toContain('e2e is left out');
  });

  it('never passes with every check left out', async () => {
    const { outcome } = await check(await repository(), [run('lint', 'true')], { skip: ['lint'] });
    expect(reasonOf(outcome)).toBe('CHECKS_INSUFFICIENT');
  });

  it('builds, checks and seals', async () => {
    const workspace = await repository({ 'db/0001.up.sql': 'select 1' });
    const { outcome, log } = await check(
      workspace,
      [
        run(
          'build',
          'mkdir -p dist && echo "$AIRLOCK_VERSION $AIRLOCK_COMMIT $AIRLOCK_BUILD_TIME" > dist/version.txt',
        ),
        run('test', 'grep -q 1.4.0 dist/version.txt; echo fine', 'build'),
      ],
      { migrations: 'db' },
    );
    expect(outcome.kind).toBe('done');
    expect(await readFile(join(workspace, 'dist/version.txt'), 'utf8')).toBe(
      `${about.version} ${about.commit} ${about.builtAt}\n`,
    );
    const { release, manifest, sizes } = await openRelease(join(workspace, 'airlock-release'));
    expect(outcome.outputs).toEqual({
      digest: release.digest,
      release: JSON.stringify(release),
      sizes: JSON.stringify(sizes),
      artifact: 'airlock-release',
      'artifact-name': 'airlock-release',
      checks: expect.any(String),
      verdict: 'pass',
    });
    expect(Object.keys(outcome.outputs).sort()).toEqual(Object.keys(contract.outputs).sort());
    expect(JSON.parse(outcome.outputs.checks ?? '')).toMatchObject([
      { name: 'build', verdict: 'pass' },
      { name: 'test', verdict: 'pass' },
    ]);
    expect(manifest.map(({ path }) => path)).toEqual(['app/version.txt', 'migrations/0001.up.sql']);
    expect(outcome.headline).toContain('2 of 2 checks passed; sealed 1.4.0 (3f2a9c1');
    expect(outcome.summary).toContain(release.digest);
    expect(log).toContain('  fine');
  });

  it('weighs every bundle that has a budget, and seals what it weighs', async () => {
    const workspace = await repository();
    const { outcome } = await check(workspace, [
      run('build', 'mkdir -p dist && printf %1000s x > dist/a.js && echo y > dist/b.css'),
      {
        name: 'size',
        needs: ['build'],
        kind: 'bundle-size',
        budgets: ['dist/*.js', 'dist/*'].map((files) => ({
          files,
          rawBytes: 5000,
          gzipBytes: undefined,
          brotliBytes: undefined,
        })),
      },
    ]);
    const sizes = JSON.parse(outcome.outputs.sizes ?? '');
    expect(sizes).toMatchObject([
      { name: 'dist/*.js', raw: 1000 },
      { name: 'dist/*', raw: 1002 },
    ]);
    for (const { gzip, brotli } of sizes) expect([gzip < 60, brotli < 60]).toEqual([true, true]);
    expect((await openRelease(join(workspace, 'airlock-release'))).sizes).toEqual(sizes);
  });

  it('seals the same digest when it runs again', async () => {
    const workspace = await repository();
    const build = [run('build', 'mkdir -p dist && echo hello > dist/index.html')];
    const first = await check(workspace, build);
    const second = await check(workspace, build);
    expect(second.outcome.outputs.digest).toBe(first.outcome.outputs.digest);
    expect(second.outcome.outputs.digest).toMatch(/^sha256:/);
  });

  it('shows everything that is wrong at once, and what was not run because of it', async () => {
    const workspace = await repository({ 'dist/a': '' });
    const { outcome } = await check(workspace, [
      run('install', 'true'),
      run('lint', 'echo "<b>bad</b> | line"; exit 2', 'install'),
      run('types', 'exit 1', 'install'),
      run('package', 'touch packaged', 'lint', 'types'),
      run('publish', 'touch published', 'package'),
      run('test', 'true', 'install'),
    ]);
    expect(reasonOf(outcome)).toBe('CHECKS_FAILED');
    expect(outcome.headline).toBe('lint, types failed; package, publish did not run');
    expect(JSON.parse(outcome.outputs.checks ?? '')).toMatchObject([
      { name: 'install', verdict: 'pass' },
      { name: 'lint', verdict: 'fail', detail: 'exit code 2' },
      { name: 'types', verdict: 'fail' },
      {
        name: 'package',
        verdict: 'insufficient',
        detail: expect.stringMatching(/^not run because (lint|types|lint and types) did not pass$/),
      },
      { name: 'publish', verdict: 'insufficient', detail: 'not run because package did not pass' },
      { name: 'test', verdict: 'pass' },
    ]);
    expect(outcome.outputs).toMatchObject({ verdict: 'fail' });
    expect(outcome.outputs.digest).toBeUndefined();
    expect(outcome.summary).toContain('<pre>&lt;b&gt;bad&lt;/b&gt; | line</pre>');
    expect(outcome.annotations).toMatchObject([
      { level: 'error', message: 'lint: exit code 2' },
      { level: 'error', message: 'types: exit code 1' },
    ]);
    expect((await readdir(workspace)).sort()).toEqual(['dist']);
  });

  it('runs side by side what does not need each other', async () => {
    const workspace = await repository({ 'dist/a': '' });
    // Each waits for the other: one after the other they would never end.
    const meet = (own: string, other: string) => `touch ${own}; until [ -e ${other} ]; do sleep 0.02; done`;
    const { outcome } = await check(workspace, [run('a', meet('one', 'two')), run('b', meet('two', 'one'))], {
      lanes: 2,
    });
    expect(outcome.outputs.verdict).toBe('pass');
  });

  it('runs no more at a time than there are lanes', async () => {
    const workspace = await repository({ 'dist/a': '' });
    const alone = 'mkdir lock && sleep 0.05 && rmdir lock';
    const { outcome } = await check(
      workspace,
      ['a', 'b', 'c'].map((name) => run(name, alone)),
      { lanes: 1 },
    );
    expect(outcome.outputs.verdict).toBe('pass');
  });

  it('never mixes the output of two checks', async () => {
    const workspace = await repository({ 'dist/a': '' });
    const chatter = (name: string) => run(name, `for i in 1 2 3 4 5 6; do echo ${name}; sleep 0.01; done`);
    const { log } = await check(workspace, ['x', 'y', 'z'].map(chatter));
    const spoken = log.filter((line) => line.startsWith('  ')).map((line) => line.trim());
    expect(spoken).toHaveLength(18);
    for (const group of [spoken.slice(0, 6), spoken.slice(6, 12), spoken.slice(12)])
      expect(new Set(group).size).toBe(1);
  });

  it('is a refusal when there is no check at all', async () => {
    const { outcome } = await check(await repository({ 'dist/a': '' }), []);
    expect(reasonOf(outcome)).toBe('CHECKS_INSUFFICIENT');
  });

  it('is a refusal when a check could not be made', async () => {
    const { outcome } = await check(await repository({ 'dist/a': '' }), [run('oom', 'kill -KILL $$')]);
    expect(reasonOf(outcome)).toBe('CHECKS_ERROR');
    expect(outcome.outputs.verdict).toBe('error');
  });

  it('removes what an earlier run sealed before it does anything else', async () => {
    const workspace = await repository({ 'dist/a': 'a' });
    await check(workspace, [run('ok', 'true')]);
    await access(join(workspace, 'airlock-release/release.json'));
    const { outcome } = await check(workspace, [run('gone', 'test ! -e airlock-release && exit 1')]);
    expect(reasonOf(outcome)).toBe('CHECKS_FAILED');
    expect(await readdir(workspace)).toEqual(['dist']);
  });

  it('only checks when it is not to seal', async () => {
    const workspace = await repository({ 'dist/a': 'a' });
    const { outcome } = await check(workspace, [run('ok', 'true')], { seal: false });
    expect(outcome).toMatchObject({ kind: 'done', headline: '1 of 1 checks passed' });
    expect(outcome.outputs.digest).toBeUndefined();
    expect(await readdir(workspace)).toEqual(['dist']);
  });

  it('fails when the build left no output', async () => {
    await expect(check(await repository(), [run('build', 'true')])).rejects.toMatchObject({
      code: 'SEAL_OUTPUT_MISSING',
    });
  });

  it('ends every check and seals nothing when it is cancelled', async () => {
    const workspace = await repository({ 'dist/a': 'a' });
    const cancel = new AbortController();
    const checking = check(
      workspace,
      [run('a', 'touch up; sleep 600'), run('b', 'exit 1'), run('c', 'true', 'a')],
      {
        signal: cancel.signal,
      },
    );
    await expect.poll(() => readdir(workspace)).toContain('up');
    cancel.abort(new Error('CANCELLED'));
    await expect(checking).rejects.toThrow('CANCELLED');
    expect((await readdir(workspace)).sort()).toEqual(['dist', 'up']);
  });
});
