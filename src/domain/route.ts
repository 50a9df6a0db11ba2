import type { Configuration, EnvironmentSettings } from './configuration.ts';
import { Failure } from './failure.ts';
import type { Lane } from './gates/gate.ts';
import { hotfixWay } from './hotfix/way.ts';
import type { Trust } from './trust.ts';

export interface RouteQuestion {
  readonly configuration: Configuration;
  readonly trust: Trust;
  /** Environments that the calling workflow has jobs for, in the order of those jobs. */
  readonly covers: readonly string[];
  /** Last environment to enter; empty for all of them. */
  readonly until: string;
  readonly lane: Lane;
}

/**
 * The environments that a run may enter, in order.
 *
 * @throws Failure ENVIRONMENT_UNKNOWN, ENVIRONMENT_NOT_COVERED, ENVIRONMENT_ORDER: a configuration that
 *   the workflow cannot carry out is no shorter way
 */
export function chooseRoute(question: RouteQuestion): readonly EnvironmentSettings[] {
  const { configuration, covers, until } = question;
  const environments =
    question.lane === 'hotfix' ? hotfixWay(configuration).route : configuration.environments;
  holdToWorkflow(environments, covers);
  if (question.trust.kind !== 'enters') return [];
  if (until === '') return environments;
  const last = environments.indexOf(environmentNamed(configuration, until));
  return environments.slice(0, last + 1);
}

/**
 * One environment's settings, that of the previews among them.
 *
 * @throws Failure ENVIRONMENT_UNKNOWN naming those that there are
 */
export function environmentNamed(configuration: Configuration, name: string): EnvironmentSettings {
  const { environments, preview } = configuration;
  const all = preview ? [...environments, preview] : environments;
  const found = all.find((environment) => environment.name === name);
  if (found) return found;
  const names = all.map((environment) => environment.name).join(', ');
  throw new Failure(
    'ENVIRONMENT_UNKNOWN',
    `airlock.yml has no environment "${name}"; it has ${names}.`,
    'Name one of them, or add it to airlock.yml.',
  );
}

function holdToWorkflow(environments: readonly EnvironmentSettings[], covers: readonly string[]): void {
  const names = environments.map(({ name }) => name);
  const uncovered = names.filter((name) => !covers.includes(name));
  if (uncovered.length > 0) {
    throw new Failure(
      'ENVIRONMENT_NOT_COVERED',
      `airlock.yml has ${uncovered.join(', ')}, but the workflow has jobs for ${covers.join(', ')} only.`,
      `Take ${uncovered.join(', ')} out of airlock.yml or name it like one of the jobs, or call stage.yml for it from a workflow of your own and name it in \`covers\`.`,
    );
  }
  const workflowOrder = covers.filter((name) => names.includes(name));
  if (workflowOrder.join() === names.join()) return;
  throw new Failure(
    'ENVIRONMENT_ORDER',
    `airlock.yml orders its environments ${names.join(' → ')}; the workflow runs them ${workflowOrder.join(' → ')}.`,
    'Put the environments in airlock.yml into the order of the workflow’s jobs.',
  );
}
