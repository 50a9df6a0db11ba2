import { CONFIG, TOKEN } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'plan',
  title: 'Plan what this run may do',
  description:
    'Says before anything happens which environments this run may enter and why, as which version. With `environment`, says whether the gates of that environment are open for a release.',
  inputs: {
    config: CONFIG,
    environment: {
      description:
        'Environment about to be entered: its gates are judged for `digest`. Empty at the start of a pipeline.',
      kind: 'text',
      default: '',
    },
    digest: {
      description: 'Digest of the release that wants to enter `environment`.',
      kind: 'text',
      default: '',
    },
    'dry-run': {
      description:
        'Only says what the gates of `environment` would answer now, or those of every environment where it is empty, and what would change there. Lets nothing in and ends well whatever they say.',
      kind: 'boolean',
      default: 'false',
    },
    covers: {
      description: 'Environments that the calling workflow has jobs for, in the order of those jobs.',
      kind: 'list',
      default: 'development,staging,production',
    },
    until: {
      description:
        'Last environment to enter, of those to which `routes:` in airlock.yml sends the run; empty for all of them.',
      kind: 'text',
      default: '',
    },
    commit: {
      description:
        'Full SHA that this run is meant for: another one is refused. Empty for whatever the run is for.',
      kind: 'text',
      default: '',
    },
    lane: {
      description:
        'The way to take: `hotfix` for a branch of `hotfix.branches`, which leaves out what airlock.yml names and is held to what is live.',
      kind: 'choice',
      choices: ['normal', 'hotfix'],
      default: 'normal',
    },
    emergency: {
      description:
        'Why a hotfix enters production although staging has not run it. Another person than the one who started the run must have approved it.',
      kind: 'text',
      default: '',
    },
    job: {
      description:
        'GitHub’s id of this job, which is run again when an approval by comment is given. The default is right.',
      kind: 'text',
      default: '${{ job.check_run_id }}',
    },
    'team-token': {
      description:
        'Token that may read the organisation’s members, where airlock.yml lets a team approve by comment: a job’s own token may not.',
      kind: 'text',
      default: '',
      secret: true,
    },
    'app-variables': {
      description:
        'The app’s own variables as lines of `NAME=value`, as far as this job may have them. Only their names go on, for the `variables` checks of the build.',
      kind: 'text',
      default: '',
      secret: true,
    },
    token: TOKEN,
  },
  outputs: {
    environments: { description: 'Environments that this run may enter, in order, as a JSON list.' },
    approvals: {
      description: 'Those of them for which airlock.yml asks for an approval, as a JSON list.',
    },
    version: { description: 'Version of the release to build; empty when `environment` is given.' },
    commit: { description: 'Full SHA of the commit that is checked out.' },
    'build-time': {
      description: 'Time of this plan in UTC, ISO 8601; empty when `environment` is given.',
    },
    configured: {
      description:
        'Names of the app’s own variables that are set and not empty, with commas; empty when `environment` is given.',
    },
    preview: {
      description:
        '`true` when this run may show the pull request that it is for as a preview, where airlock.yml has `preview:`.',
    },
    'clean-up': {
      description: '`true` when the pull request was closed: its previews go, and nothing is built.',
    },
    calendars: {
      description:
        'With `dry-run`: folder with the windows and freezes of each environment that has a calendar, as `<environment>.ics`; empty for none.',
    },
    'skip-checks': { description: 'Build checks that a hotfix leaves out, with commas.' },
    'approval-environment': {
      description:
        'Environment in GitHub whose reviewers approve a hotfix for production, where airlock.yml names one.',
    },
    hotfix: {
      description:
        'With `environment`: what the ledger keeps of a hotfix, as JSON; empty for a normal release.',
    },
    overridden: {
      description:
        'With `environment`: gates that somebody’s override opened, as a JSON list; the ledger keeps it.',
    },
    waiting: {
      description:
        'With `environment`: `true` when every other gate is open and people are asked by comment. Nothing may be released, and the job is run again when they have answered.',
    },
    plan: { description: 'The whole plan as JSON: event, trust, environments, gates, version.' },
  },
  permissions: {
    contents: {
      access: 'read',
      why: 'the checkout whose history and tags are read, and who wrote what is not live yet',
    },
    actions: { access: 'read', why: 'with `environment`: reads who must approve it and who did' },
    deployments: {
      access: 'read',
      why: 'with `environment`: reads the ledger; `write` where approvals are asked for by comment',
    },
    issues: {
      access: 'read',
      why: 'with `environment`, where approvals are given by comment: reads those comments again',
    },
    'pull-requests': {
      access: 'read',
      why: 'with `environment`, where a comment started the run: reads again who asked for it',
    },
  },
  refusals: {
    PULL_REQUEST_TARGET: '`pull_request_target` runs a stranger’s change next to secrets: never a pipeline.',
    FORK_RUN: 'The run comes from a fork, or follows a run that does: it enters no environment.',
    EVENT_UNTRUSTED: 'The event that started the run can be caused by anyone, or is not known.',
    CHECKS_ONLY:
      'A job wants to enter an environment to which `routes:` does not send this run, or which its event never enters.',
    TAG_NOT_MERGED: 'A tag was pushed at a commit that the default branch does not contain.',
    NOT_MERGED:
      'By hand, a commit that the default branch does not contain goes to every environment but the last.',
    COMMIT_MOVED: 'The branch has another commit than the one that the run was asked for.',
    HELD: 'The environment is locked, or the release is held.',
    NOT_PROVEN: 'This digest did not pass an environment that comes before, or was found bad there.',
    PROOF_TOO_OLD: 'Its proof in an environment that comes before is older than `fresh` allows.',
    NOT_SOAKED: 'It did not stand live in the environments before for as long as `soak` asks.',
    CALENDAR_SHUT: 'Now is outside the environment’s windows, or in a freeze.',
    NOT_APPROVED:
      'airlock.yml requires an approval, but GitHub asks nobody, or not as strictly, or nobody else said yes to this run.',
    WAITS_FOR_APPROVAL: 'Nobody who may has approved it by comment yet.',
    APPROVAL_REJECTED: 'Somebody who may approve it said no by comment.',
    NOT_NEWEST: 'A newer release is live: entering would take it away.',
    NOT_A_HOTFIX: 'The short way is asked for on a branch or by an event that it is not for.',
    HOTFIX_WRONG_BASE:
      'The hotfix does not grow from what is live in production, or brings more of the default branch along.',
    HOTFIX_TOO_LARGE: 'The hotfix changes more lines or files than airlock.yml allows.',
    HOTFIX_CHANGES_RULES:
      'The hotfix changes the rules that it is judged by: airlock.yml, `.github`, or a calendar of freezes.',
    EMERGENCY_NEEDS_TWO:
      'An emergency takes a reason and two people: one who starts the run, another who approves it.',
    BACK_MERGE_MISSING: 'A hotfix is live whose fix is not in this release.',
    GATE_UNREADABLE: 'Whether a gate is open could not be read: what cannot be read is not a yes.',
  },
  post: false,
});
