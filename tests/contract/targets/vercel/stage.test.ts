import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { NewProject } from '../../../../rehearsal/vercel/seed.ts';
import { createOnce } from '../../../../src/targets/vercel/create.ts';
import { inventory, listFiles } from '../../../../src/targets/vercel/files.ts';
import { gitMetadataOf, provenanceOf } from '../../../../src/targets/vercel/provenance.ts';
import { stageOnVercel } from '../../../../src/targets/vercel/stage.ts';
import { EVENT, NEVER } from './staging-host.ts';
import { failureOf, OUTPUT, openScene, type Scene, sha1Of } from './staging-scene.ts';

const QUICK = { roundMs: 100 };
const CREATES = 'createDeployment';

let scene: Scene;
afterEach(async () => {
  expect(scene.fake.problems).toEqual([]);
  await scene.close();
});
const set = async (project?: Partial<NewProject>, options?: Parameters<typeof openScene>[1]) => {
  scene = await openScene(project, options);
};
const count = (asked: readonly string[], operation: string) =>
  asked.filter((one) => one === operation).length;

describe('staging a release', () => {
  it('puts it into production beside what is live, and takes no domain', async () => {
    await set();
    const request = await scene.release('1.0.0');
    const staged = await stageOnVercel(scene.open(), request, NEVER, QUICK);
    const [made, ...others] = scene.project.deployments();
    expect(others).toEqual([]);
    expect(made).toMatchObject({ id: staged.id, target: 'production', state: 'READY', substate: 'STAGED' });
    expect(scene.project.live()).toBeUndefined();
    expect(staged).toEqual({
      id: made?.id,
      digest: request.release.digest,
      version: '1.0.0',
      commit: request.release.commit,
      state: 'staged',
      url: made?.origin,
      weight: 0,
      stagedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(made?.meta).toEqual({
      airlockApp: 'shop',
      airlockEnvironment: 'production',
      airlockVersion: '1.0.0',
      airlockCommit: request.release.commit,
      airlockDigest: request.release.digest,
      airlockBuiltAt: request.release.builtAt,
      airlockRun: EVENT.run.url,
      airlockRunId: '7',
      airlockRunAttempt: '2',
    });
  });

  it('sends every file by its own name, kind and content', async () => {
    await set();
    const files = {
      ...OUTPUT,
      // One content in three kinds: Vercel's client would give all of them the mode of one.
      'static/tool.txt': 'index.func',
      'static/tool': { program: 'index.func' },
      'static/naïve name.txt': 'ä',
    };
    await stageOnVercel(scene.open(), await scene.release('1.0.0', files), NEVER, QUICK);
    const [made] = scene.project.deployments();
    const link = sha1Of('index.func');
    const listed = made?.files.map(({ file, mode, sha }) => [file, mode, sha]);
    expect(listed?.toSorted()).toEqual(
      [
        ['.vercel/output/config.json', 0o100644, sha1Of('{"version":3}')],
        ['.vercel/output/functions/api.func', 0o120777, link],
        ['.vercel/output/functions/index.func/.vc-config.json', 0o100644, expect.any(String)],
        ['.vercel/output/functions/index.func/index.js', 0o100644, expect.any(String)],
        ['.vercel/output/static/app.js', 0o100644, sha1Of('console.log(1)')],
        ['.vercel/output/static/index.html', 0o100644, sha1Of('<h1>Shop</h1>')],
        ['.vercel/output/static/naïve name.txt', 0o100644, sha1Of('ä')],
        ['.vercel/output/static/tool', 0o100755, link],
        ['.vercel/output/static/tool.txt', 0o100644, link],
        ['.vercel/output/static/version.txt', 0o100644, sha1Of('1.0.0')],
      ].toSorted(),
    );
    expect(count(scene.asked(), 'uploadFile')).toBe(8);
  });

  it('uploads only what Vercel has not', async () => {
    await set();
    await stageOnVercel(scene.open(), await scene.release('1.0.0'), NEVER, QUICK);
    scene.asked();
    await stageOnVercel(scene.open(), await scene.release('1.1.0'), NEVER, QUICK);
    expect(count(scene.asked(), 'uploadFile')).toBe(1);
  });

  it('finds what was staged before, and makes and uploads nothing', async () => {
    await set();
    const request = await scene.release('1.0.0');
    const first = await stageOnVercel(scene.open(), request, NEVER, QUICK);
    scene.asked();
    expect(await stageOnVercel(scene.open(), request, NEVER, QUICK)).toEqual(first);
    expect(scene.asked()).toEqual(['getProject', 'getDeployments']);
    expect(scene.project.deployments()).toHaveLength(1);
  });

  it('waits for the deployment that an earlier run left under way', async () => {
    await set({}, { pace: { build: 3 } });
    const context = scene.open();
    const request = await scene.release('1.0.0', { 'config.json': '{"version":3}' });
    const files = await inventory(
      request.directory,
      await listFiles(request.directory),
      '.vercel/output/',
      NEVER,
    );
    const creation = {
      meta: provenanceOf(request.release, 'production', EVENT),
      gitMetadata: gitMetadataOf(request.release, EVENT),
    };
    await expect(createOnce(context, creation, files, NEVER)).resolves.toMatchObject({ kind: 'missing' });
    const staged = await stageOnVercel(context, request, NEVER, QUICK);
    scene.asked();
    const created = await createOnce(
      context,
      { ...creation, meta: { ...creation.meta, airlockVersion: '2.0.0' } },
      files,
      NEVER,
    );
    const id = created.kind === 'created' ? created.deployment.id : undefined;
    const second = { ...request, release: { ...request.release, version: '2.0.0' } };
    expect(await stageOnVercel(context, second, NEVER, QUICK)).toMatchObject({ id, state: 'staged' });
    expect(id).not.toBe(staged.id);
    expect(count(scene.asked(), CREATES)).toBe(1);
  });

  it('makes one for two who stage the same release at the same time', async () => {
    await set({}, { pace: { build: 4 } });
    const request = await scene.release('1.0.0');
    const both = await Promise.all(
      [scene.open(), scene.open()].map((context) => stageOnVercel(context, request, NEVER, QUICK)),
    );
    expect(both[0]?.id).toBe(both[1]?.id);
    expect(scene.project.deployments().map(({ id }) => id)).toEqual([both[0]?.id]);
  });

  it('makes another of the same files as another version or commit, or in another environment', async () => {
    await set({ customEnvironments: [{ slug: 'staging' }] });
    const request = await scene.release('1.0.0');
    const same = (other: object) => ({ ...request, release: { ...request.release, ...other } });
    const stage = async (environment: string, other: object) =>
      (await stageOnVercel(scene.open({ environment }), same(other), NEVER, QUICK)).id;
    const ids = [
      await stage('production', {}),
      await stage('production', { version: '1.0.1' }),
      await stage('production', { version: '1.0.1', commit: 'b'.repeat(40) }),
      await stage('staging', {}),
      await stage('preview', {}),
    ];
    expect(new Set(ids).size).toBe(5);
    const [live, , , staging, preview] = scene.project.deployments();
    expect(live?.target).toBe('production');
    expect(staging?.target).toEqual({ custom: expect.stringMatching(/^env_/) });
    expect(preview?.target).toBe('preview');
    // Without it Vercel hands back the earlier deployment of the same files.
    const creates = scene.fake.requests.filter(({ operation }) => operation === CREATES);
    for (const { path } of creates) expect(path).toMatch(/forceNew=1.*prebuilt=1/);
  });

  it('names the environment that the project has not, and how to make it', async () => {
    await set({ customEnvironments: [{ slug: 'qa' }] });
    const failure = await failureOf(
      stageOnVercel(scene.open({ environment: 'staging' }), await scene.release('1.0.0'), NEVER, QUICK),
    );
    expect(failure.code).toBe('VERCEL_ENVIRONMENT_MISSING');
    expect(failure.message).toContain('production, preview, qa');
    expect(failure.next).toContain('Settings → Environments');
    expect(scene.asked()).not.toContain(CREATES);
  });

  it('lets Vercel build a source where the settings say so, and says it loudly', async () => {
    await set();
    const request = await scene.release('1.0.0', { 'package.json': '{}', 'src/index.ts': 'export {}' });
    await stageOnVercel(scene.open({ settings: { build: 'vercel' } }), request, NEVER, QUICK);
    const [made] = scene.project.deployments();
    expect(made?.files.map(({ file }) => file).toSorted()).toEqual([
      'package.json',
      'src/index.ts',
      'static/version.txt',
    ]);
    const create = scene.fake.requests.find(({ operation }) => operation === CREATES);
    expect(create?.path).not.toContain('prebuilt');
    expect(scene.log.lines.some((line) => /^warning: Vercel builds this release/.test(line))).toBe(true);
  });

  it.each([
    ['no config.json', undefined],
    ['another version', '{"version":2}'],
    ['no JSON', '{'],
  ])('refuses a prebuilt folder with %s', async (_what, config) => {
    await set();
    const request = await scene.release('1.0.0', { 'index.html': 'x' });
    if (config !== undefined) await writeFile(join(request.directory, 'config.json'), config);
    const failure = await failureOf(stageOnVercel(scene.open(), request, NEVER, QUICK));
    expect(failure.code).toBe('VERCEL_OUTPUT_INVALID');
    expect(failure.next).toContain('build.output: .vercel/output');
    expect(scene.asked()).not.toContain(CREATES);
  });

  it('sends more files than Vercel takes as one archive, and says so', async () => {
    await set();
    const request = await scene.release('1.0.0');
    await stageOnVercel(scene.open(), request, NEVER, { ...QUICK, mostFiles: 6 });
    const [made] = scene.project.deployments();
    expect(made?.files.map(({ file }) => file)).toEqual(['.vercel/source.tgz.part1']);
    expect(scene.log.lines.join('\n')).toContain('7 files are more than the 6');
    // The same again is the same bytes: nothing new is uploaded.
    scene.asked();
    const again = { ...request, release: { ...request.release, version: '1.0.1' } };
    await stageOnVercel(scene.open(), again, NEVER, { ...QUICK, mostFiles: 6 });
    expect(count(scene.asked(), 'uploadFile')).toBe(0);
  });

  it('changes nothing of what it was given', async () => {
    await set();
    const request = await scene.release('1.0.0');
    const frozen = Object.freeze({
      ...request,
      release: Object.freeze(request.release),
      event: Object.freeze(EVENT),
    });
    const context = scene.open();
    for (const one of [context.settings, context.environment, context.api.access]) Object.freeze(one);
    await expect(stageOnVercel(context, frozen, NEVER, QUICK)).resolves.toMatchObject({ state: 'staged' });
  });
});

describe('a deployment that fails', () => {
  it('shows the end of its log, without secrets, and is not used again', async () => {
    await set();
    const logs = [
      ...Array.from({ length: 300 }, (_, index) => `line ${index}`),
      `using ${scene.token}`,
      '\u001b[31mError: no such module "x"\u001b[39m',
    ];
    scene.fake.faults.build({ state: 'ERROR', message: 'Command "npm run build" exited with 1', logs });
    const request = await scene.release('1.0.0');
    const failure = await failureOf(stageOnVercel(scene.open(), request, NEVER, QUICK));
    expect(failure.code).toBe('VERCEL_BUILD_FAILED');
    const lines = failure.message.split('\n');
    expect(lines[0]).toContain('Command "npm run build" exited with 1');
    expect(lines.slice(-3)).toEqual(['line 299', 'using ***', 'Error: no such module "x"']);
    expect(lines.length).toBeLessThan(40);
    await stageOnVercel(scene.open(), request, NEVER, QUICK);
    expect(scene.project.deployments().map(({ state }) => state)).toEqual(['ERROR', 'READY']);
  });

  it('ends with one that was cancelled, which Vercel’s client would ask after for ever', async () => {
    await set();
    scene.fake.faults.build({ state: 'CANCELED' });
    const request = await scene.release('1.0.0');
    const failure = await failureOf(stageOnVercel(scene.open(), request, NEVER));
    expect(failure.code).toBe('VERCEL_BUILD_CANCELLED');
    await stageOnVercel(scene.open(), request, NEVER, QUICK);
    expect(scene.project.deployments().map(({ state }) => state)).toEqual(['CANCELED', 'READY']);
  });

  it('gives up after the time that the settings allow, and a rerun goes on with it', async () => {
    await set({}, { pace: { build: 1_000_000 } });
    const request = await scene.release('1.0.0');
    const options = { roundMs: 30, readyMs: 100 };
    const failure = await failureOf(stageOnVercel(scene.open(), request, NEVER, options));
    expect(failure.code).toBe('VERCEL_BUILD_TIMEOUT');
    expect(failure.next).toContain('build-timeout');
    scene.fake.settle();
    await stageOnVercel(scene.open(), request, NEVER, QUICK);
    expect(scene.project.deployments()).toHaveLength(1);
  });
});

describe('a cancel', () => {
  it('takes the deployment under way off Vercel, though its client sleeps', { timeout: 5_000 }, async () => {
    await set({}, { pace: { build: 1_000_000 } });
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    // The client answers a 503 with a random sleep of 5 to 35 s.
    scene.fake.faults.next({ match: 'getDeployment', answer: 503, times: 1 });
    const staging = stageOnVercel(scene.open(), await scene.release('1.0.0'), cancel.signal);
    await expect
      .poll(() => scene.fake.requests.some(({ operation }) => operation === 'getDeployment'))
      .toBe(true);
    cancel.abort(reason);
    await expect(staging).rejects.toBe(reason);
    expect(scene.project.deployments().map(({ state }) => state)).toEqual(['CANCELED']);
  });

  it('leaves alone what another run is waiting for', { timeout: 5_000 }, async () => {
    await set({}, { pace: { build: 1_000_000 } });
    const request = await scene.release('1.0.0');
    const other = { ...EVENT, run: { ...EVENT.run, url: 'https://github.com/acme/shop/actions/runs/8' } };
    const cancels = [new AbortController(), new AbortController()] as const;
    const first = stageOnVercel(scene.open(), request, cancels[0].signal);
    await expect.poll(() => scene.project.deployments().length).toBe(1);
    await expect.poll(() => count(scene.asked(), 'getDeployment')).toBeGreaterThan(0);
    const second = stageOnVercel(scene.open(), { ...request, event: other }, cancels[1].signal);
    await expect.poll(() => count(scene.asked(), 'getDeployment')).toBeGreaterThan(0);
    cancels[1].abort(new Error('second'));
    await expect(second).rejects.toThrow('second');
    expect(scene.project.deployments().map(({ state }) => state)).not.toContain('CANCELED');
    cancels[0].abort(new Error('first'));
    await expect(first).rejects.toThrow('first');
    expect(scene.project.deployments().map(({ state }) => state)).toEqual(['CANCELED']);
  });

  it('stops a create that is not answered', { timeout: 5_000 }, async () => {
    await set();
    scene.fake.faults.next({ match: 'createDeployment', answer: 'timeout' });
    const cancel = new AbortController();
    const staging = stageOnVercel(
      scene.open({ timeoutMs: 60_000 }),
      await scene.release('1.0.0'),
      cancel.signal,
    );
    await expect.poll(() => scene.fake.faults.hit).toBe(1);
    cancel.abort(new Error('enough'));
    await expect(staging).rejects.toThrow('enough');
  });
});
