import * as z from 'zod';
import { Failure } from '../domain/failure.ts';

const answer = z.object({ value: z.string().min(1) });

/**
 * Asks GitHub for a token that says which job this is. The runner offers it only to a job with
 * `id-token: write`.
 *
 * @throws Failure IDENTITY_TOKEN_MISSING; or the signal's reason
 */
export async function requestIdentityToken(
  variables: Readonly<Record<string, string | undefined>>,
  audience: string,
  signal: AbortSignal,
): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = variables;
  if (!address || !secret) throw missing('the job may not ask for one');
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${secret}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
    });
    if (!response.ok) throw missing(`GitHub answered with status ${response.status}`);
    return answer.parse(await response.json()).value;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Failure ? error : missing('GitHub did not answer as it should');
  }
}

const missing = (why: string): Failure =>
  new Failure(
    'IDENTITY_TOKEN_MISSING',
    `There is no identity token of this job: ${why}.`,
    'Grant `id-token: write` to the job, and to every workflow that calls it.',
  );
