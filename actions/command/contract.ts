import { CONFIG, TOKEN } from '../../src/runner/common-inputs.ts';
import { CONTROL_REFUSALS } from '../../src/runner/common-refusals.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'command',
  title: 'Do what a comment asks for',
  description:
    'Reads a new comment under an issue or a pull request and does what its first line asks for, once: `/lock`, `/unlock`, `/hold`, `/release`, `/status`, and `/deploy` where airlock.yml lets it. For people with write access only. Answers once. Runs nothing of the pull request.',
  inputs: {
    config: CONFIG,
    workflow: {
      description:
        'File name of the workflow that calls the pipeline: `/deploy` starts it on the pull request’s branch.',
      kind: 'text',
      default: 'deploy.yml',
    },
    token: TOKEN,
  },
  outputs: {
    command: { description: 'The word of the command; empty for a comment that gives none.' },
    entry: { description: 'Ledger entry that was written; empty when nothing had to be.' },
    started: { description: 'Address of the run that `/deploy` started, where GitHub says it.' },
  },
  permissions: {
    actions: { access: 'write', why: 'starts the pipeline for `/deploy`, and looks whether it did' },
    contents: { access: 'read', why: 'the checkout of airlock.yml, and when a branch got its newest commit' },
    deployments: { access: 'write', why: 'reads and writes the ledger' },
    issues: { access: 'write', why: 'reads the comment under an issue and answers it' },
    'pull-requests': { access: 'write', why: 'the same under a pull request' },
  },
  refusals: {
    ...CONTROL_REFUSALS,
    NOT_A_NEW_COMMENT: 'The run was not started by a comment that was just written.',
    COMMENT_GONE: 'The comment is not there any more.',
    COMMENT_CHANGED: 'The comment was edited, or is another one than the event told of.',
    COMMENT_NOT_BY_PERSON: 'A bot or an app wrote the comment.',
    COMMENT_NOT_PERMITTED: 'Who wrote the comment has no write access to this repository.',
    COMMAND_MALFORMED: 'The comment looks like a command, but is not written as one.',
    ENVIRONMENT_UNKNOWN: 'airlock.yml has no environment of this name.',
    DEPLOY_NOT_LISTED: 'airlock.yml does not let a comment ask for this environment.',
    DEPLOY_NOT_A_PULL_REQUEST: 'There is no open pull request to deploy.',
    DEPLOY_FROM_FORK: 'The pull request comes from a fork.',
    HEAD_MOVED: 'The pull request got a commit when the comment was written, or after it.',
    HEAD_UNKNOWN: 'GitHub does not say when the pull request got its newest commit.',
  },
  post: false,
});
