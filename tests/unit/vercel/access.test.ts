import { describe, expect, it } from 'vitest';
import { vercelAccessHeaders } from '../../../src/targets/vercel/access.ts';
import { stubContext } from './stub.ts';

const NEVER = new AbortController().signal;
const PROJECT = 'GET /v9/projects/shop';
const OPEN = { [PROJECT]: { ssoProtection: null } };
const CLOSED = { [PROJECT]: { ssoProtection: { deploymentType: 'all_except_custom_domains' } } };

describe('the way past Deployment Protection', () => {
  it('is the automation secret, masked', async () => {
    const variables = { VERCEL_AUTOMATION_BYPASS_SECRET: ' the-secret\n' };
    const { context, requests, masked } = stubContext({}, { variables });
    const { headers } = await vercelAccessHeaders(context, NEVER);
    expect(headers).toEqual({ 'x-vercel-protection-bypass': 'the-secret' });
    expect(masked).toEqual(['the-secret']);
    expect(requests).toEqual([]);
  });

  it('is nothing without a secret, and says what checks will meet where protection is on', async () => {
    const open = stubContext(OPEN);
    expect((await vercelAccessHeaders(open.context, NEVER)).headers).toEqual({});
    expect(open.lines).toEqual([]);
    const closed = stubContext(CLOSED);
    expect((await vercelAccessHeaders(closed.context, NEVER)).headers).toEqual({});
    expect(closed.lines.join()).toMatch(/status 401.*Protection Bypass for Automation/);
  });

  it('is the token of the job, for the owner of the repository', async () => {
    const variables = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY_OWNER: 'acme' };
    const { context } = stubContext({}, { settings: { protection: 'oidc' }, variables });
    expect((await vercelAccessHeaders(context, NEVER)).headers).toEqual({
      'x-vercel-trusted-oidc-idp-token': 'token for https://github.com/acme',
    });
  });

  it('is refused outside a job, where there is no token', async () => {
    const { context } = stubContext({}, { settings: { protection: 'oidc' } });
    await expect(vercelAccessHeaders(context, NEVER)).rejects.toMatchObject({
      code: 'IDENTITY_TOKEN_MISSING',
    });
  });

  it('is nothing where the settings say that none is needed', async () => {
    const variables = { VERCEL_AUTOMATION_BYPASS_SECRET: 'the-secret' };
    const { context } = stubContext({}, { settings: { protection: 'none' }, variables });
    expect((await vercelAccessHeaders(context, NEVER)).headers).toEqual({});
  });

  it('asks a Rolling Release for its new part in production, and nowhere else', async () => {
    const of = async (environment: string) =>
      vercelAccessHeaders(stubContext(OPEN, { environment }).context, NEVER);
    expect((await of('production')).canaryQuery).toEqual({ vcrrForceCanary: 'true' });
    expect(await of('staging')).not.toHaveProperty('canaryQuery');
  });
});
