// Applies a folder of migrations in a process of its own, so that a test can kill it.
// Arguments: the folder. The database's URL comes through the environment. SIGINT cancels.
import { Failure } from '../../../src/domain/failure.ts';
import { sqlMigrator } from '../../../src/migrators/sql/provider.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { keepingLog, LIMITS } from './world.ts';

const cancel = new AbortController();
process.on('SIGINT', () => cancel.abort(new Failure('CANCELLED', 'Cancelled.', 'Run it again.')));

try {
  const migrator = await sqlMigrator.connect(
    { directory: process.argv[2] ?? '', ...LIMITS },
    { databaseUrl: process.env.DATABASE_URL ?? '', log: keepingLog(), clock: systemClock },
  );
  const changes = await migrator.apply(cancel.signal);
  console.log(JSON.stringify({ applied: changes.map(({ id }) => id) }));
} catch (error) {
  console.log(JSON.stringify({ code: error instanceof Failure ? error.code : String(error) }));
}
