import { randomBytes } from 'node:crypto';
import type { Account, Plan, State } from './state.ts';

/** An id in Vercel's form. */
export const newId = (prefix: string): string => `${prefix}_${randomBytes(14).toString('hex')}`;

export const newAccount = (slug: string, kind: Account['kind'], plan: Plan, createdAt: number): Account => ({
  id: newId(kind === 'team' ? 'team' : 'user'),
  slug,
  kind,
  plan,
  createdAt,
  files: new Map(),
  spent: { uploads: [], deployments: [] },
});

/** The account of that id or slug. */
export function accountNamed(state: State, name: string): Account {
  const found = [...state.accounts.values()].find((one) => one.id === name || one.slug === name);
  if (found === undefined) throw new Error(`The fake Vercel has no team ${name}.`);
  return found;
}
