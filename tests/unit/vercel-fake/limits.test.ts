import { expect, test } from 'vitest';
import { newAccount } from '../../../rehearsal/vercel/account.ts';
import { spend } from '../../../rehearsal/vercel/limits.ts';

const DAY = 86_400_000;

test.each([
  ['hobby', 5_000],
  ['pro', 40_000],
] as const)("a day's uploads on %s are %i", (plan, most) => {
  const account = newAccount('acme', 'team', plan, 0);
  for (let sent = 0; sent < most; sent += 1) spend(account, 'uploads', sent);
  expect(() => spend(account, 'uploads', most)).toThrow(/try again in/);
  // The first of them is a day old now, the second is not.
  spend(account, 'uploads', DAY);
  expect(() => spend(account, 'uploads', DAY)).toThrow(/try again in 1 seconds/);
});

test('enterprise has no published limit', () => {
  const account = newAccount('acme', 'team', 'enterprise', 0);
  for (let sent = 0; sent < 50_000; sent += 1) spend(account, 'uploads', 0);
  expect(account.spent.uploads).toHaveLength(50_000);
});
