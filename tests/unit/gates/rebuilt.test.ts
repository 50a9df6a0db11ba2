import { expect, test } from 'vitest';
import { wasRebuilt } from '../../../actions/plan/rebuilt.ts';
import type { Configuration, EnvironmentSettings } from '../../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import type { LedgerEntry, Task } from '../../../src/domain/ledger.ts';
import type { Digest } from '../../../src/domain/release.ts';
import type { Ledger } from '../../../src/ports/ledger.ts';
import { entry } from '../hotfix/entries.ts';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const NOW = new Date('2026-03-01T00:00:00Z');

interface Was {
  readonly run?: string;
  readonly files?: string;
  readonly environment?: string;
  readonly task?: Task;
  readonly app?: string;
  readonly openedAt?: string;
}

/** What the ledger has, newest first, as this run’s attempt asks for production. */
async function rebuilt(was: readonly Was[], attempt = 2) {
  const asked: string[] = [];
  const entries = was.map((one): LedgerEntry => {
    const made = entry('a');
    const { run = '10', files = 'a', environment = 'staging', task = 'promote', app = 'shop' } = one;
    const release = { ...made.payload.release, app, digest: `sha256:${files.repeat(64)}` as Digest };
    return {
      ...made,
      environment,
      task,
      openedAt: one.openedAt ?? '2026-02-28T00:00:00Z',
      payload: { ...made.payload, release, run: { id: run, attempt: 1, url: '' } },
    };
  });
  const ledger = {
    async entries(environment: string, _limit: number, suffices?: (read: readonly LedgerEntry[]) => boolean) {
      asked.push(environment);
      const read: LedgerEntry[] = [];
      for (const one of entries.filter((other) => other.environment === environment)) {
        read.push(one);
        if (suffices?.(read)) break;
      }
      return read;
    },
  } as unknown as Ledger;
  const environments = ['staging', 'production', 'edge'].map((name) => ({ name }) as EnvironmentSettings);
  const world = {
    configuration: { app: 'shop', environments } as unknown as Configuration,
    clock: { now: () => NOW, sleep: async () => {} },
    event: { run: { id: '10', attempt, url: '' } } as WorkflowEvent,
    ledger,
  };
  const environment = environments[1];
  if (!environment) throw new Error('production is one');
  return { is: await wasRebuilt(world, { environment, digest: DIGEST }), asked };
}

test.each<[string, readonly Was[], boolean]>([
  ['with the same files', [{}], false],
  ['with other files in staging', [{}, { files: 'b' }], true],
  ['with other files in production', [{ environment: 'production', task: 'deploy', files: 'b' }], true],
  ['with other files behind it', [{ environment: 'edge', files: 'b' }], false],
  ['and went back to what was live', [{ task: 'rollback', files: 'b' }], false],
  ['and another run had other files', [{ run: '11', files: 'b' }], false],
  ['and another app of the run had other files', [{ app: 'docs', files: 'b' }], false],
  ['with nothing in the ledger', [], false],
])('a run that is run again %s', async (_what, was, expected) => {
  expect((await rebuilt(was)).is).toBe(expected);
});

test('a first attempt asks nothing', async () => {
  expect(await rebuilt([{ files: 'b' }], 1)).toEqual({ is: false, asked: [] });
});

test('reads no further back than GitHub runs anything again', async () => {
  const long = { run: '1', openedAt: '2026-01-01T00:00:00Z' };
  expect((await rebuilt([long, { files: 'b' }])).is).toBe(false);
  expect((await rebuilt([{ run: '1' }, { files: 'b' }])).is).toBe(true);
});
