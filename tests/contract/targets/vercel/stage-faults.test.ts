import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../../rehearsal/vercel/faults.ts';
import { Failure } from '../../../../src/domain/failure.ts';
import type { StageRequest } from '../../../../src/ports/target.ts';
import { META } from '../../../../src/targets/vercel/meta.ts';
import { stageOnVercel } from '../../../../src/targets/vercel/stage.ts';
import { NEVER } from './staging-host.ts';
import { openScene, type Scene } from './staging-scene.ts';

const QUICK = { roundMs: 60, silenceMs: 150, atOnce: 1 };
const FILES = { 'config.json': '{"version":3}' };
const PROCESS = fileURLToPath(new URL('stage-process.ts', import.meta.url));
const LATENCY_MS = 10;

const FAULTS: Readonly<Record<string, Fault>> = {
  'answered 500': { answer: 500, when: 'before' },
  'done, then answered 500': { answer: 500, when: 'after' },
  'refused for its rate': { answer: 429 },
  'cut before it was done': { answer: 'reset', when: 'before' },
  'cut after it was done': { answer: 'reset', when: 'after' },
  'left without an answer': { answer: 'timeout', when: 'before' },
  'done and left without an answer': { answer: 'timeout', when: 'after' },
  'answered by half': { answer: 'truncated' },
};

let scene: Scene;
let version = 0;
/** The operations of one undisturbed staging, in their order. */
let operations: readonly string[];

beforeAll(async () => {
  scene = await openScene({}, { latency: LATENCY_MS });
  // The folder's other file is there from now on: every release uploads one of its own.
  await stage(await next());
  scene.asked();
  await stage(await next());
  operations = scene.asked();
});
afterAll(() => scene.close());

const next = () => {
  version += 1;
  return scene.release(`1.0.${version}`, FILES);
};
const stage = (request: StageRequest) => stageOnVercel(scene.open({ timeoutMs: 150 }), request, NEVER, QUICK);

const made = ({ release }: StageRequest) =>
  scene.project.deployments().filter(({ meta }) => meta[META.version] === release.version);

async function expectOne(request: StageRequest): Promise<void> {
  const { id } = await stage(request);
  expect(made(request)).toEqual([expect.objectContaining({ id, state: 'READY', substate: 'STAGED' })]);
  expect(
    made(request)[0]
      ?.files.map(({ file }) => file)
      .toSorted(),
  ).toEqual(['.vercel/output/config.json', '.vercel/output/static/version.txt']);
}

describe('staging when Vercel stumbles', () => {
  it('asks for no more than this', () => {
    expect(operations).toEqual([
      'getProject',
      'getDeployments',
      'createDeployment',
      'uploadFile',
      'createDeployment',
      'getDeployments',
      ...operations.slice(6),
    ]);
    expect(new Set(operations.slice(6))).toEqual(new Set(['getDeployment']));
  });

  it.each(Object.entries(FAULTS))('ends in one deployment, whichever request is %s', async (_what, fault) => {
    for (const [skip] of operations.entries()) {
      const request = await next();
      const hit = scene.fake.faults.hit;
      scene.fake.faults.next({ ...fault, skip });
      const outcome = await stage(request).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Failure);
      // A request that was not repeated in time leaves the trouble to the next run.
      expect(scene.fake.faults.hit - hit, `request ${skip}, ${operations[skip]}`).toBeLessThanOrEqual(1);
      await expectOne(request);
      expect(scene.fake.faults.hit - hit).toBe(1);
    }
  });

  it('looks whether a create with a lost answer was done, and does not ask again', async () => {
    const request = await next();
    scene.asked();
    scene.fake.faults.next({ match: 'createDeployment', answer: 'reset', when: 'after', skip: 1 });
    await stage(request);
    const asked = scene.asked();
    expect(asked.filter((one) => one === 'createDeployment')).toHaveLength(2);
    expect(asked).not.toContain('deleteDeployment');
    await expectOne(request);
  });

  it('survives two lost answers to the same create', async () => {
    const request = await next();
    scene.fake.faults.next({ match: 'createDeployment', answer: 'reset', when: 'after', times: 2 });
    await stage(request);
    await expectOne(request);
  });

  it('says that nobody knows, after Vercel lost every create', async () => {
    const request = await next();
    scene.fake.faults.next({ match: 'createDeployment', answer: 500, when: 'before', times: 4 });
    await expect(stage(request)).rejects.toMatchObject({ code: 'VERCEL_UNREACHABLE' });
    expect(made(request)).toEqual([]);
    await expectOne(request);
  });
});

describe('staging in a job that is killed', () => {
  it('ends in one deployment, after whichever request it dies', async () => {
    // The last of them asks again and again whether it is ready.
    for (const [index, operation] of operations.slice(0, 7).entries()) {
      const request = await next();
      const before = scene.fake.requests.length;
      const { VERCEL_TEAM_ID: _, ...environment } = process.env;
      const job = spawn(process.execPath, [PROCESS, request.directory, request.release.version], {
        env: { ...environment, VERCEL_API_URL: scene.fake.url, VERCEL_TOKEN: scene.token },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const ended = once(job, 'exit');
      await expect
        .poll(() => scene.fake.requests.length - before, { interval: 1, timeout: 10_000 })
        .toBeGreaterThan(index);
      job.kill('SIGKILL');
      await ended;
      await expectOne(request).catch((cause: unknown) => {
        throw new Error(`killed after request ${index}, ${operation}`, { cause });
      });
    }
  });
});
