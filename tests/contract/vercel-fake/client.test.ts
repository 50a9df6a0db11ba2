import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeployment } from '@vercel/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './scene.ts';

/* The package that the target deploys with speaks with the fake as with the real one. */

let scene: Scene;
let directory: string;
beforeAll(async () => {
  scene = await openScene({ pace: { build: 0 } });
  directory = await mkdtemp(join(tmpdir(), 'fake-vercel-client-'));
  const output = join(directory, '.vercel/output');
  await mkdir(join(output, 'static'), { recursive: true });
  await mkdir(join(output, 'functions/a.func'), { recursive: true });
  await writeFile(join(output, 'config.json'), '{"version":3}');
  await writeFile(join(output, 'static/index.html'), 'by the client');
  await writeFile(join(output, 'functions/a.func/index.js'), 'code');
  await symlink('a.func', join(output, 'functions/b.func'));
});
afterAll(async () => {
  await scene.fake.close();
  await rm(directory, { recursive: true, force: true });
});

test('@vercel/client uploads what is missing, creates, and sees the deployment ready and aliased', async () => {
  const events: string[] = [];
  const options = {
    token: scene.token,
    path: directory,
    apiUrl: scene.fake.url,
    teamId: scene.teamId,
    prebuilt: true,
    vercelOutputDir: join(directory, '.vercel/output'),
    skipAutoDetectionConfirmation: true,
  };
  for await (const { type, payload } of createDeployment(options, {
    name: 'shop',
    target: 'production',
    autoAssignCustomDomains: false,
  })) {
    if (type === 'error') throw payload;
    events.push(type);
  }
  expect(events).toEqual(expect.arrayContaining(['file-uploaded', 'created', 'ready', 'alias-assigned']));
  const [deployment] = scene.project.deployments();
  expect(deployment?.substate).toBe('STAGED');
  expect(deployment?.files.map(({ file, mode }) => [file, mode & 0o170000])).toContainEqual([
    '.vercel/output/functions/b.func',
    0o120000,
  ]);
  expect(await (await fetch(deployment?.origin ?? '')).text()).toBe('by the client');
  expect(scene.fake.problems).toEqual([]);
});
