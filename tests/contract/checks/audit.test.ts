import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkAudit } from '../../../src/checks/audit.ts';
import type { ProcessRunner } from '../../../src/ports/process.ts';
import { processRunner } from '../../../src/runner/processes.ts';
import { plant, scratch, type Tree } from '../release/trees.ts';

const never = new AbortController().signal;
const LOCK = JSON.stringify({
  name: 'fixture',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'fixture', version: '1.0.0', dependencies: { 'left-behind': '1.0.0' } },
    'node_modules/left-behind': {
      version: '1.0.0',
      resolved: 'http://127.0.0.1/x.tgz',
      integrity: 'sha512-AA==',
    },
  },
});
const PROJECT = {
  'package.json': JSON.stringify({
    name: 'fixture',
    version: '1.0.0',
    dependencies: { 'left-behind': '1.0.0' },
  }),
  'package-lock.json': LOCK,
};

/** A registry on a loopback port, until the test ends. */
async function registry(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** The machine's own npm against a registry of the test. */
async function npmAudit(address: string, level: 'low' | 'high' | 'critical', files: Tree = PROJECT) {
  const workspace = await plant(await scratch(), {
    ...files,
    '.npmrc': `registry=${address}\nfetch-retries=0\ncache=\${PWD}/.cache\nupdate-notifier=false\n`,
  });
  return checkAudit(level, { workspace, processes: processRunner }, never);
}

const ADVISORY = {
  id: 1,
  url: 'https://example.test/1',
  title: 'Bad',
  severity: 'high',
  vulnerable_versions: '<2.0.0',
  cwe: [],
  cvss: { score: 0, vectorString: null },
};
const advisories =
  (found: unknown): RequestListener =>
  (request, response) => {
    request.resume();
    const isAudit = request.url?.includes('/security/advisories/bulk');
    response.writeHead(isAudit ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isAudit ? found : { error: 'Not found' }));
  };

describe('npm audit, by the real npm', () => {
  it('passes when nothing is known', async () => {
    const report = await npmAudit(await registry(advisories({})), 'low');
    expect(report).toMatchObject({
      verdict: 'pass',
      detail: expect.stringContaining('0 at level low or above'),
    });
  });

  it('counts from the level that was asked for', async () => {
    const address = await registry(advisories({ 'left-behind': [ADVISORY] }));
    const [high, critical] = await Promise.all([npmAudit(address, 'high'), npmAudit(address, 'critical')]);
    expect(high).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining('1 at level high or above'),
    });
    expect(critical).toMatchObject({
      verdict: 'pass',
      detail: expect.stringContaining('1 high, 0 critical'),
    });
    expect(high.figures?.rows).toEqual([['0', '0', '0', '1', '0']]);
  });

  it.each<[string, RequestListener]>([
    ['has no audit', (_, response) => response.writeHead(404).end('{}')],
    ['answers with a failure', (_, response) => response.writeHead(500).end('oops')],
    ['hangs up', (request) => request.socket.destroy()],
  ])('is an error when the registry %s', async (_, listener) => {
    await expect(npmAudit(await registry(listener), 'low')).rejects.toThrow(/npm audit has no usable report/);
  });

  it('is an error when there is no lockfile', async () => {
    const address = await registry(advisories({}));
    await expect(npmAudit(address, 'low', { 'package.json': '{}' })).rejects.toThrow('there is no lockfile');
  });
});

describe('what package managers print', () => {
  /** A stand-in program: only what it prints matters here. */
  const printing = (stdout: string, timedOut = false): ProcessRunner => ({
    run: async () => ({ code: 1, stdout, stderr: '', timedOut }),
  });
  const read = async (lockfile: string, stdout: string, more: Tree = {}) => {
    const workspace = await plant(await scratch(), { [lockfile]: '', ...more });
    return checkAudit('high', { workspace, processes: printing(stdout) }, never);
  };
  const counts = { info: 0, low: 1, moderate: 0, high: 0, critical: 2 };
  const npm = (vulnerabilities: object, total: number) =>
    JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities,
      metadata: { vulnerabilities: { ...counts, total } },
    });
  const three = { a: { severity: 'low' }, b: { severity: 'critical' }, c: { severity: 'critical' } };

  it.each([
    ['npm', 'package-lock.json', npm(three, 3)],
    ['npm', 'npm-shrinkwrap.json', npm(three, 3)],
    [
      'pnpm',
      'pnpm-lock.yaml',
      JSON.stringify({ advisories: { 1: {} }, metadata: { vulnerabilities: counts } }),
    ],
    [
      'yarn',
      'yarn.lock',
      `{"type":"auditAdvisory","data":{}}\n${JSON.stringify({ type: 'auditSummary', data: { vulnerabilities: counts } })}\n`,
    ],
  ])('%s with %s is counted', async (program, lockfile, stdout) => {
    expect(await read(lockfile, stdout)).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining(`2 at level high or above, by ${program} audit`),
    });
  });

  it.each([
    ['nothing', 'package-lock.json', ''],
    ['no JSON', 'package-lock.json', 'npm ERR! network'],
    ['an old report', 'package-lock.json', JSON.stringify({ metadata: { vulnerabilities: counts } })],
    ['a total that is not the sum', 'package-lock.json', npm(three, 0)],
    ['fewer packages than the total', 'package-lock.json', npm({}, 3)],
    ['a level that nobody knows', 'package-lock.json', npm({ ...three, c: { severity: 'apocalyptic' } }, 3)],
    [
      'ENOAUDIT',
      'package-lock.json',
      JSON.stringify({ error: { code: 'ENOAUDIT', summary: 'no audit here', detail: '' } }),
    ],
    [
      'a refusal of pnpm',
      'pnpm-lock.yaml',
      JSON.stringify({ error: { code: 'ERR_PNPM_AUDIT_BAD_RESPONSE', message: 'no' } }),
    ],
    [
      'advisories of pnpm that are not counted',
      'pnpm-lock.yaml',
      JSON.stringify({
        advisories: { 1: {} },
        metadata: { vulnerabilities: { ...counts, low: 0, critical: 0 } },
      }),
    ],
    ['an audit of Yarn without a summary', 'yarn.lock', '{"type":"error","data":"offline"}'],
    ['an audit of Yarn that is cut', 'yarn.lock', '{"type":"auditSummary"'],
  ])('%s is no pass', async (_, lockfile, stdout) => {
    await expect(read(lockfile, stdout)).rejects.toThrow('has no usable report');
  });

  it('an audit of Yarn 2 is not guessed at', async () => {
    await expect(read('yarn.lock', '', { '.yarnrc.yml': '' })).rejects.toThrow('Yarn 2');
  });

  it('an audit that takes too long is no pass', async () => {
    const workspace = await plant(await scratch(), { 'package-lock.json': '' });
    const slow = checkAudit('low', { workspace, processes: printing(npm({}, 0), true) }, never);
    await expect(slow).rejects.toThrow('no answer within three minutes');
  });
});
