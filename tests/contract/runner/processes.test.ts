import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { processRunner } from '../../../src/runner/processes.ts';
import { lottery } from '../../sample.ts';

const it = lottery(0.5);

const sh = (script: string, options: Parameters<typeof processRunner.run>[2] = {}) =>
  processRunner.run('bash', ['-c', script], options);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'airlock-processes-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The pid that a script writes to a file once it is up. */
async function pidIn(file: string): Promise<number> {
  const read = async () => Number(await readFile(file, 'utf8').catch(() => ''));
  await expect.poll(read, { timeout: 5_000 }).toBeGreaterThan(0);
  return read();
}

describe('processRunner', () => {
  it('gives exit code and both outputs, and hands on chunks as they come', async () => {
    const seen: string[] = [];
    const result = await sh('echo out; echo err >&2; exit 3', { onOutput: (chunk) => seen.push(chunk) });
    expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false });
    expect(seen.sort()).toEqual(['err\n', 'out\n']);
  });

  it('passes arguments as they are, with no shell between', async () => {
    const hostile = '$(touch x) `id` ; "\' \n *';
    const { stdout } = await processRunner.run(process.execPath, ['-p', 'process.argv[1]', hostile]);
    expect(stdout).toBe(`${hostile}\n`);
  });

  it('adds variables, takes variables away, and works in the given folder', async () => {
    const cwd = await scratch();
    const { stdout } = await sh('echo "$ADDED"; printenv HOME || echo none; pwd -P', {
      cwd,
      environment: { ADDED: 'a b', HOME: undefined },
    });
    expect(stdout).toBe(`a b\nnone\n${cwd}\n`);
  });

  it('gives a program that reads its standard input an end at once', async () => {
    expect(await sh('cat; echo done')).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  it('says an end by a signal as a shell does', async () => {
    expect((await sh('kill -KILL $$')).code).toBe(137);
    expect((await sh('kill -TERM $$')).code).toBe(143);
  });

  it('keeps the last of an output that is too long, and characters whole', async () => {
    const { stdout } = await sh(`node -e 'for (let i = 0; i < 40000; i++) console.log("ü" + i)'`, {
      outputLimit: 1000,
    });
    expect(stdout).toHaveLength(1000);
    expect(stdout.endsWith('ü39999\n')).toBe(true);
    expect(stdout).not.toContain('\ufffd');
  });

  it('says that a program is missing', async () => {
    await expect(processRunner.run('airlock-no-such-program', [])).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
    });
  });

  it('lets a program end by itself on a timeout', async () => {
    const result = await sh('trap "echo bye; exit 9" INT; echo up; while :; do sleep 0.05; done', {
      timeoutMs: 300,
    });
    expect(result).toMatchObject({ code: 9, timedOut: true });
    expect(result.stdout).toContain('bye');
  });

  it('ends the whole group of a program that ignores the request, when it is cancelled', async () => {
    const folder = await scratch();
    const cancel = new AbortController();
    const work = sh(
      `trap '' INT TERM; (trap '' INT TERM; echo $BASHPID > ${folder}/child; while :; do sleep 0.05; done) & echo $$ > ${folder}/self; wait`,
      { signal: cancel.signal },
    );
    const pids = [await pidIn(join(folder, 'self')), await pidIn(join(folder, 'child'))];
    cancel.abort(new Error('CANCELLED'));
    await expect(work).rejects.toThrow('CANCELLED');
    await expect.poll(() => pids.filter(isAlive), { timeout: 5_000 }).toEqual([]);
  });

  it('does not start what is cancelled already', async () => {
    const signal = AbortSignal.abort(new Error('CANCELLED'));
    await expect(sh('echo no', { signal })).rejects.toThrow('CANCELLED');
  });

  it('neither waits for what a program left in the background nor leaves it there', async () => {
    const folder = await scratch();
    const result = await sh(`sleep 600 & echo $! > ${folder}/pid; echo started`);
    expect(result).toMatchObject({ code: 0, stdout: 'started\n' });
    const pid = await pidIn(join(folder, 'pid'));
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });

  it('leaves nothing behind when the process that started it exits early', async () => {
    const folder = await scratch();
    const module = join(import.meta.dirname, '../../../src/runner/processes.ts');
    const parent = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `const { processRunner } = await import(${JSON.stringify(module)});
       process.on('SIGTERM', () => process.exit(0));
       await processRunner.run('bash', ['-c', 'echo $$ > ${folder}/pid; sleep 600; true']);`,
    ]);
    const pid = await pidIn(join(folder, 'pid'));
    parent.kill('SIGTERM');
    await once(parent, 'exit');
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });
});
