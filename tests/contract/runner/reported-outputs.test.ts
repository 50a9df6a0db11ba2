import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ACTION = fileURLToPath(new URL('reporting-action.ts', import.meta.url));

/** Runs the action in a process of its own and reads its outputs as the runner does: the last word counts. */
async function outputsOf(how: 'done' | 'failed' | 'killed'): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'airlock-reported-'));
  const file = join(folder, 'output');
  await Promise.all([writeFile(file, ''), writeFile(join(folder, 'event.json'), '{}')]);
  const action = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ACTION], {
    stdio: 'ignore',
    env: {
      HOW: how,
      GITHUB_OUTPUT: file,
      GITHUB_EVENT_PATH: join(folder, 'event.json'),
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REF_TYPE: 'branch',
      GITHUB_SHA: 'c'.repeat(40),
      GITHUB_ACTOR: 'ada',
      GITHUB_SERVER_URL: 'https://github.test',
      GITHUB_RUN_ID: '1',
      GITHUB_RUN_ATTEMPT: '1',
    },
  });
  await once(action, 'exit');
  const written = await readFile(file, 'utf8');
  await rm(folder, { recursive: true });
  return Object.fromEntries(
    [...written.matchAll(/^(\S+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name, , value]) => [name, value]),
  );
}

test('what an action reported stands when it fails or is killed after it, and is replaced when it ends', async () => {
  expect(await outputsOf('failed')).toEqual({
    half: 'first and second',
    whole: '',
    result: 'failed',
    reason: 'HALF_DONE',
  });
  expect(await outputsOf('killed')).toEqual({ half: 'first and second' });
  expect(await outputsOf('done')).toEqual({ half: 'all', whole: 'yes', result: 'done', reason: '' });
});
