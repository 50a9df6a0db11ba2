import { describe, expect, test } from 'vitest';
import { type EntryPayload, type EntryState, mayBecome, type NewEntry } from '../../../src/domain/ledger.ts';
import type { Digest } from '../../../src/domain/release.ts';
import type { Ledger } from '../../../src/ports/ledger.ts';

export interface LedgerHarness {
  readonly ledger: Ledger;
  /** The same ledger, opened again as another process would. */
  reopen(): Ledger;
  /** A commit that a release may name. */
  readonly commit: string;
}

export const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

/** An entry of run 1 that promotes release `a` in staging, but for what is given. */
export function newEntry(
  commit: string,
  {
    task = 'promote',
    environment = 'staging',
    digest = digestOf('a'),
    runId = '1',
    version = '1.4.0',
    app = 'sophie',
    ...payload
  }: Partial<
    Pick<NewEntry, 'task' | 'environment'> & {
      digest: Digest;
      runId: string;
      version: string;
      app: string;
    } & EntryPayload
  > = {},
): NewEntry {
  return {
    task,
    environment,
    payload: {
      schema: 1,
      release: { app, version, commit, builtAt: '2026-01-01T00:00:00Z', digest },
      target: { provider: 'local', deploymentId: 'blue-1' },
      migrations: ['0001_first', '0002_second'],
      verdicts: { build: 'pass', 'smoke-test': 'insufficient' },
      run: { id: runId, attempt: 1, url: `https://github.example/runs/${runId}` },
      actor: 'sophie',
      approvers: ['mary'],
      ...payload,
    },
  };
}

/** The shortest way from `started` to each state. */
const WAYS: Readonly<Record<EntryState, readonly EntryState[]>> = {
  started: [],
  staged: ['staged'],
  succeeded: ['succeeded'],
  superseded: ['succeeded', 'superseded'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};
const STATES = Object.keys(WAYS) as EntryState[];
const note = { text: 'as the test wants it' };

/** What every ledger keeps. `makeLedger` gives an empty one for each test. */
export function ledgerContract(name: string, makeLedger: () => Promise<LedgerHarness>): void {
  describe(`${name} keeps the ledger contract`, () => {
    test('what was opened is read back whole, by any process', async () => {
      const { ledger, reopen, commit } = await makeLedger();
      const entry = newEntry(commit, {
        previous: { deploymentId: 'green-1', digest: digestOf('b'), version: '1.3.0', commit },
        reason: 'a "quoted" reason\nwith a line – and ünïcode',
        undoes: 'another entry',
      });
      const opened = await ledger.open(entry);
      expect(opened).toMatchObject({ ...entry, state: 'started' });
      const [read, ...others] = await reopen().entries('staging', 10);
      expect(read).toMatchObject({ ...entry, id: opened.id, state: 'started', openedAt: opened.openedAt });
      expect(others).toEqual([]);
    });

    test('the same run gets its own open entry back, and a new one once that is settled', async () => {
      const { ledger, reopen, commit } = await makeLedger();
      const first = await ledger.open(newEntry(commit));
      expect((await reopen().open(newEntry(commit))).id).toBe(first.id);
      await ledger.advance(first.id, 'staged', note);
      expect(await reopen().open(newEntry(commit))).toMatchObject({ id: first.id, state: 'staged' });
      await ledger.advance(first.id, 'failed', note);
      const second = await reopen().open(newEntry(commit));
      expect(second.id).not.toBe(first.id);
      expect((await ledger.entries('staging', 10)).map(({ id }) => id)).toEqual([second.id, first.id]);
    });

    test('another run, task, environment, digest, version or app has an entry of its own', async () => {
      const { ledger, commit } = await makeLedger();
      const opened = [
        await ledger.open(newEntry(commit)),
        await ledger.open(newEntry(commit, { runId: '2' })),
        await ledger.open(newEntry(commit, { task: 'deploy' })),
        await ledger.open(newEntry(commit, { environment: 'production' })),
        await ledger.open(newEntry(commit, { digest: digestOf('b') })),
        await ledger.open(newEntry(commit, { version: '1.4.1' })),
        await ledger.open(newEntry(commit, { app: 'harbor' })),
      ];
      expect(new Set(opened.map(({ id }) => id)).size).toBe(7);
      expect(await ledger.entries('staging', 10)).toHaveLength(6);
      expect(await ledger.entries('production', 10)).toHaveLength(1);
      expect(await ledger.entries('development', 10)).toEqual([]);
    });

    test.each(STATES)('from %s, it goes just where the state machine lets it', async (from) => {
      const { ledger, reopen, commit } = await makeLedger();
      for (const [index, to] of STATES.entries()) {
        const { id } = await ledger.open(newEntry(commit, { runId: String(index + 1) }));
        for (const step of WAYS[from]) await ledger.advance(id, step, note);
        if (mayBecome(from, to)) {
          expect(await reopen().advance(id, to, note)).toMatchObject({ id, state: to });
        } else {
          await expect(reopen().advance(id, to, note)).rejects.toMatchObject({ code: 'LEDGER_MOVE_REFUSED' });
        }
        const [newest] = await ledger.entries('staging', 1);
        expect(newest).toMatchObject({ id, state: mayBecome(from, to) ? to : from });
      }
    });

    test('of two writers the second is held to what the first did', async () => {
      const { ledger, reopen, commit } = await makeLedger();
      const other = reopen();
      const { id } = await ledger.open(newEntry(commit));
      expect((await other.entries('staging', 1))[0]?.state).toBe('started');
      await ledger.advance(id, 'failed', note);
      await expect(other.advance(id, 'succeeded', note)).rejects.toMatchObject({
        code: 'LEDGER_MOVE_REFUSED',
      });
      expect((await other.entries('staging', 1))[0]?.state).toBe('failed');
    });

    test('saying the same again changes nothing', async () => {
      const { ledger, commit } = await makeLedger();
      const { id } = await ledger.open(newEntry(commit));
      const once = await ledger.advance(id, 'succeeded', note);
      expect(await ledger.advance(id, 'succeeded', note)).toEqual(once);
    });

    test('the newest come first, at most as many as were asked for', async () => {
      const { ledger, commit } = await makeLedger();
      const ids: string[] = [];
      for (const runId of ['1', '2', '3', '4'])
        ids.unshift((await ledger.open(newEntry(commit, { runId }))).id);
      expect((await ledger.entries('staging', 3)).map(({ id }) => id)).toEqual(ids.slice(0, 3));
    });

    test('an entry that nobody opened cannot be moved', async () => {
      const { ledger } = await makeLedger();
      await expect(ledger.advance('DE_none', 'failed', note)).rejects.toMatchObject({ name: 'Failure' });
    });
  });
}
