import { expect, it } from 'vitest';
import { askedOnce } from '../../../src/cycle/asked-once.ts';
import type { ProcessRunner } from '../../../src/ports/process.ts';

const RESULT = { code: 0, stdout: '', stderr: '', timedOut: false };

function counted(answer: (asked: number) => Promise<typeof RESULT>) {
  const asked: string[] = [];
  const processes: ProcessRunner = {
    run(command, args, options) {
      asked.push([command, ...args, options?.cwd].join(' '));
      return answer(asked.length);
    },
  };
  return { asked, processes: askedOnce(processes) };
}

it('runs the same question once, at the same time and later, and another one or another place for itself', async () => {
  const { asked, processes } = counted(async (time) => ({ ...RESULT, stdout: String(time) }));
  const here = { cwd: '/a' };
  const same = () => processes.run('git', ['log', 'a b'], here);
  expect((await Promise.all([same(), same()])).map(({ stdout }) => stdout)).toEqual(['1', '1']);
  expect((await same()).stdout).toBe('1');
  await processes.run('git', ['log', 'a', 'b'], here);
  await processes.run('git', ['log', 'a b'], { cwd: '/b' });
  expect(asked).toEqual(['git log a b /a', 'git log a b /a', 'git log a b /b']);
});

it('asks anew what could not be run', async () => {
  const { asked, processes } = counted((time) =>
    time === 1 ? Promise.reject(new Error('no')) : Promise.resolve(RESULT),
  );
  await expect(processes.run('git', [])).rejects.toThrow('no');
  expect(await processes.run('git', [])).toEqual(RESULT);
  expect(asked).toHaveLength(2);
});
