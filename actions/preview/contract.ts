import { APP_VARIABLES, CONFIG, DATABASE_URL } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'preview',
  title: 'Keep a pull request’s comment and previews up to date',
  description:
    'Keeps one comment on the pull request up to date with the preview’s address, its checks and how the build’s size changed, and takes previews off the target that nobody needs any more: older ones once a newer has passed, all of them when the pull request is closed.',
  inputs: {
    config: CONFIG,
    mode: {
      description: '`report` tells what became of this run’s preview; `clean-up` removes them all.',
      kind: 'choice',
      choices: ['report', 'clean-up'],
      required: true,
    },
    url: { description: 'Address of the preview, as deploy gave it.', kind: 'text', default: '' },
    'deployment-id': {
      description: 'The provider’s id of the preview, as deploy gave it.',
      kind: 'text',
      default: '',
    },
    version: { description: 'Version of the release that is shown.', kind: 'text', default: '' },
    digest: { description: 'Digest of the release that is shown.', kind: 'text', default: '' },
    verdict: {
      description: 'Verdict of smoke-test: without a `pass` the comment is never green.',
      kind: 'text',
      default: '',
    },
    checks: { description: 'Checks of smoke-test, as it gave them.', kind: 'json', default: '[]' },
    sizes: {
      description: 'What the build weighs, as build-check gave it.',
      kind: 'json',
      default: '[]',
    },
    stopped: {
      description: 'Step that did not come to its end, with its reason; empty when all of them did.',
      kind: 'text',
      default: '',
    },
    'database-url': {
      ...DATABASE_URL,
      description: 'Connection URL of the previews’ database, to be kept out of the comment.',
    },
    'app-variables': {
      ...APP_VARIABLES,
      description:
        'The app’s own variables as lines of `NAME=value`, to be kept out of the comment: an answer that a check quotes may hold one.',
    },
    token: {
      description: 'Token for the comment and for the ledger on GitHub Deployments.',
      kind: 'text',
      default: '${{ github.token }}',
      secret: true,
    },
  },
  outputs: {
    verdict: {
      description: '`pass` when the preview is up and its checks passed, else `fail`; empty for a clean-up.',
    },
    comment: {
      description:
        '`written`; `overtaken` when it tells of a newer commit already; `none` where there was nothing to tell.',
    },
    removed: { description: 'Ids of the deployments that were taken off the target, as a JSON list.' },
  },
  permissions: {
    deployments: { access: 'write', why: 'finds previews in the ledger and closes their entries' },
    'pull-requests': { access: 'write', why: 'keeps the comment on the pull request' },
  },
  refusals: {
    PREVIEW_FAILED: 'The preview is not up, or did not pass its checks; the comment says so.',
    CLEAN_UP_INCOMPLETE: 'Some previews could not be taken off the target; the comment names them.',
  },
  post: false,
});
