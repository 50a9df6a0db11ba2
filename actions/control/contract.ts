import { CONFIG, ENVIRONMENT, TOKEN } from '../../src/runner/common-inputs.ts';
import { CONTROL_REFUSALS } from '../../src/runner/common-refusals.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'control',
  title: 'Lock, hold, release, override',
  description:
    'Locks an environment or holds a release, takes that back, or opens one gate for a time; each with a reason and a name in the ledger. Says what is locked and held now. A rollback is never kept back.',
  inputs: {
    config: CONFIG,
    environment: ENVIRONMENT,
    mode: {
      description:
        '`lock` or `unlock` the environment, `hold` or `release` one release everywhere, `override` one gate of the environment for a time, or tell the `status`.',
      kind: 'choice',
      choices: ['lock', 'unlock', 'hold', 'release', 'override', 'status'],
      default: 'status',
    },
    reason: {
      description: 'Why; required for all but `status`. It stays in the ledger.',
      kind: 'text',
      default: '',
    },
    release: {
      description:
        'Version or digest: what is held or released, and for an override which release it lets in; empty there for any.',
      kind: 'text',
      default: '',
    },
    until: {
      description:
        'When it ends by itself: `90m`, `4h`, `2d`, or a point in time with its zone. Empty: a lock or hold stands until somebody takes it back, an override ends after four hours.',
      kind: 'text',
      default: '',
    },
    gate: { description: 'The gate that an override opens.', kind: 'text', default: 'hold' },
    second: {
      description:
        'Login of a second person who answers for an override; some gates are opened by two people only.',
      kind: 'text',
      default: '',
    },
    token: TOKEN,
  },
  outputs: {
    locked: { description: '`true` when the environment is locked now.' },
    holds: {
      description:
        'What is locked and held now and concerns this environment, as JSON: a list of `{id, kind, environment, digest, version, reason, by, since, until, run}`.',
    },
    entry: { description: 'Ledger entry that this run wrote; empty when nothing had to be.' },
  },
  permissions: {
    actions: { access: 'read', why: 'asks of each run that opened something whose it was' },
    deployments: { access: 'write', why: 'reads and writes the ledger' },
  },
  refusals: CONTROL_REFUSALS,
  post: false,
});
