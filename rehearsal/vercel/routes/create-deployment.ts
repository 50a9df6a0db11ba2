import { createHash } from 'node:crypto';
import { findDeployment, findProject } from '../access.ts';
import { lookAtDeployment } from '../builds.ts';
import { badRequest, type Call, notFound, ok, Refusal, type Route, route } from '../call.ts';
import { environmentOf } from '../environment.ts';
import { spend } from '../limits.ts';
import type { BuildEnd } from '../progress.ts';
import { showDeployment } from '../representation.ts';
import { seedProject } from '../seed.ts';
import type { Deployment, FileEntry, Project } from '../state.ts';

interface NewDeployment {
  readonly name?: string;
  readonly project?: string;
  readonly target?: string;
  readonly customEnvironmentSlugOrId?: string;
  readonly autoAssignCustomDomains?: boolean;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly gitMetadata?: Readonly<Record<string, unknown>>;
  readonly files?: readonly NewFile[];
  readonly projectSettings?: unknown;
  /** A deployment to build again. */
  readonly deploymentId?: string;
}

interface NewFile {
  readonly file?: string;
  readonly sha?: string;
  readonly size?: number;
  readonly mode?: number;
  readonly data?: string;
  readonly encoding?: 'base64' | 'utf-8';
}

const MOST_FILES = 15_000;
const REGULAR_FILE = 0o100644;
const TYPE_OF_MODE = 0o170000;
const DIRECTORY = 0o040000;
const FINE: BuildEnd = { state: 'READY', logs: ['Build Completed in /vercel/output'] };

export const createRoutes: readonly Route[] = [
  route<NewDeployment>('createDeployment', 'POST', '/v13/deployments', async (call) => {
    const { state, account, body, query } = call;
    const again = body.deploymentId === undefined ? undefined : findDeployment(call, body.deploymentId);
    const project = again?.project ?? (await wantedProject(call));
    const target = wantedTarget(project, body);
    const meta = wantedMeta(body.meta);
    const files = again?.files ?? readFiles(call);
    spend(account, 'deployments', state.clock.now());

    const id = state.newId('dpl');
    const url = await state.edge.openDeployment(id);
    const deployment: Deployment = {
      id,
      project,
      url,
      target,
      createdAt: state.stamp(),
      meta: { ...again?.meta, ...meta },
      gitMetadata: body.gitMetadata,
      files,
      prebuilt: again?.prebuilt ?? query.prebuilt === '1',
      autoAssignCustomDomains: body.autoAssignCustomDomains ?? project.autoAssignCustomDomains,
      environment: environmentOf({ project, target, id, url, git: body.gitMetadata }),
      end: state.trouble.builds.shift() ?? FINE,
      state: 'QUEUED',
      substate: undefined,
      looks: 0,
      buildingAt: undefined,
      readyAt: undefined,
      canceledAt: undefined,
      aliasAssigned: false,
      events: [],
    };
    state.deployments.set(id, deployment);
    if (state.pace.build === 0) lookAtDeployment(state, deployment);
    return ok(showDeployment(state, call.url, deployment));
  }),
];

/**
 * The project by `project`, or by `name`. A name that the account does not know makes a new project, as
 * with Vercel: a deployment in the wrong account looks like a success.
 */
async function wantedProject(call: Call<NewDeployment>): Promise<Project> {
  const { state, account, token, body, query } = call;
  const { name } = body;
  if (name === undefined) throw badRequest('Invalid request: missing required property `name`.');
  const wanted = body.project ?? name;
  const known = [...state.projects.values()].some(
    (one) => one.account === account && (one.id === wanted || one.name === wanted),
  );
  if (known || body.project !== undefined) return findProject(call, wanted);
  if (token.scope === 'project')
    throw new Refusal(403, 'forbidden', 'Not authorized: this token cannot create projects');
  if (body.projectSettings === undefined && query.skipAutoDetectionConfirmation !== '1')
    throw new Refusal(
      400,
      'missing_project_settings',
      'The `projectSettings` object is required for new projects, but is missing in the deployment payload',
    );
  return (await seedProject(state, { name, account })).project;
}

function wantedTarget(project: Project, body: NewDeployment): Deployment['target'] {
  const slug = body.customEnvironmentSlugOrId;
  if (slug !== undefined) {
    if (body.target !== undefined)
      throw badRequest('Invalid request: `target` and `customEnvironmentSlugOrId` exclude each other');
    const found = project.customEnvironments.find((one) => one.slug === slug || one.id === slug);
    if (found === undefined) throw notFound(`Custom environment "${slug}" not found`);
    return { custom: found.id };
  }
  if (body.target === undefined || body.target === 'preview') return 'preview';
  if (body.target === 'production') return 'production';
  throw badRequest(
    'Invalid request: `target` should be equal to one of the allowed values "production, preview".',
  );
}

function wantedMeta(meta: NewDeployment['meta']): Record<string, string> {
  const entries = Object.entries(meta ?? {});
  const odd = entries.find(([, value]) => typeof value !== 'string');
  if (odd !== undefined) throw badRequest(`Invalid request: \`meta.${odd[0]}\` should be string.`);
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

/** The files, each with its content at hand; those that came within the request are kept first. */
function readFiles({ account, body }: Call<NewDeployment>): FileEntry[] {
  const wanted = body.files ?? [];
  if (wanted.length > MOST_FILES)
    throw badRequest(
      `Invalid request: \`files\` should NOT have more than ${MOST_FILES} items, received ${wanted.length}.`,
    );
  const files: FileEntry[] = [];
  for (const one of wanted) {
    const mode = one.mode ?? REGULAR_FILE;
    if (one.file === undefined) throw badRequest('Invalid request: `files[]` misses `file`.');
    if ((mode & TYPE_OF_MODE) === DIRECTORY) continue;
    if (one.file.startsWith('/') || one.file.split('/').includes('..'))
      throw badRequest(`Invalid request: \`file\` must be a path below the root: ${one.file}`);
    if (one.data !== undefined) {
      const bytes = Buffer.from(one.data, one.encoding === 'base64' ? 'base64' : 'utf8');
      const sha = createHash('sha1').update(bytes).digest('hex');
      account.files.set(sha, bytes);
      files.push({ file: one.file, sha, size: bytes.length, mode });
    } else if (one.sha === undefined) throw badRequest(`Invalid request: no \`sha\` for ${one.file}.`);
    else files.push({ file: one.file, sha: one.sha, size: one.size ?? 0, mode });
  }
  const missing = [...new Set(files.map((one) => one.sha))].filter((sha) => !account.files.has(sha));
  if (missing.length > 0) throw new Refusal(400, 'missing_files', 'Missing files', { missing });
  const odd = files.find((one) => account.files.get(one.sha)?.length !== one.size);
  if (odd !== undefined)
    throw badRequest(`Invalid request: \`size\` of ${odd.file} is not that of its content.`);
  return files;
}
