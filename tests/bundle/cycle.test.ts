import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runBundle } from './run-bundle.ts';
import { done, openScene, type Scene, SECRET } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

it('takes a commit from a plan to live and back, each action by its own bundle', async () => {
  const checks = {
    build: 'mkdir -p dist && cp server.mjs dist/ && echo $AIRLOCK_VERSION > dist/version.txt',
  };
  await scene.configure({ build: { output: 'dist', checks } });

  const plan = done(await scene.run('plan', { covers: 'production' }));
  expect(JSON.parse(plan.outputs.environments ?? '')).toEqual(['production']);
  const { version = '', commit = '', 'build-time': time = '' } = plan.outputs;
  expect(commit).toBe(scene.commit);

  const build = done(await scene.run('build-check', { version, commit, 'build-time': time }));
  expect(build.outputs).toMatchObject({ verdict: 'pass', artifact: 'airlock-release' });
  const { digest = '' } = build.outputs;

  const gate = done(await scene.run('plan', { environment: 'production', digest }));
  expect(JSON.parse(gate.outputs.environments ?? '')).toEqual(['production']);

  const migrate = done(await scene.run('migrate', { digest }));
  expect(migrate.outputs.applied).toBe('[]');

  const app = { 'app-variables': `API_KEY=${SECRET}` };
  const deploy = done(await scene.run('deploy', { digest, ...app }));
  const { 'deployment-id': id = '', url = '', entry = '' } = deploy.outputs;
  expect(await scene.live()).toBeUndefined();
  expect(done(await scene.run('deploy', { digest, ...app })).outputs).toMatchObject({ url, entry });

  const smoke = done(await scene.run('smoke-test', { url, digest, 'bypass-header': `x-pass: ${SECRET}` }));
  expect(smoke.outputs.verdict).toBe('pass');

  const promotion = { digest, 'deployment-id': id, verdict: 'pass', ...app };
  const promote = done(await scene.run('promote', promotion));
  expect(promote.outputs.previous).toBe('');
  expect(await scene.live()).toBe(version);
  done(await scene.run('promote', promotion));
  expect(await scene.post('promote', promotion, promote)).toMatchObject({ code: 0, log: expect.any(String) });
  // What main closed itself, post asks nobody about: here no GitHub answers.
  const { state } = promote;
  const alone = await runBundle('promote', { inputs: { environment: 'production', ...promotion }, state });
  expect(alone).toMatchObject({ code: 0, annotations: [] });

  await scene.release('2.0.0');
  expect(await scene.live()).toBe('2.0.0');
  const rollback = done(await scene.run('rollback', { reason: 'the second is slow' }));
  expect(rollback.outputs).toMatchObject({ 'rolled-back': 'true', version, undone: '2.0.0' });
  expect(rollback.annotations).toMatchObject([{ level: 'warning' }]);
  expect(await scene.live()).toBe(version);
  expect((await scene.entries())[0]).toBe(`rollback ${version} succeeded`);
});

it('says no with a reason, in every place where one looks for it', async () => {
  await scene.configure({ build: { output: 'dist', checks: { never: 'echo no; exit 1' } } });
  const { commit } = scene;
  const time = '2026-11-01T10:00:00.000Z';
  const run = await scene.run('build-check', { version: '3.0.0', commit, 'build-time': time });
  expect(run.code).toBe(1);
  expect(run.outputs).toMatchObject({ result: 'refused', reason: 'CHECKS_FAILED', digest: '' });
  expect(run.summary).toMatch(/^### ⛔ build-check: .*never failed[\s\S]*CHECKS_FAILED/);
  expect(run.annotations.map(({ text }) => text).join()).toContain('[CHECKS_FAILED]');
});

it('shows what a build prints as text, whatever it looks like', async () => {
  await mkdir(join(scene.workspace, 'scripts'), { recursive: true });
  const lines = [
    '::set-output name=digest::forged',
    '  ::add-mask::production',
    '::error::forged',
    'see ##[error]forged',
    '::stop-commands::forged',
    '::forged::',
  ];
  await writeFile(join(scene.workspace, 'scripts/lines.txt'), `${lines.join('\n')}\n`);
  const check =
    'cat scripts/lines.txt; printf "over\\r::warning::forged\\n"; echo "digest=forged" >> "$GITHUB_OUTPUT"';
  await scene.configure({ build: { output: 'dist', checks: { print: { run: check }, after: 'exit 1' } } });
  const { commit } = scene;
  const time = '2026-11-01T10:00:00.000Z';
  const run = await scene.run('build-check', { version: '3.0.0', commit, 'build-time': time });
  for (const line of lines) expect(run.log).toContain(line);
  let token: string | undefined;
  const obeyed = run.log.split(/\r\n|\r|\n/).filter((line) => {
    const stop = token === undefined ? /^::stop-commands::(.+)$/.exec(line)?.[1] : undefined;
    if (stop !== undefined) token = stop;
    else if (line === `::${token}::`) token = undefined;
    else return token === undefined && /^\s*::|##\[/.test(line);
    return false;
  });
  expect(obeyed.filter((line) => line.includes('forged') || line.includes('add-mask'))).toEqual([]);
  expect(run.outputs.digest).toBe('');
});
