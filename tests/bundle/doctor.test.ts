import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Finding } from '../../src/domain/doctor/diagnose.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
  await mkdir(join(scene.workspace, '.github/workflows'), { recursive: true });
  await writeFile(
    join(scene.workspace, '.github/workflows/deploy.yml'),
    `on: push
permissions: {}
jobs:
  airlock:
    uses: airlock-actions/airlock/.github/workflows/pipeline.yml@${'a'.repeat(40)}
    permissions: { contents: read, deployments: write, actions: read, issues: read, pull-requests: read }
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: sly/lint@v3
`,
  );
});
afterAll(() => scene.close());

const findingsOf = (outputs: Readonly<Record<string, string>>) =>
  JSON.parse(outputs.findings ?? '') as Finding[];

it('refuses what is open: in the table with its way, in an annotation at its line, as JSON', async () => {
  const run = await scene.run('doctor', { token: scene.github.mintUserToken('mary') });
  expect(run.code).toBe(1);
  expect(run.outputs).toMatchObject({ result: 'refused', reason: 'DOCTOR_FOUND_OPEN', verdict: 'open' });
  const pin = findingsOf(run.outputs).find(({ id }) => id === 'actions-pinned');
  expect(pin).toMatchObject({ severity: 'open', at: { file: '.github/workflows/deploy.yml', line: 10 } });
  expect(run.annotations).toContainEqual(
    expect.objectContaining({
      level: 'error',
      text: expect.stringContaining('sly/lint@v3'),
      properties: expect.objectContaining({ file: '.github/workflows/deploy.yml', line: '10' }),
    }),
  );
  expect(run.summary).toContain('| 🔴 open |');
  expect(run.summary).toContain('<pre>gh api repos/sly/lint/commits/v3 --jq .sha</pre>');
});

it('reports the same and goes on when nothing is to fail it', async () => {
  const run = await scene.run('doctor', { token: scene.github.mintUserToken('mary'), 'fail-on': 'none' });
  expect(run.code).toBe(0);
  expect(run.outputs).toMatchObject({ result: 'done', reason: '', verdict: 'open' });
});

it('with the token of a job cannot tell, and that is a no', async () => {
  await writeFile(
    join(scene.workspace, '.github/workflows/deploy.yml'),
    'on: workflow_dispatch\npermissions: {}\njobs:\n  lint: { runs-on: ubuntu-latest }\n',
  );
  scene.repository.protect('production', {
    reviewers: ['mary'],
    preventSelfReview: true,
    branches: 'custom',
    branchPatterns: ['main'],
    adminsMayBypass: false,
  });
  const rule = { enforcement: 'active', bypass: [] } as const;
  scene.repository.configure({
    rulesets: [
      {
        ...rule,
        id: 1,
        name: 'main',
        target: 'branch',
        include: ['~DEFAULT_BRANCH'],
        rules: ['pull_request'],
      },
      {
        ...rule,
        id: 2,
        name: 'v',
        target: 'tag',
        include: ['~ALL'],
        rules: ['creation', 'update', 'deletion'],
      },
    ],
  });
  const token = scene.mintToken({ contents: 'read', actions: 'read' });
  const run = await scene.run('doctor', { token });
  expect(run.code).toBe(1);
  expect(run.outputs).toMatchObject({ result: 'refused', reason: 'DOCTOR_CANNOT_TELL', verdict: 'unknown' });
  expect(run.summary).toContain('`administration: read`'.replaceAll('`', '\\`'));
  expect(run.log).toContain('DOCTOR_TOKEN');
});
