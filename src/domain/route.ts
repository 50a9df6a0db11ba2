import type { Configuration, EnvironmentSettings } from './configuration.ts';
import type { WorkflowEvent } from './event.ts';
import { Failure } from './failure.ts';
import type { Lane } from './gates/gate.ts';
import { hotfixWay } from './hotfix/way.ts';
import { reachOf } from './routes/reach.ts';
import type { Trust } from './trust.ts';

export interface RouteQuestion {
  readonly configuration: Configuration;
  readonly event: WorkflowEvent;
  readonly trust: Trust;
  /** Environments that the calling workflow has jobs for, in the order of those jobs. */
  readonly covers: readonly string[];
  /** Last environment to enter; empty for as far as the run goes by itself. */
  readonly until: string;
  readonly lane: Lane;
}

export interface Route {
  /** The environments that the run may enter, in order. */
  readonly environments: readonly EnvironmentSettings[];
  /** Why it goes so far and no farther. */
  readonly why: string;
}

/**
 * How far a run goes: by whoever started it at all, and by airlock.yml as far as what started it is to go.
 *
 * @throws Failure ENVIRONMENT_UNKNOWN, ENVIRONMENT_NOT_COVERED, ENVIRONMENT_ORDER: a configuration that
 *   the workflow cannot carry out is no shorter way; UNTIL_TOO_FAR
 */
export function chooseRoute(question: RouteQuestion): Route {
  const { configuration, covers, until, trust } = question;
  const { environments, why } =
    question.lane === 'hotfix'
      ? { environments: hotfixWay(configuration).route, why: trust.why }
      : byRoutes(question);
  holdToWorkflow(question.lane === 'hotfix' ? environments : configuration.environments, covers);
  if (trust.kind !== 'enters') return { environments: [], why: trust.why };
  if (until === '') return { environments, why };
  const last = environments.indexOf(environmentNamed(configuration, until));
  if (last >= 0) return { environments: environments.slice(0, last + 1), why };
  throw new Failure(
    'UNTIL_TOO_FAR',
    `\`until\` asks for ${until}, but this run does not go there: ${why}.`,
    `Leave \`until\` out or name an environment that the run goes to, or change \`routes:\` in airlock.yml.`,
  );
}

function byRoutes({ configuration, event }: RouteQuestion): Route {
  const { to, why } = reachOf(configuration.routes, event);
  const last = configuration.environments.findIndex(({ name }) => name === to);
  return { environments: configuration.environments.slice(0, last + 1), why };
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
