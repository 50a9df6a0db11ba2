import { CONFIG } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'back-merge',
  title: 'Bring a hotfix back to the default branch',
  description:
    'Opens the pull request that brings a hotfix, which is live, back to the default branch. One for each hotfix branch, however often it runs. Until the fix is there, `plan` keeps the next normal release out of production.',
  inputs: {
    config: CONFIG,
    version: { description: 'Version of the hotfix, as it is live.', kind: 'text', required: true },
    token: {
      description: 'Token for the pull request.',
      kind: 'text',
      default: '${{ github.token }}',
      secret: true,
    },
  },
  outputs: {
    url: { description: 'Address of the pull request; empty where the default branch has the fix already.' },
    state: {
      description:
        '`open`; `merged` or `closed` when somebody did that already; `none` where there is nothing to bring.',
    },
  },
  permissions: {
    contents: { access: 'read', why: 'checks out airlock.yml' },
    'pull-requests': { access: 'write', why: 'opens the pull request' },
  },
  refusals: {
    NOT_A_HOTFIX: 'The run is not for a hotfix branch, so there is nothing to bring back.',
    BACK_MERGE_CLOSED: 'Somebody closed the pull request without merging it: the fix is still owed.',
  },
  post: false,
});
