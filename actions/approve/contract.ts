import { CONFIG, TOKEN } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'approve',
  title: 'Approve by comment',
  description:
    'Asks people in an issue to let a waiting run in, reads what they answer there, records it in the ledger, and runs the waiting job again when enough of them have said yes. Only an unedited `/approve`, `/reject` or `/hold` counts, of a person whom airlock.yml names and who has write access.',
  inputs: {
    config: CONFIG,
    'team-token': {
      description:
        'Token that may read the organisation’s members, where airlock.yml lets a team approve: a job’s own token may not.',
      kind: 'text',
      default: '',
      secret: true,
    },
    token: TOKEN,
  },
  outputs: {
    answer: {
      description: 'What a comment counted for: `approve`, `reject` or `hold`; empty when none did.',
    },
    issues: { description: 'Numbers of the issues in which people are asked now, as a JSON list.' },
    runs: { description: 'Ids of the runs whose waiting job was started again, as a JSON list.' },
  },
  permissions: {
    contents: { access: 'read', why: 'the checkout: airlock.yml, and the history to show what would change' },
    issues: {
      access: 'write',
      why: 'opens an issue for each waiting run, reads the comments and answers them',
    },
    deployments: { access: 'write', why: 'reads who asks in the ledger, and records who answered' },
    actions: { access: 'write', why: 'runs the waiting job again' },
  },
  refusals: {
    NOT_DEFAULT_BRANCH: 'The workflow was started on another branch than the default one.',
  },
  post: false,
});
