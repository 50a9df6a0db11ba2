import { Refusal } from './call.ts';
import type { Account, Plan } from './state.ts';

const DAY = 86_400_000;

/** A day's allowance, from Vercel's page of limits. Enterprise has none that is published. */
const ALLOWANCE: Readonly<Record<Plan, Readonly<Record<keyof Account['spent'], number>>>> = {
  hobby: { uploads: 5_000, deployments: 100 },
  pro: { uploads: 40_000, deployments: 6_000 },
  enterprise: { uploads: Number.POSITIVE_INFINITY, deployments: Number.POSITIVE_INFINITY },
};

/**
 * Takes one off the account's allowance of the last 24 hours.
 *
 * @throws Refusal 429, with the time at which there is one to spend again
 */
export function spend(account: Account, what: keyof Account['spent'], now: number): void {
  const spent = account.spent[what];
  while ((spent[0] ?? now) <= now - DAY) spent.shift();
  const total = ALLOWANCE[account.plan][what];
  if (spent.length >= total) throw rateLimited(what, total, (spent[0] ?? now) + DAY, now);
  spent.push(now);
}

/** Vercel's 429: the server makes its headers of `limit`. */
export function rateLimited(what: string, total: number, resetMs: number, now: number): Refusal {
  const seconds = Math.ceil((resetMs - now) / 1000);
  return new Refusal(429, 'rate_limited', `Too many requests: ${what}, try again in ${seconds} seconds`, {
    limit: { remaining: 0, reset: Math.ceil(resetMs / 1000), resetMs, total },
  });
}
