import { APP_VARIABLES, CONFIG, DATABASE_URL, ENVIRONMENT, TOKEN } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'rollback',
  title: 'Go back to the last good release',
  description:
    'Chooses the last good deployment or the one named, says what it will undo, activates it, reads it back, smoke-tests it, reverts migrations only when nothing is lost, and records the reason.',
  inputs: {
    config: CONFIG,
    environment: ENVIRONMENT,
    reason: {
      description: 'Why, for the ledger and the people who read it later.',
      kind: 'text',
      required: true,
    },
    to: {
      description: 'Deployment, version or digest to go back to; empty for the last good one.',
      kind: 'text',
      default: '',
    },
    digest: {
      description:
        'Digest of the release to undo, required with `automatic`. When it is not live, nothing is activated. Empty for whatever is live.',
      kind: 'text',
      default: '',
    },
    automatic: {
      description: 'Whether a failure asked for this and not a person: airlock.yml may forbid it.',
      kind: 'boolean',
      default: 'false',
    },
    migrations: {
      description: 'Migrations to revert if nothing is lost: the `applied` output of the migrate action.',
      kind: 'json',
      default: '[]',
    },
    release: {
      description:
        'Folder of the sealed release whose migrations are reverted; empty for the repository’s own folder.',
      kind: 'text',
      default: '',
    },
    'database-url': DATABASE_URL,
    'app-variables': APP_VARIABLES,
    token: TOKEN,
  },
  outputs: {
    'rolled-back': { description: '`true` when another deployment was made live.' },
    'deployment-id': { description: 'The deployment that is live now.' },
    version: { description: 'The version that is live now.' },
    undone: { description: 'The version that was undone; empty when nothing was.' },
    reverted: { description: 'Migrations that were reverted, as JSON.' },
    entry: { description: 'Ledger entry of this rollback.' },
  },
  permissions: {
    actions: { access: 'read', why: 'asks whether the run that holds the lane is over' },
    deployments: { access: 'write', why: 'reads and writes the ledger' },
  },
  refusals: {
    LANE_TAKEN: 'Another run changes this environment at this moment.',
    NO_LAST_GOOD:
      'The ledger knows no earlier release that passed its checks here, and nothing that was live before Airlock is left.',
    TARGET_UNKNOWN: 'The deployment to go back to is not on the target any more, or never was.',
    TARGET_AMBIGUOUS: 'The version to go back to is that of several deployments.',
    NEVER_LIVE: 'The deployment to go back to was never live: going back is no way around the gates.',
    HELD: 'The release that was named is held, or was gone back from: naming it is no way forward to it.',
    ALREADY_LIVE: 'The deployment to go back to is live already.',
    NOTHING_KNOWN:
      'Airlock made neither the deployment to go back to nor the one that is live: there is nothing to vouch for or to record.',
    NOT_AUTOMATIC:
      'airlock.yml says `rollback.automatic: false` for this environment: a person has to do it.',
  },
  post: true,
});
