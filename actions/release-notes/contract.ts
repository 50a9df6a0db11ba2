import { CONFIG, TOKEN } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'release-notes',
  title: 'Say what went live',
  description:
    'Writes the notes of what this run, or a version that is named, made live: breaking changes, features, fixes, migrations and hotfixes, by the ledger and the history. Publishes them as a release on GitHub where asked to.',
  inputs: {
    config: CONFIG,
    environment: {
      description: 'Environment whose releases are told of; empty for the last one of airlock.yml.',
      kind: 'text',
      default: '',
    },
    version: {
      description: 'Version to tell of, as it went live; empty for what this run made live.',
      kind: 'text',
      default: '',
    },
    publish: {
      description:
        'Publishes the notes as the release of the version’s tag, which is made where there is none. What people wrote in that release stays.',
      kind: 'boolean',
      default: 'false',
    },
    token: {
      ...TOKEN,
      description: 'Token for the ledger on GitHub Deployments, and to publish with.',
    },
  },
  outputs: {
    notes: {
      description: 'Absolute path of the notes, a Markdown file for later steps of the job; empty for none.',
    },
    version: { description: 'Version that they are about; empty for none.' },
    url: { description: 'Address of the published release; empty where none was.' },
  },
  permissions: {
    contents: {
      access: 'write',
      why: 'with `publish`: the release and its tag; without it `read` is enough, for the history',
    },
    deployments: { access: 'read', why: 'reads the ledger' },
  },
  refusals: {
    RELEASE_UNKNOWN: 'No such version went live in the environment, or it was taken back.',
    RELEASE_TAG_ELSEWHERE: 'The version’s tag is at another commit than the one that went live.',
    RELEASE_TAG_NOT_ALLOWED: 'GitHub lets the job make no such tag, and there is none.',
  },
  post: false,
});
