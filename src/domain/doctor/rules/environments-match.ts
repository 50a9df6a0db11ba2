import { PREVIEW } from '../../configuration.ts';
import { everyJob, runsAirlock } from '../places.ts';
import { amongWorkflows, no, type Rule } from '../rule.ts';

export const environmentsMatch: Rule = {
  id: 'environments-match',
  asks: 'Does airlock.yml know each environment that a job of Airlock names?',
  weight: 'warn',
  why: 'A job with another name waits at another gate, and gets other secrets, than the release it carries.',
  fix: ({ about }) => ({ click: `${about}: the name as it stands in airlock.yml and in GitHub.` }),
  look: (facts) => {
    const { environments, preview } = facts.configuration;
    const known = new Set([
      ...environments.map(({ name }) => name),
      ...(preview === undefined ? [] : [PREVIEW]),
    ]);
    return amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ workflow, job: { id, at, environment, ...job } }) =>
        environment === undefined ||
        environment.includes('${{') ||
        known.has(environment) ||
        !runsAirlock({ id, at, environment, ...job })
          ? []
          : [no(workflow.file, `\`${id}\` names ${environment}, which airlock.yml does not know`, { at })],
      ),
      'it does',
    );
  },
};
