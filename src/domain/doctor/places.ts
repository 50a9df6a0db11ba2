import type { EnvironmentSettings } from '../configuration.ts';
import type { EnvironmentFacts, Facts, Gate, Job, Ruleset, Workflow } from './facts.ts';
import { type Sighting, unknown, whenRead } from './rule.ts';
import { isAirlock } from './uses.ts';

/** Environments that must be guarded: those for which airlock.yml requires an approval, and the last one. */
export function guarded({ configuration: { environments } }: Facts): readonly EnvironmentSettings[] {
  const last = environments.at(-1);
  return environments.filter((one) => one === last || one.gates.approval === 'required');
}

/** Judges the gate of each guarded environment that GitHub has. */
export function atGates(
  facts: Facts,
  judge: (gate: Gate, environment: EnvironmentFacts) => Sighting | readonly Sighting[],
): readonly Sighting[] {
  return guarded(facts).flatMap(({ name }) => {
    const found = facts.settings.environments.find((one) => isSameEnvironment(one.name, name));
    if (found === undefined) return [unknown(name, `GitHub was not asked about ${name}`)];
    return whenRead(found.gate, name, (gate) =>
      // That it is missing is a finding of its own.
      gate === undefined
        ? unknown(name, `${name} does not exist, so nothing is known of it`)
        : judge(gate, found),
    );
  });
}

/** Whether airlock.yml lets somebody approve a run of their own, as a team of one must. */
export const allowsSelfApproval = ({ configuration: { environments } }: Facts, name: string): boolean =>
  environments.some((one) => isSameEnvironment(one.name, name) && one.gates.selfApproval);

/** Whether people are asked by comment: then GitHub’s own gate need not ask anybody. */
export const isAskedByComment = ({ configuration: { environments } }: Facts, name: string): boolean =>
  environments.some((one) => isSameEnvironment(one.name, name) && one.gates.comment !== undefined);

/** GitHub does not tell the case of an environment's name apart. */
export const isSameEnvironment = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

/** Workflows that could be read. */
export const readable = ({ workflows }: Facts): readonly Workflow[] =>
  workflows.flatMap((one) => (one.kind === 'read' ? [one.workflow] : []));

/** Every job of every readable workflow. */
export const everyJob = (facts: Facts): readonly { readonly workflow: Workflow; readonly job: Job }[] =>
  readable(facts).flatMap((workflow) => workflow.jobs.map((job) => ({ workflow, job })));

/** Whether a job calls Airlock, as a workflow or in one of its steps. */
export const runsAirlock = ({ calls, steps }: Job): boolean =>
  [...(calls === undefined ? [] : [calls]), ...steps].some(({ text }) => isAirlock(text));

/** Whether a ruleset stands over the whole default branch. */
export const coversBranch = ({ target, include, exclude }: Ruleset, branch: string): boolean =>
  target === 'branch' &&
  exclude.length === 0 &&
  [
    '~ALL',
    '~DEFAULT_BRANCH',
    `refs/heads/${branch}`,
    'refs/heads/*',
    'refs/heads/**',
    'refs/heads/**/*',
  ].some((pattern) => include.includes(pattern));

/** Whether a ruleset stands over every version tag. */
export const coversVersionTags = ({ target, include, exclude }: Ruleset): boolean =>
  target === 'tag' &&
  exclude.length === 0 &&
  ['~ALL', 'refs/tags/v*', 'refs/tags/v**', 'refs/tags/*', 'refs/tags/**', 'refs/tags/**/*'].some((pattern) =>
    include.includes(pattern),
  );
