import * as z from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { VercelAccess, VercelRequest } from './request.ts';

/** A limit that lasts longer is the maintainer's to know of, not a runner's to sit out. */
export const LONGEST_WAIT_MS = 5 * 60_000;

const refusal = z.object({
  error: z.object({
    code: z.string().default(''),
    message: z.string().default(''),
    invalidToken: z.boolean().optional(),
    saml: z.boolean().optional(),
    scope: z.string().optional(),
  }),
});

/** Code and message of a refusal, as far as Vercel gave them. */
export const readRefusal = (body: unknown): z.output<typeof refusal>['error'] =>
  refusal.safeParse(body).data?.error ?? { code: '', message: '' };

/**
 * How long Vercel wants to be left alone after a 429, in milliseconds; nothing when that is too long to
 * wait for. `retry-after` is in seconds or a date, `x-ratelimit-reset` in seconds since 1970.
 */
export function waitAfterRefusal(headers: Headers, now: Date, otherwise: number): number | undefined {
  const after = headers.get('retry-after');
  const reset = headers.get('x-ratelimit-reset');
  const seconds = Number(after ?? Number.NaN);
  const until = Number.isNaN(seconds) ? Date.parse(after ?? '') : now.getTime() + seconds * 1000;
  const end = Number.isNaN(until) ? Number(reset ?? Number.NaN) * 1000 : until;
  const wait = Number.isNaN(end) ? otherwise : Math.max(end - now.getTime(), 0) + 100;
  return wait > LONGEST_WAIT_MS ? undefined : wait;
}

/** What a refusal means, in words that the reader can act on. */
export function explainStatus(
  request: VercelRequest,
  status: number,
  body: unknown,
  { team }: VercelAccess,
): Failure {
  const { code, message, invalidToken, saml } = readRefusal(body);
  const account = team === undefined ? 'the personal account' : `the team ${team}`;
  const said = `Vercel said: ${message || `status ${status}`}${code ? ` (${code})` : ''}`;
  const what = `Vercel refused ${request.method} ${request.path}.`;
  if (status === 401 || invalidToken === true)
    return new Failure(
      'VERCEL_TOKEN_REJECTED',
      `${what} It does not accept the token: it is wrong, revoked or expired. ${said}.`,
      'Make a new token under Account Settings → Tokens, and put it into the secret VERCEL_TOKEN.',
    );
  if (status === 403)
    return new Failure(
      'VERCEL_FORBIDDEN',
      saml === true
        ? `${what} The team asks for a login by SAML that this token has not. ${said}.`
        : `${what} The token is good, but not for this in ${account}. ${said}.`,
      'Give the token the scope of this project or of its team, and name that team as `team:` in airlock.yml; leave `team:` out for a personal account.',
    );
  if (status === 404)
    return new Failure(
      'VERCEL_NOT_FOUND',
      `${what} In ${account} there is no such thing that this token may see. ${said}.`,
      'Check `project:`, `team:` and `environment:` of the target in airlock.yml; a token of another account sees nothing here.',
    );
  if (status === 402)
    return new Failure(
      'VERCEL_PLAN',
      `${what} The plan of ${account} does not include it, or its allowance is used up. ${said}.`,
      'Upgrade the plan, or take the feature out of airlock.yml.',
    );
  if (status === 429)
    return new Failure(
      'VERCEL_RATE_LIMITED',
      `${what} Its limit of requests is reached, and lasts longer than is worth waiting for. ${said}.`,
      'Run the job again later: what was uploaded is kept.',
    );
  return new Failure(
    'VERCEL_REFUSED',
    `${what} ${said}, status ${status}.`,
    'Read what Vercel says; if the request itself is wrong, report it with this message.',
  );
}
