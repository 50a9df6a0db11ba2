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

export const contract = defineContract({
  name: 'promote',
  title: 'Make the staged release live',
  description:
    'Activates a staged deployment at once or in weighted steps, reads back that it is live, and asks the environment’s smoke checks of what its users now get.',
  inputs: {
    config: CONFIG,
    environment: ENVIRONMENT,
    release: RELEASE,
    digest: DIGEST,
    'deployment-id': {
      description: 'Deployment to activate: the output of the deploy action.',
      kind: 'text',
      required: true,
    },
    migrations: {
      description: 'Migrations this run applied: the `applied` output of the migrate action.',
      kind: 'json',
      default: '[]',
    },
    verdict: {
      description: 'Verdict of the smoke test on the staged URL: anything but `pass` is refused.',
      kind: 'text',
      default: '',
    },
    hotfix: HOTFIX,
    overridden: OVERRIDDEN,
    'database-url': DATABASE_URL,
    'app-variables': APP_VARIABLES,
    token: TOKEN,
  },
  outputs: {
    'deployment-id': { description: 'The live deployment.' },
    url: { description: 'The environment’s public address.' },
    previous: { description: 'The deployment that was live before; empty for the first.' },
    entry: { description: 'Ledger entry of this promotion.' },
    checks: { description: 'Smoke checks of the live address, as JSON.' },
  },
  permissions: {
    actions: {
      access: 'read',
      why: 'names in the ledger who approved, and asks whether the run that holds the lane is over',
    },
    deployments: { access: 'write', why: 'writes the ledger' },
  },
  refusals: {
    LANE_TAKEN: 'Another run changes this environment at this moment.',
    HELD: 'Somebody locked the environment or holds this release, or it was rolled back because it was bad.',
    NOT_NEWEST: 'A later run made its release live since this one was staged.',
    NOT_SMOKE_TESTED: 'The staged release has no passing smoke test, so it is not made live.',
    LIVE_CHECKS_FAILED: 'The release is live and its smoke checks do not pass: roll back.',
    CANARY_CHECKS_FAILED:
      'The release takes a part of the traffic and its smoke checks do not pass: roll back.',
  },
  post: true,
});
