import { expect, test } from 'vitest';
import { readOnce } from '../../../src/cycle/ledger-entries.ts';
import type { Ledger } from '../../../src/ports/ledger.ts';
import { createWorld } from './world.ts';

test('what several gates ask at once is read once, and read on for whom it is too short', async () => {
  const { ledger } = createWorld();
  let reads = 0;
  const counted: Ledger = {
    open: (entry) => ledger.open(entry),
    advance: (id, to) => ledger.advance(id, to),
    async entries(environment, limit) {
      reads += 1;
      return ledger.entries(environment, limit);
    },
  };
  const once = readOnce(counted);
  const all = Number.POSITIVE_INFINITY;
  await Promise.all([
    once.entries('production', all, () => true),
    once.entries('production', all, () => true),
  ]);
  expect(reads).toBe(1);
  await once.entries('staging', all, () => true);
  expect(reads).toBe(2);
  await once.entries('production', all, () => false);
  await once.entries('production', all);
  expect(reads).toBe(4);
});
