import type { Contract } from '../../src/runner/contract.ts';
import { contract as deploy } from '../deploy/contract.ts';
import { contract as migrate } from '../migrate/contract.ts';
import { contract as promote } from '../promote/contract.ts';
import { contract as rollback } from '../rollback/contract.ts';
import { contract as smokeTest } from '../smoke-test/contract.ts';

/** One step of a composite action, held to the contract of the action it uses. */
export interface CompositeStep {
  readonly id: string;
  readonly action: string;
  readonly if: string;
  readonly with: Readonly<Record<string, string>>;
}

function step<C extends Contract>(
  contract: C,
  values: Partial<Record<keyof C['inputs'] & string, string>>,
  condition: string,
): CompositeStep {
  return {
    id: contract.name,
    action: contract.name,
    if: condition,
    with: Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])),
    ),
  };
}

const input = (name: string) => `\${{ inputs.${name} }}`;
const output = (action: string, name: string) => `\${{ steps.${action}.outputs.${name} }}`;

const place = { config: input('config'), environment: input('environment'), token: input('token') };
const app = { 'database-url': input('database-url'), 'app-variables': input('app-variables') };

/**
 * Inside a composite `success()` looks at this action alone and not at the job: without the second half a
 * cancelled job would go on to promote.
 */
const FORWARD = 'success() && !cancelled()';

/** The cycle. Everything that changes the environment is one job, so that one approval covers the way back too. */
export const steps: readonly CompositeStep[] = [
  step(
    migrate,
    {
      config: place.config,
      environment: place.environment,
      release: input('release'),
      digest: input('digest'),
      'database-url': app['database-url'],
    },
    FORWARD,
  ),
  step(deploy, { ...place, ...app, release: input('release'), digest: input('digest') }, FORWARD),
  step(
    smokeTest,
    {
      config: place.config,
      environment: place.environment,
      release: input('release'),
      digest: input('digest'),
      url: output('deploy', 'url'),
    },
    FORWARD,
  ),
  step(
    promote,
    {
      ...place,
      ...app,
      release: input('release'),
      digest: input('digest'),
      'deployment-id': output('deploy', 'deployment-id'),
      migrations: output('migrate', 'applied'),
      verdict: output('smoke-test', 'verdict'),
      hotfix: input('hotfix'),
      overridden: input('overridden'),
    },
    FORWARD,
  ),
  step(
    rollback,
    {
      ...place,
      ...app,
      automatic: 'true',
      release: input('release'),
      digest: input('digest'),
      migrations: output('migrate', 'applied'),
      // The first step that did not come to its end names the reason.
      reason:
        "${{ (steps.migrate.outputs.reason && format('migrate: {0}', steps.migrate.outputs.reason)) || (steps.deploy.outputs.reason && format('deploy: {0}', steps.deploy.outputs.reason)) || (steps.smoke-test.outputs.reason && format('smoke-test: {0}', steps.smoke-test.outputs.reason)) || (steps.promote.outputs.reason && format('promote: {0}', steps.promote.outputs.reason)) || 'the run was cancelled or killed' }}",
    },
    'failure() || cancelled()',
  ),
];

/** Where the composite's own outputs come from. */
export const outputSources: Readonly<Record<string, string>> = {
  'deployment-id': output('promote', 'deployment-id'),
  url: output('promote', 'url'),
  version: output('deploy', 'version'),
  'rolled-back': output('rollback', 'rolled-back'),
};
