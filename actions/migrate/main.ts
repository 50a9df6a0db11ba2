import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner, report) => {
  const { migrate } = await import('./run.ts');
  const { migratorOpener, openConfiguration, unpackRelease } = await import('../../src/composition/index.ts');
  const configuration = await openConfiguration(runner, inputs.config);
  const { release, migrationsDirectory: migrations } = await unpackRelease(
    runner,
    inputs.release,
    inputs.digest,
  );
  return migrate(
    inputs,
    {
      configuration,
      migrations,
      openMigrator: migratorOpener(runner, configuration, inputs.environment, release.version),
      report,
    },
    runner.signal,
  );
});
