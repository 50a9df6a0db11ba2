import { CONFIG } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'build-check',
  title: 'Check the build and seal it',
  description:
    'Makes the checks of airlock.yml, side by side where they do not need each other, and seals the build output into a release whose digest is its identity from here to production.',
  inputs: {
    config: CONFIG,
    version: {
      description: 'Semantic version of the release, without a leading `v`; the `plan` action gives it.',
      kind: 'text',
      required: true,
    },
    commit: {
      description: 'Full SHA of the commit that is built.',
      kind: 'text',
      required: true,
    },
    'build-time': {
      description: 'When the build was made, ISO 8601 in UTC; the `plan` action gives it.',
      kind: 'text',
      required: true,
    },
    configured: {
      description:
        'Names that a `variables` check takes for set although this step has no such variable: the `configured` output of the `plan` action, which has seen their values.',
      kind: 'list',
      default: '',
    },
    skip: {
      description:
        'Checks that are left out, by name: the `skip-checks` output of the plan action for a hotfix. What needs one of them does not wait for it.',
      kind: 'list',
      default: '',
    },
    release: {
      description:
        'Folder that will hold the sealed release; one that an earlier run sealed there is removed first.',
      kind: 'text',
      default: 'airlock-release',
    },
    seal: {
      description: 'Seal the build output when every check has passed; `false` only checks.',
      kind: 'boolean',
      default: 'true',
    },
  },
  outputs: {
    digest: { description: 'Digest of the sealed files: the identity of the release.' },
    release: { description: 'The release as JSON: app, version, commit, build time, digest.' },
    artifact: { description: 'Folder with the sealed release, to hand to actions/upload-artifact.' },
    sizes: {
      description:
        'What the build weighs as JSON, in bytes: `{name, raw, gzip, brotli}` for each size budget; the sealed files together where there is none.',
    },
    'artifact-name': { description: 'Name to upload it under.' },
    checks: { description: 'Every check as JSON: name, verdict, detail, milliseconds.' },
    verdict: { description: 'The worst verdict: `pass`, `fail`, `insufficient` or `error`.' },
  },
  permissions: { contents: { access: 'read', why: 'checks out the repository' } },
  refusals: {
    CHECKS_FAILED: 'A check failed: nothing was sealed.',
    CHECKS_ERROR: 'A check could not be made, which is never a pass: nothing was sealed.',
    CHECKS_INSUFFICIENT: 'airlock.yml has no check, or none gave an answer: nothing was sealed.',
  },
  post: false,
});
