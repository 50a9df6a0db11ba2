import {
  APP_VARIABLES,
  CONFIG,
  DATABASE_URL,
  DIGEST,
  ENVIRONMENT,
  HOTFIX,
  OVERRIDDEN,
  RELEASE,
  TOKEN,
} from '../../src/runner/common-inputs.ts';
import { defineContract } from '../../src/runner/contract.ts';

/** The composite: it stands at the root of the repository too, so that `uses: <owner>/<repository>@v1` is this. */
export const contract = defineContract({
  name: 'release',
  title: 'Airlock',
  description:
    'One sealed release into one environment: migrate, deploy beside the live one, smoke-test, promote, and go back by itself when something fails or is cancelled.',
  inputs: {
    config: CONFIG,
    environment: ENVIRONMENT,
    release: RELEASE,
    digest: DIGEST,
    hotfix: HOTFIX,
    overridden: OVERRIDDEN,
    'database-url': DATABASE_URL,
    'app-variables': APP_VARIABLES,
    token: TOKEN,
  },
  outputs: {
    'deployment-id': { description: 'The deployment this run made live.' },
    url: { description: 'The environment’s public address.' },
    version: { description: 'Version of the release.' },
    'rolled-back': { description: '`true` when the run went back to an earlier release.' },
  },
  permissions: {
    actions: { access: 'read', why: 'names in the ledger who approved' },
    deployments: { access: 'write', why: 'reads and writes the ledger' },
  },
  refusals: {},
  post: false,
});
