import {
  APP_VARIABLES,
  CONFIG,
  DATABASE_URL,
  DIGEST,
  ENVIRONMENT,
  RELEASE,
  TOKEN,
} from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

export const contract = defineContract({
  name: 'deploy',
  title: 'Deploy beside the live release',
  description:
    'Verifies a sealed release against its digest and stages it beside the live one, at its own URL. No user sees it yet.',
  inputs: {
    config: CONFIG,
    environment: ENVIRONMENT,
    release: RELEASE,
    digest: DIGEST,
    'database-url': DATABASE_URL,
    'app-variables': APP_VARIABLES,
    token: TOKEN,
  },
  outputs: {
    'deployment-id': { description: 'The provider’s id of the staged deployment.' },
    url: { description: 'The staged deployment’s own address.' },
    digest: { description: 'Digest of the release, verified.' },
    version: { description: 'Version of the release.' },
    entry: { description: 'Ledger entry of this deployment.' },
  },
  permissions: { deployments: { access: 'write', why: 'writes the ledger' } },
  refusals: {},
  post: true,
});
