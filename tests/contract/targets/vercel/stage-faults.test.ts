import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { DeploymentView } from '../../../../rehearsal/vercel/fake-vercel.ts';
import type { Fault } from '../../../../rehearsal/vercel/faults.ts';
import type { Deployment } from '../../../../src/domain/deployment.ts';
import { Failure } from '../../../../src/domain/failure.ts';
import type { StageRequest } from '../../../../src/ports/target.ts';
import { META } from '../../../../src/targets/vercel/meta.ts';
import { stageOnVercel } from '../../../../src/targets/vercel/stage.ts';
import { sampled } from '../../../sample.ts';
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

/** Releases that are staged one after the other, each with one file of its own. */
interface Line {
  readonly scene: Scene;
  next(): Promise<StageRequest>;
  stage(request: StageRequest): Promise<Deployment>;
  made(request: StageRequest): DeploymentView[];
  /** Stages once more, undisturbed: there is one deployment of the release, and it is whole. */
  expectOne(request: StageRequest): Promise<void>;
  /** The operations of one undisturbed staging, in their order. */
  readonly operations: readonly string[];
}

const open: Scene[] = [];
afterAll(() => Promise.all(open.map((scene) => scene.close())));

async function openLine(latency = 0): Promise<Line> {
  const scene = await openScene({}, { latency });
  open.push(scene);
  let version = 0;
  const next = () => {
    version += 1;
    return scene.release(`1.0.${version}`, FILES);
  };
  const stage = (request: StageRequest) =>
    stageOnVercel(scene.open({ timeoutMs: 150 }), request, NEVER, QUICK);
  const made = ({ release }: StageRequest) =>
    scene.project.deployments().filter(({ meta }) => meta[META.version] === release.version);
  // What all releases share is uploaded with the first.
  await stage(await next());
  scene.asked();
  await stage(await next());
  return {
    scene,
    next,
    stage,
    made,
    operations: scene.asked(),
    async expectOne(request) {
      const { id } = await stage(request);
      expect(made(request)).toEqual([expect.objectContaining({ id, state: 'READY', substate: 'STAGED' })]);
      expect(
        made(request)[0]
          ?.files.map(({ file }) => file)
          .toSorted(),
      ).toEqual(['.vercel/output/config.json', '.vercel/output/static/version.txt']);
    },
  };
}

describe.concurrent('staging when Vercel stumbles', () => {
  it('asks for no more than this', async () => {
    const { operations } = await openLine();
    expect(operations.slice(0, 6)).toEqual([
      'getProject',
      'getDeployments',
      'createDeployment',
      'uploadFile',
      'createDeployment',
      'getDeployments',
    ]);
    expect(new Set(operations.slice(6))).toEqual(new Set(['getDeployment']));
  });

  it.each(sampled(Object.entries(FAULTS), 4))(
    'ends in one deployment, whichever request is %s',
    async (_what, fault) => {
      const { scene, next, stage, expectOne, operations } = await openLine();
      const { faults } = scene.fake;
      for (const [skip, operation] of operations.entries()) {
        const request = await next();
        const hit = faults.hit;
        faults.next({ ...fault, skip });
        const outcome = await stage(request).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome, operation).toBeInstanceOf(Failure);
        await expectOne(request);
        expect(faults.hit - hit, operation).toBe(1);
      }
    },
  );

  it('looks whether a create with a lost answer was done, and does not ask again', async () => {
    const { scene, next, stage, expectOne } = await openLine();
    const request = await next();
    scene.asked();
    scene.fake.faults.next({ match: 'createDeployment', answer: 'reset', when: 'after', skip: 1 });
    await stage(request);
    const asked = scene.asked();
    expect(asked.filter((one) => one === 'createDeployment')).toHaveLength(2);
    expect(asked).not.toContain('deleteDeployment');
    await expectOne(request);
  });

  it('says that nobody knows, after Vercel lost every create', async () => {
    const { scene, next, stage, made, expectOne } = await openLine();
    const request = await next();
    scene.fake.faults.next({ match: 'createDeployment', answer: 500, when: 'before', times: 4 });
    await expect(stage(request)).rejects.toMatchObject({ code: 'VERCEL_UNREACHABLE' });
    expect(made(request)).toEqual([]);
    await expectOne(request);
  });
});

describe('staging in a job that is killed', () => {
  // The last operation asks again and again whether it is ready.
  it.each(sampled([0, 1, 2, 3, 4, 5, 6], 3))(
    'ends in one deployment, when it dies after request %i',
    async (index) => {
      const { scene, next, expectOne } = await openLine(LATENCY_MS);
      const request = await next();
      const before = scene.fake.requests.length;
      const job = spawn(process.execPath, [PROCESS, request.directory, request.release.version], {
        env: { ...process.env, VERCEL_API_URL: scene.fake.url, VERCEL_TOKEN: scene.token },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const ended = once(job, 'exit');
      await expect
        .poll(() => scene.fake.requests.length - before, { interval: 1, timeout: 30_000 })
        .toBeGreaterThan(index);
      job.kill('SIGKILL');
      await ended;
      await expectOne(request);
    },
  );
});
