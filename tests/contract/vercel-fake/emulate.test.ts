import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeVercel, startFakeVercel } from '../../../rehearsal/vercel/fake-vercel.ts';
import { pageOf, sha1 } from './scene.ts';

/*
 * A second opinion on the routes that Vercel Labs' own emulator has: the same requests go to both, and the
 * statuses and the fields that are relied on must agree. Where they do not, the conflict stands below with
 * the reason why the fake stays as it is; one that has gone must leave the list.
 */

interface Step {
  readonly name: string;
  readonly ask: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: string;
  /** Paths into the answer whose values must be of one type. */
  readonly typed?: readonly string[];
  /** Paths into the answer whose values must be the same. */
  readonly same?: readonly string[];
  /** Keeps `id` and `url` of the answer for later paths, as `{name.id}`. */
  readonly keep?: string;
}

const production = (files: readonly unknown[]) => ({
  name: 'shop',
  target: 'production',
  meta: { digest: 'abc' },
  files,
});

const STEPS: readonly Step[] = [
  { name: 'user', ask: 'GET /v2/user', typed: ['user.id', 'user.username', 'user.email'] },
  {
    name: 'project',
    ask: 'GET /v9/projects/shop',
    typed: ['id', 'accountId', 'createdAt', 'targets'],
    same: ['name', 'autoAssignCustomDomains'],
  },
  { name: 'unknown project', ask: 'GET /v9/projects/none', same: ['error.code'] },
  {
    name: 'auto-assignment off',
    ask: 'PATCH /v9/projects/shop',
    body: { autoAssignCustomDomains: false },
    same: ['autoAssignCustomDomains'],
  },
  { name: 'domains', ask: 'GET /v9/projects/shop/domains', typed: ['domains', 'pagination.count'] },
  {
    name: 'variables',
    ask: 'GET /v10/projects/shop/env',
    typed: ['envs.0.id', 'envs.0.value'],
    same: ['envs.0.key', 'envs.0.type', 'envs.0.target'],
  },
  { name: 'upload', ask: 'POST /v2/files', raw: 'page', headers: { 'x-vercel-digest': sha1('page') } },
  { name: 'upload without a digest', ask: 'POST /v2/files', raw: 'page', same: ['error.code'] },
  {
    name: 'upload with a wrong digest',
    ask: 'POST /v2/files',
    raw: 'page',
    headers: { 'x-vercel-digest': sha1('x') },
  },
  { name: 'create without a name', ask: 'POST /v13/deployments', body: { files: [] }, same: ['error.code'] },
  { name: 'create with missing files', ask: 'POST /v13/deployments', body: production([pageOf('missing')]) },
  {
    name: 'create',
    ask: 'POST /v13/deployments',
    body: production([pageOf('page')]),
    keep: 'made',
    typed: ['id', 'url', 'projectId', 'createdAt', 'inspectorUrl', 'regions'],
    same: ['name', 'target', 'meta', 'type', 'version', 'source'],
  },
  { name: 'state of a new deployment', ask: 'GET /v13/deployments/{made.id}', same: ['readyState'] },
  {
    name: 'a deployment by its id',
    ask: 'GET /v13/deployments/{made.id}',
    typed: ['id', 'url', 'alias', 'ready', 'buildingAt'],
    same: ['readyState', 'target', 'meta', 'aliasAssigned', 'aliasError'],
  },
  { name: 'a deployment by its address', ask: 'GET /v13/deployments/{made.url}', same: ['name', 'target'] },
  { name: 'unknown deployment', ask: 'GET /v13/deployments/dpl_none', same: ['error.code'] },
  {
    name: 'list',
    ask: 'GET /v6/deployments?app=shop&target=production&limit=1',
    typed: ['deployments.0.uid', 'deployments.0.url', 'deployments.0.created', 'pagination.count'],
    same: ['deployments.0.name', 'deployments.0.state', 'deployments.0.target', 'deployments.0.meta'],
  },
  {
    name: 'events',
    ask: 'GET /v3/deployments/{made.id}/events?direction=forward',
    typed: ['0.type', '0.payload.text'],
  },
  { name: 'files', ask: 'GET /v6/deployments/{made.id}/files', typed: ['0.name', '0.type', '0.mode'] },
  { name: 'aliases', ask: 'GET /v2/deployments/{made.id}/aliases', typed: ['aliases'] },
  { name: 'cancel what is ready', ask: 'PATCH /v12/deployments/{made.id}/cancel', same: ['error.code'] },
  {
    name: 'a new bypass',
    ask: 'PATCH /v1/projects/shop/protection-bypass',
    body: { generate: { note: 'tests' } },
    typed: ['protectionBypass'],
  },
  { name: 'delete', ask: 'DELETE /v13/deployments/{made.id}', typed: ['uid'], same: ['state'] },
  { name: 'a deleted deployment', ask: 'GET /v13/deployments/{made.id}', same: ['error.code'] },
  { name: 'no token', ask: 'GET /v9/projects/shop', headers: { authorization: '' } },
  { name: 'a wrong token', ask: 'GET /v9/projects/shop', headers: { authorization: 'Bearer wrong' } },
];

const CONFLICTS: Readonly<Record<string, string>> = {
  'upload with a wrong digest: status': 'The emulator keeps no content, so it cannot check it; Vercel does.',
  'create with missing files: status':
    "The emulator takes every digest as uploaded; @vercel/client's upload rests on Vercel's `missing_files`.",
  'state of a new deployment: readyState': 'In the emulator all is READY at once; Vercel queues and builds.',
  'files: 0.name': "The emulator wraps the list; Vercel's published schema, and its SDK, have a bare array.",
  'files: 0.type': 'As above.',
  'files: 0.mode': 'As above.',
  'create: version': "The emulator leaves it out; Vercel's published schema requires it.",
  'a deployment by its id: ready':
    'The emulator leaves it out; the schema has `ready` for when it became so.',
  'no token: status': 'The emulator says 401; api.vercel.com says 403 with `missingToken`.',
  'a wrong token: status': 'The emulator takes any token; api.vercel.com says 403 with `invalidToken`.',
};

let fake: FakeVercel;
let emulator: Emulator;
let token: string;

beforeAll(async () => {
  fake = await startFakeVercel({ plan: 'pro' });
  await fake.addProject({
    name: 'shop',
    variables: [{ key: 'A', value: 'b', type: 'plain', target: ['production'] }],
  });
  token = fake.addToken();
  emulator = await createEmulator({ service: 'vercel', port: 0 });
  await ask(emulator.url, { name: '', ask: 'POST /v11/projects', body: { name: 'shop' } }, {});
  const variable = { key: 'A', value: 'b', type: 'plain', target: ['production'] };
  await ask(emulator.url, { name: '', ask: 'POST /v10/projects/shop/env', body: variable }, {});
});
afterAll(async () => {
  await fake.close();
  await emulator.close();
});

type Kept = Record<string, string>;

async function ask(base: string, step: Step, kept: Kept): Promise<{ status: number; body: unknown }> {
  const [method = '', path = ''] = step.ask.split(' ');
  const response = await fetch(
    base + path.replaceAll(/\{(.*?)\}/g, (_, name: string) => kept[name] ?? name),
    {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...step.headers },
      ...(step.raw === undefined ? {} : { body: step.raw }),
      ...(step.body === undefined ? {} : { body: JSON.stringify(step.body) }),
    },
  );
  const body: unknown = await response.json();
  if (step.keep !== undefined)
    for (const field of ['id', 'url']) kept[`${step.keep}.${field}`] = String(at(body, field));
  return { status: response.status, body };
}

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (here, key) => (typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined),
      value,
    );

const kind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;

test('both answer alike, but for the known conflicts', async () => {
  const kept: { ours: Kept; theirs: Kept } = { ours: {}, theirs: {} };
  const conflicts = new Map<string, string>();
  for (const step of STEPS) {
    const ours = await ask(fake.url, step, kept.ours);
    const theirs = await ask(emulator.url, step, kept.theirs);
    const compare = (what: string, own: unknown, other: unknown) => {
      if (own !== other) conflicts.set(`${step.name}: ${what}`, `${own}, emulator ${other}`);
    };
    compare('status', ours.status, theirs.status);
    for (const path of step.typed ?? [])
      compare(path, kind(at(ours.body, path)), kind(at(theirs.body, path)));
    for (const path of step.same ?? [])
      compare(path, JSON.stringify(at(ours.body, path)), JSON.stringify(at(theirs.body, path)));
    // The emulator has no unfinished builds: after the first look ours goes on to the end.
    if (step.name === 'state of a new deployment') fake.settle();
  }
  expect([...conflicts].filter(([what]) => !(what in CONFLICTS))).toEqual([]);
  expect(Object.keys(CONFLICTS).filter((what) => !conflicts.has(what))).toEqual([]);
});
