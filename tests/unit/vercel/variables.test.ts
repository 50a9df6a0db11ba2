import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { requireVariables } from '../../../src/targets/vercel/variables.ts';
import { stubContext } from './stub.ts';

const NEVER = new AbortController().signal;
const OWN = 'GET /v10/projects/prj_1/env';
const SHARED = 'GET /v1/env';

const variable = (key: string, more: object = {}) => ({
  key,
  value: 'the secret value',
  type: 'encrypted',
  target: ['production'],
  ...more,
});

async function check(
  required: readonly string[],
  envs: readonly object[],
  {
    environment = 'production',
    id,
    shared = [],
  }: { environment?: string; id?: string; shared?: readonly object[] | null } = {},
) {
  const answers = { [OWN]: { envs }, ...(shared && { [SHARED]: { data: shared } }) };
  const { context, requests, lines } = stubContext(answers, {
    environment,
    settings: { variables: required },
  });
  const thrown = await requireVariables(context, id, NEVER).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown !== undefined && !(thrown instanceof Failure)) throw thrown;
  return { failure: thrown, requests, lines };
}

describe('the variables that airlock.yml requires', () => {
  it('passes when each is there for the environment', async () => {
    const { failure, requests } = await check(
      ['A', 'B'],
      [variable('A'), variable('B', { target: 'production' })],
    );
    expect(failure).toBeUndefined();
    expect(requests.map(({ path }) => path)).toEqual(['/v10/projects/prj_1/env']);
  });

  it('asks nothing when nothing is required', async () => {
    expect((await check([], [])).requests).toEqual([]);
  });

  it('names every one that is missing, and the command that sets it', async () => {
    const { failure } = await check(['A', 'B', 'C'], [variable('B')]);
    expect(failure?.code).toBe('VERCEL_VARIABLES_MISSING');
    expect(failure?.message).toBe('The Vercel project shop has no A, C for production.');
    expect(failure?.next).toContain('`vercel env add A production`, `vercel env add C production`');
    expect(failure?.next).toContain('Settings → Environment Variables');
  });

  it.each([
    ['of another environment', variable('A', { target: ['preview', 'development'] })],
    ['of one branch', variable('A', { target: ['preview'], gitBranch: 'feature' }), 'preview'],
    [
      'of another custom environment',
      variable('A', { target: [], customEnvironmentIds: ['env_2'] }),
      'staging',
      'env_1',
    ],
    ['of preview, for a custom environment', variable('A', { target: ['preview'] }), 'staging', 'env_1'],
  ])('does not count one %s', async (_what, one, environment = 'production', id = undefined) => {
    const { failure } = await check(['A'], [one], { environment, ...(id && { id }) });
    expect(failure?.message).toContain(`no A for ${environment}`);
  });

  it.each([
    [
      'of a custom environment',
      variable('A', { target: [], customEnvironmentIds: ['env_1'] }),
      'staging',
      'env_1',
    ],
    [
      'of preview without a branch',
      variable('A', { target: ['preview'], gitBranch: null }),
      'preview',
      undefined,
    ],
    ['that Vercel keeps itself', variable('A', { type: 'system' }), 'production', undefined],
  ])('counts one %s', async (_what, one, environment, id) => {
    expect((await check(['A'], [one], { environment, ...(id && { id }) })).failure).toBeUndefined();
  });

  it('takes Vercel’s own variables for granted', async () => {
    const { failure } = await check(['VERCEL_URL', 'VERCEL_GIT_COMMIT_SHA', 'VERCEL_TOKEN'], []);
    expect(failure?.message).toContain('no VERCEL_TOKEN for');
  });

  it('counts what the team shares with the project', async () => {
    expect((await check(['A'], [], { shared: [variable('A')] })).failure).toBeUndefined();
    const all = variable('A', { target: [], applyToAllCustomEnvironments: true });
    expect(
      (await check(['A'], [], { environment: 'staging', id: 'env_1', shared: [all] })).failure,
    ).toBeUndefined();
  });

  it('says so when it may not see what the team shares', async () => {
    const { failure } = await check(['A'], [], { shared: null });
    expect(failure?.message).toContain('Variables that the team shares were not looked at');
  });

  it('never asks for a value, and says none', async () => {
    const { failure, requests, lines } = await check(['A', 'B'], [variable('B')]);
    for (const { query } of requests) expect(query ?? {}).not.toHaveProperty('decrypt');
    expect([failure?.message, failure?.next, ...lines].join()).not.toContain('the secret value');
  });
});
