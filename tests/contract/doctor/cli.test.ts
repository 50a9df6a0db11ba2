import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Finding } from '../../../src/domain/doctor/diagnose.ts';
import { lottery } from '../../sample.ts';
import { openScene, type Scene } from './scene.ts';

const test = lottery(0.5);
const AIRLOCK = fileURLToPath(new URL('../../../scripts/airlock.mjs', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a person runs it: a process of its own, with nothing of this one's environment. */
function airlock(
  args: readonly string[],
  scene: Scene,
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const child = spawn(process.execPath, [AIRLOCK, ...args], {
    cwd: scene.directory,
    env: { PATH: process.env.PATH, GITHUB_API_URL: scene.github.apiUrl, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  return new Promise((done) => child.on('close', (code) => done({ code, ...said })));
}

test('says that nothing is open, and ends with 0', async () => {
  const scene = await openScene();
  const token = scene.github.mintUserToken('mary');
  const ended = await airlock(['doctor'], scene, { GH_TOKEN: token });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toContain('octo/shop');
  expect(ended.stdout).toMatch(/^0 open, 0 unknown, 0 to look at, \d+ in order$/m);
  expect(ended.stdout).not.toContain(token);
});

test('names what is open with its way, first the gravest, and ends with 1', async () => {
  const scene = await openScene();
  scene.repository.protect('production', { adminsMayBypass: true, branches: 'protected' });
  scene.repository.configure({
    secrets: { repository: ['DATABASE_URL'], organization: [], environments: {} },
  });
  await scene.write({
    '.github/workflows/lint.yml':
      'on: push\npermissions: {}\njobs:\n  lint:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: sly/lint@v3\n',
  });
  const env = { GITHUB_TOKEN: scene.github.mintUserToken('mary') };
  const { code, stdout } = await airlock(['doctor'], scene, env);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Open \(\d+\)$/m);
  expect(stdout).toContain('Settings → Environments → production → Required reviewers');
  expect(stdout).toContain('gh api repos/sly/lint/commits/v3 --jq .sha');
  expect(stdout).toContain('.github/workflows/lint.yml:7');
  expect(stdout).toContain('bypass it: mary');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal sequence begins with it
  expect(stdout).not.toMatch(/\u001b/);

  const json = await airlock(['doctor', '--json', '--repo', 'octo/shop'], scene, env);
  expect(json.code).toBe(1);
  const findings = JSON.parse(json.stdout) as Finding[];
  const open = findings.filter(({ severity }) => severity === 'open');
  expect(new Set(open.map(({ id }) => id))).toEqual(
    new Set(['environment-reviewers', 'environment-admin-bypass', 'secrets-level', 'actions-pinned']),
  );
});

test('cannot tell with a token that may not look, and ends with 2', async () => {
  const scene = await openScene();
  const token = scene.github.mintUserToken('rita', { contents: 'read', actions: 'read' });
  const { code, stdout } = await airlock(['doctor'], scene, { GH_TOKEN: token });
  expect(code).toBe(2);
  expect(stdout).toMatch(/^Cannot tell/m);
  expect(stdout).toContain('`administration: read`');
  expect(stdout).toContain('`secrets: read`');
});

test('ends with 2 and says what to do when nothing can be read', async () => {
  const scene = await openScene();
  const env = { GH_TOKEN: scene.github.mintUserToken('mary') };
  const ends = await Promise.all([
    airlock(['doctor'], scene, {}),
    airlock(['doctor'], scene, { GH_TOKEN: 'ghp_nobodys' }),
    airlock(['doctor', '--repo', 'octo/other'], scene, env),
    airlock(['doctor', '--config', 'other.yml'], scene, env),
  ]);
  const codes = ['TOKEN_MISSING', 'GITHUB_TOKEN_REJECTED', 'GITHUB_NOT_FOUND', 'CONFIG_NOT_FOUND'];
  for (const [index, ended] of ends.entries()) {
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(new RegExp(`^${codes[index]}: .+\\nNext: .+\\n$`));
  }
});

test('the command line knows its commands', async () => {
  const scene = await openScene();
  const [nothing, rehearse, wrong] = await Promise.all([
    airlock([], scene, {}),
    airlock(['rehearse', '--help'], scene, {}),
    airlock(['docter'], scene, {}),
  ]);
  expect(nothing.stdout).toContain('doctor');
  expect(rehearse.stdout).toContain('--inject');
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('doctor') });
});
