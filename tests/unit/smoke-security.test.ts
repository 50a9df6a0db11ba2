import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { SecurityHeader } from '../../src/domain/configuration.ts';
import { SECURITY_RULES } from '../../src/domain/security-headers.ts';

const CSP = 'content-security-policy';
const XFO = 'x-frame-options';
const COOP = 'cross-origin-opener-policy';
const COEP = 'cross-origin-embedder-policy';

const holds: readonly [SecurityHeader, Record<string, string>][] = [
  ['hsts', { 'strict-transport-security': 'max-age=31536000; includeSubDomains; preload' }],
  ['hsts', { 'strict-transport-security': 'Max-Age="15552000"' }],
  ['csp', { [CSP]: "default-src 'self'" }],
  ['csp', { [CSP]: "script-src 'nonce-abc' 'unsafe-inline' 'strict-dynamic' https: ; object-src 'none'" }],
  ['csp', { [CSP]: "img-src *, default-src 'none'" }],
  ['csp', { [CSP]: 'script-src cdn.example https://*.example' }],
  ['nosniff', { 'x-content-type-options': 'NoSniff' }],
  ['frame', { [XFO]: 'DENY' }],
  ['frame', { [XFO]: 'sameorigin, SAMEORIGIN' }],
  ['frame', { [CSP]: "default-src 'self'; frame-ancestors 'none'", [XFO]: 'ALLOWALL' }],
  ['frame', { [CSP]: 'frame-ancestors' }],
  ['referrer', { 'referrer-policy': 'no-referrer' }],
  ['referrer', { 'referrer-policy': 'origin, strict-origin-when-cross-origin, from-the-future' }],
  [
    'permissions',
    { 'permissions-policy': 'camera=(), geolocation=(self "https://a.example"), fullscreen=self' },
  ],
  ['isolation', { [COOP]: 'same-origin; report-to="x"', [COEP]: 'credentialless' }],
];
test.each(holds)('%s holds with %j', (word, headers) => {
  expect(SECURITY_RULES[word].holds(headers)).toBe(true);
});

const fails: readonly [SecurityHeader, Record<string, string>][] = [
  ['hsts', { 'strict-transport-security': 'max-age=300' }],
  ['hsts', { 'strict-transport-security': 'max-age=0, max-age=31536000' }],
  ['hsts', { 'strict-transport-security': 'max-age=31536000; max-age=0' }],
  ['hsts', { 'strict-transport-security': 'xmax-age=31536000' }],
  ['csp', { [CSP]: "default-src 'self' 'unsafe-inline'" }],
  ['csp', { [CSP]: "default-src 'self'; script-src *" }],
  ['csp', { [CSP]: "script-src *; script-src 'self'" }],
  ['csp', { [CSP]: "script-src 'self' data:" }],
  ['csp', { [CSP]: "script-src 'nonce-abc' https:" }],
  ['csp', { [CSP]: "img-src 'self'" }],
  ['csp', { 'content-security-policy-report-only': "default-src 'self'" }],
  ['nosniff', { 'x-content-type-options': 'sniff' }],
  ['frame', { [XFO]: 'ALLOW-FROM https://a.example' }],
  ['frame', { [XFO]: 'DENY, SAMEORIGIN' }],
  ['frame', { [XFO]: 'DENY', [CSP]: 'frame-ancestors *' }],
  ['referrer', { 'referrer-policy': 'no-referrer, unsafe-url' }],
  ['permissions', { 'permissions-policy': 'camera=(), geolocation=*' }],
  ['permissions', { 'permissions-policy': 'camera=(self *)' }],
  ['isolation', { [COOP]: 'same-origin' }],
  ['isolation', { [COOP]: 'unsafe-none', [COEP]: 'require-corp' }],
];
test.each(fails)('%s does not hold with %j', (word, headers) => {
  expect(SECURITY_RULES[word].holds(headers)).toBe(false);
});

test.each(Object.keys(SECURITY_RULES) as SecurityHeader[])('%s does not hold without its header', (word) => {
  expect(SECURITY_RULES[word].holds({})).toBe(false);
});

test('the README says of each word just what is required', async () => {
  const readme = await readFile(new URL('../../actions/smoke-test/README.md', import.meta.url), 'utf8');
  const cells = readme.replaceAll(/ +/g, ' ');
  for (const [word, { requires }] of Object.entries(SECURITY_RULES)) {
    expect(cells).toContain(`| \`${word}\` | ${requires} |`);
  }
});
