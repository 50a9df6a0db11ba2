import { expect, test } from 'vitest';
import { NEW_SETTINGS } from '../../../rehearsal/github/settings.ts';
import { readWorkflows } from '../../../src/callers/read-workflows.ts';
import { readConfiguration } from '../../../src/config/load.ts';
import { examine } from '../../../src/cycle/examine.ts';
import { connectGitHub } from '../../../src/github/api.ts';
import { createRepositorySettings } from '../../../src/github/repository-settings.ts';
import { targetSchemas } from '../../../src/targets/registry.ts';
import { CONFIGURATION, GUARDED, openScene, type Scene } from './scene.ts';

const REPOSITORY = { owner: 'octo', name: 'shop' };
const ENVIRONMENTS = ['staging', 'production'];

const settingsOf = ({ github }: Scene, token: string, signal?: AbortSignal) =>
  createRepositorySettings(
    connectGitHub({
      token,
      api: { rest: github.apiUrl, graphql: github.graphqlUrl },
      repository: REPOSITORY,
      clock: { now: () => new Date(), sleep: async () => {} },
      ...(signal === undefined ? {} : { signal }),
    }),
  );

const examined = async (scene: Scene, token: string) =>
  examine({
    repository: REPOSITORY,
    configuration: await readConfiguration(
      `${scene.directory}/.github/airlock.yml`,
      'airlock.yml',
      targetSchemas,
    ),
    settings: settingsOf(scene, token),
    workflows: { read: () => readWorkflows(scene.directory) },
  });

test('reads everything with the rights of an administrator', async () => {
  const scene = await openScene();
  scene.repository.configure({
    branchProtection: { main: { reviews: true, admins: true, forcePushes: false, deletions: true } },
    runners: [{ id: 1, name: 'attic', status: 'offline', labels: ['self-hosted'], version: '2.336.1' }],
  });
  const facts = await settingsOf(scene, scene.github.mintUserToken('mary')).read([
    ...ENVIRONMENTS,
    'missing',
  ]);
  expect(facts).toEqual({
    repository: {
      kind: 'read',
      value: { visibility: 'private', ownerKind: 'organization', defaultBranch: 'main' },
    },
    plan: { kind: 'read', value: 'enterprise' },
    administrators: { kind: 'read', value: ['mary'] },
    environments: [
      {
        name: 'staging',
        gate: {
          kind: 'read',
          value: {
            reviewers: [],
            preventsSelfReview: false,
            waitMinutes: 0,
            branches: 'all',
            adminsMayBypass: true,
          },
        },
        policies: { kind: 'read', value: [] },
      },
      {
        name: 'production',
        gate: {
          kind: 'read',
          value: {
            reviewers: [{ type: 'User', id: expect.any(Number), name: 'mary' }],
            preventsSelfReview: true,
            waitMinutes: 0,
            branches: 'custom',
            adminsMayBypass: false,
          },
        },
        policies: {
          kind: 'read',
          value: [
            { name: 'main', type: 'branch' },
            { name: 'v*', type: 'tag' },
          ],
        },
      },
      { name: 'missing', gate: { kind: 'read', value: undefined }, policies: { kind: 'read', value: [] } },
    ],
    protectedBranches: { kind: 'read', value: ['main'] },
    defaultWorkflows: { kind: 'read', value: ['.github/workflows/deploy.yml'] },
    branchProtection: {
      kind: 'read',
      value: { reviews: true, reviewBypass: [], bindsAdmins: true, forcePushes: false, deletions: true },
    },
    rulesets: {
      kind: 'read',
      value: [
        expect.objectContaining({ name: 'main', target: 'branch', bypass: [], isOrganizations: false }),
        expect.objectContaining({ name: 'versions', include: ['refs/tags/v*'], bypass: ['administrators'] }),
      ],
    },
    actions: { kind: 'read', value: { isEnabled: true, allowed: 'all', requiresShaPins: true } },
    workflowToken: { kind: 'read', value: { access: 'read', mayApprove: false } },
    repositorySecrets: { kind: 'read', value: ['DOCTOR_TOKEN'] },
    organizationSecrets: { kind: 'read', value: [] },
    runners: { kind: 'read', value: [{ name: 'attic', labels: ['self-hosted'], version: '2.336.1' }] },
  });
});

test('knows an unprotected branch from one that it may not look at', async () => {
  const scene = await openScene();
  const open = await settingsOf(scene, scene.github.mintUserToken('mary')).read([]);
  expect(open.branchProtection).toEqual({ kind: 'read', value: undefined });
  const hidden = await settingsOf(scene, scene.github.mintUserToken('rita', { contents: 'read' })).read([]);
  expect(hidden.branchProtection).toMatchObject({ kind: 'unread', needs: '`administration: read`' });
});

test('reads past the first page', async () => {
  const scene = await openScene();
  const repository = Array.from({ length: 250 }, (_, index) => `SECRET_${index}`);
  scene.repository.configure({ secrets: { repository, organization: [], environments: {} } });
  const facts = await settingsOf(scene, scene.github.mintUserToken('mary')).read([]);
  expect(facts.repositorySecrets).toEqual({ kind: 'read', value: repository });
});

test('a job’s own token leaves open what it may not read, each with the permission that is missing', async () => {
  const scene = await openScene();
  const { id: runId } = scene.github.openRun({
    repository: 'octo/shop',
    workflowPath: '.github/workflows/doctor.yml',
    workflowName: 'Doctor',
    event: 'schedule',
    ref: 'refs/heads/main',
    sha: scene.repository.commit('Second'),
    actor: 'mary',
  });
  const token = scene.github.mintToken({
    runId,
    job: 'doctor',
    permissions: { contents: 'read', actions: 'read' },
  });
  const facts = await settingsOf(scene, token).read(ENVIRONMENTS);
  expect(facts.environments.map(({ gate }) => gate.kind)).toEqual(['read', 'read']);
  const unread = Object.entries(facts).flatMap(([name, read]) =>
    'kind' in read && read.kind === 'unread' ? [[name, read.needs]] : [],
  );
  expect(Object.fromEntries(unread)).toEqual({
    plan: expect.stringContaining('plan'),
    branchProtection: '`administration: read`',
    actions: '`administration: read`',
    workflowToken: '`administration: read`',
    repositorySecrets: '`secrets: read`',
    organizationSecrets: '`secrets: read`',
    runners: '`administration: read`',
  });
  expect(facts.rulesets).toMatchObject({
    kind: 'read',
    value: [{ bypass: undefined }, { bypass: undefined }],
  });
  const findings = await examined(scene, token);
  expect(findings.filter(({ severity }) => severity === 'open')).toEqual([]);
  for (const id of ['token-default', 'secrets-level', 'environment-plan', 'bypass'])
    expect(findings.find((one) => one.id === id)?.severity, id).toBe('unknown');
});

test('a server that fails on one question hides one answer', async () => {
  const scene = await openScene();
  scene.github.faults.next({ match: 'actions/list-repo-secrets', answer: 502, times: 10 });
  const facts = await settingsOf(scene, scene.github.mintUserToken('mary')).read(ENVIRONMENTS);
  expect(facts.repositorySecrets).toMatchObject({ kind: 'unread', needs: undefined });
  const others = Object.entries(facts).filter(([name]) => name !== 'repositorySecrets');
  for (const [name, read] of others) if ('kind' in read) expect(read.kind, name).toBe('read');
});

test('a cancel ends it', async () => {
  const scene = await openScene();
  const cancelled = new Error('cancelled');
  const reading = settingsOf(scene, scene.github.mintUserToken('mary'), AbortSignal.abort(cancelled)).read(
    [],
  );
  await expect(reading).rejects.toBe(cancelled);
});

test('a field that GitHub leaves out is not taken for a no', async () => {
  const scene = await openScene();
  scene.repository.protect('production', { ...GUARDED, adminsMayBypass: undefined });
  const findings = await examined(scene, scene.github.mintUserToken('mary'));
  expect(findings.filter(({ severity }) => severity !== 'ok')).toMatchObject([
    { id: 'environment-admin-bypass', severity: 'unknown' },
  ]);
});

test('the command it gives for a gate is one for all of it, closes it, and takes nothing else away', async () => {
  const scene = await openScene();
  const { github, repository } = scene;
  const token = github.mintUserToken('mary');
  const gaps = { reviewers: ['mary'], preventSelfReview: false, waitMinutes: 7, branches: 'all' } as const;
  repository.protect('production', gaps);
  const found = (await examined(scene, token)).filter(
    ({ id, about }) =>
      about === 'production' && ['environment-self-review', 'environment-branches'].includes(id),
  );
  const [command, ...others] = [...new Set(found.map(({ fix }) => fix?.command ?? ''))];
  expect([found.length, others]).toEqual([2, []]);
  // As a shell would: what is in quotes goes into `gh api`.
  const [, body = '', path = ''] = /^echo '(.+?)' \| gh api -X PUT (\S+)/.exec(command ?? '') ?? [];
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${github.apiUrl}/${path}`, { method: 'PUT', headers, body });
  expect(answer.status, await answer.text()).toBe(200);
  expect(github.snapshot().repositories[0]?.environments.production).toMatchObject({
    reviewers: ['mary'],
    preventSelfReview: true,
    waitMinutes: 7,
    branches: 'custom',
  });
  expect(command).toContain(' -f name=main -f type=branch && ');
  expect(command).toMatch(/ -f name='v\*' -f type=tag$/);
  const after = await examined(scene, token);
  for (const { id } of found) expect(after.find((one) => one.id === id)?.severity, id).toBe('ok');
});

test('finds a new repository open', async () => {
  const scene = await openScene();
  scene.repository.configure({ ...NEW_SETTINGS, workflowToken: { access: 'write', mayApprove: true } });
  scene.repository.protect('production', {});
  const findings = await examined(scene, scene.github.mintUserToken('mary'));
  const open = new Set(findings.filter(({ severity }) => severity === 'open').map(({ id }) => id));
  expect(open).toEqual(
    new Set([
      'environment-reviewers',
      'environment-admin-bypass',
      'environment-branches',
      'environment-plan',
      'branch-reviews',
      'tag-protection',
      'token-default',
    ]),
  );
});

test('a caller that waits on a branch is told from one on the default branch', async () => {
  const scene = await openScene();
  const token = scene.github.mintUserToken('mary');
  const by = 'gates: { approval: { by: comment, approvers: [alice] } }';
  await scene.write({
    '.github/airlock.yml': CONFIGURATION.replace('gates: { approval: required }', by),
    '.github/workflows/approve.yml': `on: { workflow_run: { workflows: [.github/workflows/deploy.yml] }, issue_comment: }
permissions: {}
jobs: { airlock: { uses: 'airlock-actions/airlock/.github/workflows/approve.yml@${'a'.repeat(40)}' } }
`,
  });
  const found = async () =>
    (await examined(scene, token))
      .filter(({ id }) => id === 'approve-caller')
      .map(({ severity, what }) => [severity, what]);
  expect(await found()).toEqual([
    ['warn', 'it is not on main, and GitHub starts it for comments from there alone'],
  ]);
  scene.commit();
  expect(await found()).toEqual([['ok', 'people are asked and heard for production']]);
});
