import { VercelCore } from '@vercel/sdk/core.js';
import { aliasesAssignAlias } from '@vercel/sdk/funcs/aliasesAssignAlias.js';
import { aliasesGetAlias } from '@vercel/sdk/funcs/aliasesGetAlias.js';
import { aliasesListDeploymentAliases } from '@vercel/sdk/funcs/aliasesListDeploymentAliases.js';
import { deploymentsCancelDeployment } from '@vercel/sdk/funcs/deploymentsCancelDeployment.js';
import { deploymentsCreateDeployment } from '@vercel/sdk/funcs/deploymentsCreateDeployment.js';
import { deploymentsDeleteDeployment } from '@vercel/sdk/funcs/deploymentsDeleteDeployment.js';
import { deploymentsGetDeployment } from '@vercel/sdk/funcs/deploymentsGetDeployment.js';
import { deploymentsGetDeploymentEvents } from '@vercel/sdk/funcs/deploymentsGetDeploymentEvents.js';
import { deploymentsGetDeployments } from '@vercel/sdk/funcs/deploymentsGetDeployments.js';
import { deploymentsListDeploymentFiles } from '@vercel/sdk/funcs/deploymentsListDeploymentFiles.js';
import { deploymentsUploadFile } from '@vercel/sdk/funcs/deploymentsUploadFile.js';
import { environmentCreateCustomEnvironment } from '@vercel/sdk/funcs/environmentCreateCustomEnvironment.js';
import { environmentGetCustomEnvironment } from '@vercel/sdk/funcs/environmentGetCustomEnvironment.js';
import { environmentGetProjectsByIdOrNameCustomEnvironments } from '@vercel/sdk/funcs/environmentGetProjectsByIdOrNameCustomEnvironments.js';
import { projectsFilterProjectEnvs } from '@vercel/sdk/funcs/projectsFilterProjectEnvs.js';
import { projectsGetProject } from '@vercel/sdk/funcs/projectsGetProject.js';
import { projectsGetProjectDomains } from '@vercel/sdk/funcs/projectsGetProjectDomains.js';
import { projectsRequestPromote } from '@vercel/sdk/funcs/projectsRequestPromote.js';
import { projectsRequestRollback } from '@vercel/sdk/funcs/projectsRequestRollback.js';
import { projectsUpdateProject } from '@vercel/sdk/funcs/projectsUpdateProject.js';
import { projectsUpdateProjectProtectionBypass } from '@vercel/sdk/funcs/projectsUpdateProjectProtectionBypass.js';
import { rollingReleaseApproveRollingReleaseStage } from '@vercel/sdk/funcs/rollingReleaseApproveRollingReleaseStage.js';
import { rollingReleaseCompleteRollingRelease } from '@vercel/sdk/funcs/rollingReleaseCompleteRollingRelease.js';
import { rollingReleaseDeleteRollingReleaseConfig } from '@vercel/sdk/funcs/rollingReleaseDeleteRollingReleaseConfig.js';
import { rollingReleaseGetRollingRelease } from '@vercel/sdk/funcs/rollingReleaseGetRollingRelease.js';
import { rollingReleaseGetRollingReleaseConfig } from '@vercel/sdk/funcs/rollingReleaseGetRollingReleaseConfig.js';
import { rollingReleaseStartRollingRelease } from '@vercel/sdk/funcs/rollingReleaseStartRollingRelease.js';
import { rollingReleaseUpdateRollingReleaseConfig } from '@vercel/sdk/funcs/rollingReleaseUpdateRollingReleaseConfig.js';
import { teamsGetTeam } from '@vercel/sdk/funcs/teamsGetTeam.js';
import { userGetAuthUser } from '@vercel/sdk/funcs/userGetAuthUser.js';
import { GetProjectResponseBody$inboundSchema } from '@vercel/sdk/models/getprojectresponsebody.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, pageOf, type Scene, sha1, TEAM } from './scene.ts';

/*
 * Vercel's own SDK reads every answer by the schema that Vercel publishes: an answer that leaves it is a
 * ResponseValidationError. The last test finds an operation that has a route here and was never asked for.
 */

let scene: Scene;
let sdk: VercelCore;

beforeAll(async () => {
  scene = await openScene(
    {},
    {
      protection: 'standard',
      customEnvironments: [{ slug: 'staging', domains: 1 }],
      variables: [
        { key: 'DATABASE_URL', value: 'postgres://secret', target: ['production', 'staging'] },
        { key: 'FLAG', value: 'on', type: 'plain', target: ['preview'] },
        { key: 'KEY', value: 'never-shown', type: 'sensitive', target: ['production'] },
      ],
    },
  );
  sdk = new VercelCore({
    serverURL: scene.fake.url,
    bearerToken: scene.token,
    retryConfig: { strategy: 'none' },
  });
});
afterAll(() => scene.fake.close());

const slug = TEAM;

async function good<Value>(
  asked: PromiseLike<
    { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: Error }
  >,
): Promise<Value> {
  const result = await asked;
  if (result.ok) return result.value;
  const { name, cause, message } = result.error;
  throw new Error(`${name}: ${cause instanceof Error && 'issues' in cause ? named(cause.issues) : message}`);
}

/** Schema issues, one a line, those of unions too. */
const named = (issues: unknown): string =>
  (issues as { path: string[]; message: string; unionErrors?: { issues: unknown }[] }[])
    .map(({ path, message, unionErrors }) =>
      unionErrors === undefined
        ? `${path.join('.')}: ${message}`
        : unionErrors.map((one) => named(one.issues)).join('\n or '),
    )
    .join('\n');

test('uploads, creates, reads, lists, cancels and deletes', async () => {
  await good(
    deploymentsUploadFile(sdk, {
      xVercelDigest: sha1('page'),
      contentLength: 4,
      slug,
      requestBody: new TextEncoder().encode('page'),
    }),
  );
  const created = await good(
    deploymentsCreateDeployment(sdk, {
      slug,
      requestBody: {
        name: 'shop',
        target: 'production',
        files: [pageOf('page')],
        meta: { digest: 'abc' },
        gitMetadata: { commitSha: 'c'.repeat(40), commitRef: 'main' },
      },
    }),
  );
  const queued = await good(deploymentsGetDeployment(sdk, { idOrUrl: created.id, slug }));
  expect(queued.readyState).toBe('QUEUED');
  scene.fake.settle();
  const ready = await good(deploymentsGetDeployment(sdk, { idOrUrl: created.id, slug }));
  expect(ready).toMatchObject({ readyState: 'READY', readySubstate: 'PROMOTED', target: 'production' });
  const listed = await good(deploymentsGetDeployments(sdk, { projectId: scene.project.id, slug }));
  expect(listed.deployments.map((one) => [one.uid, one.readySubstate])).toEqual([[created.id, 'PROMOTED']]);
  const events = await good(
    deploymentsGetDeploymentEvents(sdk, { idOrUrl: created.id, direction: 'forward', slug }),
  );
  expect(events).toMatchObject([{}, { type: 'stdout' }, {}, {}]);
  const files = await good(deploymentsListDeploymentFiles(sdk, { id: created.id, slug }));
  expect(files[0]).toMatchObject({ name: '.vercel', type: 'directory' });

  const unwanted = await scene.create('page');
  const canceled = await good(deploymentsCancelDeployment(sdk, { id: unwanted, slug }));
  expect(canceled.readyState).toBe('CANCELED');
  expect(await good(deploymentsDeleteDeployment(sdk, { id: unwanted, slug }))).toEqual({
    uid: unwanted,
    state: 'DELETED',
  });
});

test('a failed build, and a deployment of a custom environment', async () => {
  scene.fake.faults.build({ state: 'ERROR', message: 'Out of luck' });
  const failed = await scene.stage('page');
  expect(await good(deploymentsGetDeployment(sdk, { idOrUrl: failed, slug }))).toMatchObject({
    readyState: 'ERROR',
    errorCode: 'BUILD_FAILED',
    errorMessage: 'Out of luck',
  });
  const staging = await scene.stage('page', { target: undefined, customEnvironmentSlugOrId: 'staging' });
  expect(await good(deploymentsGetDeployment(sdk, { idOrUrl: staging, slug }))).toMatchObject({
    target: null,
    customEnvironment: { slug: 'staging' },
  });
  await good(deploymentsGetDeployments(sdk, { projectId: scene.project.id, target: 'staging', slug }));
});

test('aliases', async () => {
  const id = await scene.live('aliased');
  const domain = new URL(scene.project.domains[0] ?? '').host;
  expect(await good(aliasesGetAlias(sdk, { idOrAlias: domain, slug }))).toMatchObject({ deploymentId: id });
  const { aliases } = await good(aliasesListDeploymentAliases(sdk, { id, slug }));
  expect(aliases.map((one) => one.alias)).toEqual([domain]);
  const assigned = await good(
    aliasesAssignAlias(sdk, { id, slug, requestBody: { alias: 'shop-next.example.com' } }),
  );
  expect(assigned.alias).toBe('shop-next.example.com');
});

test('the project, its domains, variables, environments and bypasses', async () => {
  const project = await good(projectsGetProject(sdk, { idOrName: 'shop', slug }));
  expect(project.targets?.production).toMatchObject({ id: scene.project.live() });
  const updated = await good(
    projectsUpdateProject(sdk, { idOrName: 'shop', slug, requestBody: { autoAssignCustomDomains: true } }),
  );
  expect(updated.autoAssignCustomDomains).toBe(true);
  expect(await good(projectsGetProjectDomains(sdk, { idOrName: 'shop', slug }))).toMatchObject({
    domains: [{ verified: true }, { verified: true }],
  });
  const variables = await good(projectsFilterProjectEnvs(sdk, { idOrName: 'shop', slug }));
  expect(JSON.stringify(variables)).not.toContain('postgres://secret');
  expect(JSON.stringify(variables)).not.toContain('never-shown');
  expect(variables).toMatchObject({
    envs: [{ key: 'DATABASE_URL' }, { key: 'FLAG', value: 'on' }, { key: 'KEY' }],
  });
  const environments = await good(
    environmentGetProjectsByIdOrNameCustomEnvironments(sdk, { idOrName: 'shop', slug }),
  );
  expect(environments.environments.map((one) => one.slug)).toEqual(['staging']);
  await good(
    environmentCreateCustomEnvironment(sdk, { idOrName: 'shop', slug, requestBody: { slug: 'qa' } }),
  );
  expect(
    await good(environmentGetCustomEnvironment(sdk, { idOrName: 'shop', environmentSlugOrId: 'qa', slug })),
  ).toMatchObject({ slug: 'qa', type: 'preview' });
  const bypass = await good(
    projectsUpdateProjectProtectionBypass(sdk, {
      idOrName: 'shop',
      slug,
      requestBody: { generate: { note: 'smoke tests' } },
    }),
  );
  expect(Object.keys(bypass.protectionBypass ?? {})).toHaveLength(2);
  await good(userGetAuthUser(sdk));
  await good(teamsGetTeam(sdk, { teamId: slug }));
});

test('promote, rollback and a rolling release', async () => {
  const where = { idOrName: 'shop', slug };
  const first = scene.project.live() ?? '';
  const second = await scene.stage('second');
  await good(projectsRequestPromote(sdk, { projectId: 'shop', deploymentId: second, slug }));
  scene.fake.settle();
  expect(scene.project.live()).toBe(second);
  await good(
    projectsRequestRollback(sdk, { projectId: 'shop', deploymentId: first, description: 'slow', slug }),
  );
  scene.fake.settle();
  expect(scene.project.live()).toBe(first);
  // The SDK cannot ask for `rollbackInfo`, but its schema has what comes of it.
  const asked = await scene.api('GET', '/v9/projects/shop?rollbackInfo=true');
  expect(GetProjectResponseBody$inboundSchema.parse(asked.body)).toMatchObject({
    autoAssignCustomDomains: false,
    lastAliasRequest: { type: 'rollback', toDeploymentId: first, jobStatus: 'succeeded' },
    rollbackDescription: { description: 'slow' },
  });

  expect(await good(rollingReleaseGetRollingRelease(sdk, where))).toEqual({ rollingRelease: null });
  const stages = [{ targetPercentage: 10 }, { targetPercentage: 50 }, { targetPercentage: 100 }];
  const response = await scene.api('PATCH', '/v1/projects/shop/rolling-release/config', {
    enabled: true,
    advancementType: 'manual-approval',
    stages,
  });
  expect(response.status).toBe(200);
  await good(rollingReleaseUpdateRollingReleaseConfig(sdk, where));
  expect(await good(rollingReleaseGetRollingReleaseConfig(sdk, where))).toMatchObject({
    rollingRelease: { stages },
  });
  const canaryDeploymentId = second;
  const started = await good(
    rollingReleaseStartRollingRelease(sdk, { ...where, requestBody: { canaryDeploymentId } }),
  );
  expect(started.rollingRelease).toMatchObject({ state: 'ACTIVE', activeStage: { targetPercentage: 10 } });
  const approved = await good(
    rollingReleaseApproveRollingReleaseStage(sdk, {
      ...where,
      requestBody: { canaryDeploymentId, nextStageIndex: 1 },
    }),
  );
  expect(approved.rollingRelease).toMatchObject({ activeStage: { targetPercentage: 50 } });
  await good(rollingReleaseGetRollingRelease(sdk, where));
  await good(projectsGetProject(sdk, where));
  const completed = await good(
    rollingReleaseCompleteRollingRelease(sdk, { ...where, requestBody: { canaryDeploymentId } }),
  );
  expect(completed.rollingRelease).toMatchObject({ state: 'COMPLETE' });
  expect(scene.project.live()).toBe(second);
  expect(await good(rollingReleaseDeleteRollingReleaseConfig(sdk, where))).toEqual({ rollingRelease: null });
});

test('every operation with a route was asked for, and nothing broke', () => {
  expect([...scene.fake.operations].filter((one) => !scene.fake.exercised.has(one))).toEqual([]);
  expect(scene.fake.problems).toEqual([]);
});
