import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { deploy } = await import('./run.ts');
    const { openEnvironment, unpackRelease } = await import('../../src/composition/index.ts');
    const { release, appDirectory: directory } = await unpackRelease(runner, inputs.release, inputs.digest);
    return deploy({ ...(await openEnvironment(runner, inputs)), release, directory }, runner.signal);
  },
  async (inputs, runner) => {
    const { settle } = await import('../../src/composition/index.ts');
    return settle(runner, inputs, 'deploy');
  },
);
