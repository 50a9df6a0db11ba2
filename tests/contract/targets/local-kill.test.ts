import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { sampled } from '../../sample.ts';
import { LocalUnderTest, NEVER } from './local-environment.ts';

const MORTAL = fileURLToPath(new URL('mortal-daemon.ts', import.meta.url));
/** Environments at once: most of their time is spent waiting. */
const SIDE_BY_SIDE = 4;

interface Death {
  readonly save: number;
  readonly when: 'before' | 'after';
}

/** Two releases go live, the second by weight, and a third is staged in the slot of the first. */
async function steps(local: LocalUnderTest) {
  const target = await local.connect({ daemonEntry: MORTAL });
  const stage = async (version: string) => target.stage(await local.release(version), NEVER);
  const activate = async (version: string, weight: number) =>
    target.activate((await stage(version)).id, weight, NEVER);
  return {
    target,
    all: [
      { run: () => stage('1.0.0'), live: [undefined] },
      { run: () => activate('1.0.0', 100), live: [undefined, '1.0.0'] },
      { run: () => stage('2.0.0'), live: ['1.0.0'] },
      { run: () => activate('2.0.0', 50), live: ['1.0.0'] },
      { run: () => activate('2.0.0', 100), live: ['1.0.0', '2.0.0'] },
      { run: () => stage('3.0.0'), live: ['2.0.0'] },
    ],
  };
}

/** Goes through the steps with a daemon that dies once, and again from the step in which it died. */
async function survive(death: Death): Promise<{ saves: number; died: boolean }> {
  const local = await LocalUnderTest.open();
  try {
    await mkdir(local.directory, { recursive: true });
    await writeFile(path.join(local.directory, 'die'), JSON.stringify(death));
    const { target, all } = await steps(local);
    let failures = 0;
    for (let index = 0; index < all.length; ) {
      const step = all[index];
      const error = await step?.run().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) {
        index += 1;
        continue;
      }
      failures += 1;
      expect(failures, String(error)).toBe(1);
      expect(error).toBeInstanceOf(Failure);
      expect((error as Failure).code).toMatch(/^LOCAL_DAEMON_(LOST|START)$/);
      const recorded = await target.observe();
      expect(step?.live).toContain(recorded.live?.version);
    }

    const { live, deployments } = await target.observe();
    expect(live).toMatchObject({ version: '2.0.0', weight: 100 });
    expect(deployments.map(({ version, state }) => `${version} ${state}`)).toEqual([
      '3.0.0 staged',
      '2.0.0 live',
      '1.0.0 superseded',
    ]);
    expect((await local.versionAt(local.liveUrl))?.version).toBe('2.0.0');
    expect((await local.versionAt(deployments[0]?.url ?? ''))?.version).toBe('3.0.0');
    if (process.platform === 'linux') expect(appsRunningIn(local.directory)).toBe(2);
    const saves = Number(await readFile(path.join(local.directory, 'saves'), 'utf8'));
    return { saves, died: !existsSync(path.join(local.directory, 'die')) };
  } finally {
    await local.close();
  }
}

const appsRunningIn = (directory: string): number =>
  readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(path.join(directory, 'releases'))
      );
    } catch {
      return false;
    }
  }).length;

it('is consistent after a kill before and after every save, and a rerun finishes', async () => {
  const { saves, died } = await survive({ save: Number.POSITIVE_INFINITY, when: 'after' });
  expect(died).toBe(false);
  expect(saves).toBeGreaterThan(10);
  const deaths = sampled(
    Array.from({ length: saves }, (_, index): Death[] => [
      { save: index + 1, when: 'before' },
      { save: index + 1, when: 'after' },
    ]).flat(),
    4,
  );
  const waiting = [...deaths];
  let survived = 0;
  const worker = async () => {
    for (let death = waiting.shift(); death !== undefined; death = waiting.shift()) {
      const result = await survive(death).catch((error: unknown) => {
        throw new Error(`Not consistent after a kill ${death?.when} save ${death?.save}`, { cause: error });
      });
      expect(result.died).toBe(true);
      survived += 1;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  expect(survived).toBe(deaths.length);
  console.log(`Killed the daemon at ${deaths.length} points; consistent after ${survived}.`);
}, 120_000);
