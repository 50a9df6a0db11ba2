import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Bytes. */
const LARGEST_OUTPUT = 256 * 1024 * 1024;

const OWN_SETTINGS = Object.entries({
  'user.name': 'Airlock rehearsal',
  'user.email': 'rehearsal@localhost',
  'commit.gpgsign': 'false',
  'tag.gpgsign': 'false',
  'core.hooksPath': '/dev/null',
  'core.autocrlf': 'false',
  'maintenance.auto': 'false',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Runs git in a folder with nothing of this person's git set-up in it, and gives what it printed. */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(kept), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return (
    await run('git', ['-C', directory, ...OWN_SETTINGS, ...args], { env, maxBuffer: LARGEST_OUTPUT })
  ).stdout.trim();
}
