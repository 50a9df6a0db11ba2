import { CONFIG } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'doctor',
  title: 'Find what is open',
  description:
    'Reads how the repository is set up (environments, branch and tag protection, bypasses, tokens, secrets, runners, workflows) and reports what is open, each with the way to mend it. Changes nothing.',
  inputs: {
    config: CONFIG,
    'fail-on': {
      description:
        'What fails the step: something `open` (or that cannot be told and might be), a `warn` as well, or `none`.',
      kind: 'choice',
      choices: ['open', 'warn', 'none'],
      default: 'open',
    },
    token: {
      description:
        'Token that may read the settings. The job’s own may not: what it cannot read is reported as unknown.',
      kind: 'text',
      default: '${{ github.token }}',
      secret: true,
    },
  },
  outputs: {
    verdict: {
      description: '`sound`, `open`, or `unknown` when nothing open was seen but not all could be told.',
    },
    findings: {
      description: 'Every finding as JSON: a list of `{id, severity, weight, about, what, why, fix, at}`.',
    },
  },
  permissions: {
    contents: { access: 'read', why: 'the checkout whose workflows are read, and protected branches' },
    actions: { access: 'read', why: 'environments, their reviewers and branches' },
  },
  refusals: {
    DOCTOR_FOUND_OPEN: 'Something is open that `fail-on` names.',
    DOCTOR_CANNOT_TELL: 'Nothing open was seen, but something that `fail-on` names could not be read.',
  },
  post: false,
});
