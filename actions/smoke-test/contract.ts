import { CONFIG, DIGEST, ENVIRONMENT, RELEASE } from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'smoke-test',
  title: 'Smoke-test a deployment',
  description:
    'Asks a deployment the smoke checks of its environment: status, headers, texts, JSON, version, health and latency. Anything but a pass of all of them refuses the release.',
  inputs: {
    config: CONFIG,
    environment: ENVIRONMENT,
    release: RELEASE,
    digest: DIGEST,
    url: {
      description: 'Address to ask, such as the staged deployment’s own; required unless `live`.',
      kind: 'text',
      default: '',
    },
    live: {
      description: 'Ask the environment’s own `url` of airlock.yml, which its users see, instead of `url`.',
      kind: 'boolean',
      default: 'false',
    },
    'bypass-header': {
      description:
        'Header that lets the checks through a deployment’s protection, as `name: value`; sent to that address only.',
      kind: 'text',
      default: '',
      secret: true,
    },
  },
  outputs: {
    verdict: { description: 'The worst of the checks: `pass`, `fail`, `insufficient` or `error`.' },
    checks: { description: 'Every check as JSON: a list of `{name, verdict, detail, durationMs}`.' },
  },
  permissions: {},
  refusals: {
    SMOKE_FAILED: 'At least one check got a wrong answer.',
    SMOKE_INCONCLUSIVE:
      'No check got a wrong answer, but not all of them could be judged: no answer, too few of them, or no checks at all.',
  },
  post: false,
});
