import { CONFIG, DATABASE_URL, DIGEST, ENVIRONMENT, RELEASE } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'migrate',
  title: 'Migrate the database',
  description:
    'Brings the environment’s database to what the release needs: one migration at a time, under a lock, each in a transaction. Also says what is pending, and reverts what can be reverted without loss.',
  inputs: {
    config: CONFIG,
    environment: ENVIRONMENT,
    mode: {
      description:
        '`apply` what is pending, report the `status` and change nothing, or `revert` the named migrations if each is safe to undo.',
      kind: 'choice',
      choices: ['apply', 'status', 'revert'],
      default: 'apply',
    },
    release: RELEASE,
    digest: DIGEST,
    'database-url': DATABASE_URL,
    migrations: {
      description: 'For `revert`: the migrations to undo, as their files are named (`0003_add_email`).',
      kind: 'list',
      default: '',
    },
  },
  outputs: {
    applied: { description: 'Migrations this run applied, oldest first, as a JSON list.' },
    pending: { description: 'Migrations that are still to be applied, as a JSON list.' },
    reverted: { description: 'Migrations this run undid, newest first, as a JSON list.' },
    status: {
      description:
        'Every migration known to the release or the database, as a JSON list of `{id, state, appliedAt, reversibility, note}`.',
    },
  },
  permissions: { contents: { access: 'read', why: 'airlock.yml is read from the repository' } },
  refusals: {
    MIGRATION_CHANGED: 'A migration that is applied differs from its file.',
    MIGRATION_MISSING: 'The database has a migration that this release does not know, below its own newest.',
    MIGRATION_OUT_OF_ORDER: 'A pending migration has a lower number than one that is applied.',
    REVERT_NOT_SAFE: 'At least one of the migrations cannot be undone without losing something.',
    REVERT_NOT_NEWEST: 'Newer migrations stand on the ones to revert.',
    REVERT_TURNED_OFF: 'airlock.yml says `rollback.migrations: never` for this environment.',
  },
  post: false,
});
