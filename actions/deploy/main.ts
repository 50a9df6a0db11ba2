import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { deploy } = await import('./run.ts');
    const { openEnvironment, unpackRelease } = await import('../../src/composition/index.ts');
    const unpacked = await unpackRelease(runner, inputs.release, inputs.digest);
    const { release, sizes, appDirectory: directory } = unpacked;
    const opened = await openEnvironment(runner, inputs, 'stage');
    return deploy({ ...opened, release, sizes, directory }, runner.signal);
  },
  async (inputs, runner) => {
    const { settle } = await import('../../src/composition/index.ts');
    return settle(runner, inputs, 'deploy');
  },
);
