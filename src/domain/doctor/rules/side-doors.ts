import { everyJob, isSameEnvironment, runsAirlock } from '../places.ts';
import { amongWorkflows, no, type Rule, type Sighting, unknown } from '../rule.ts';

export const sideDoors: Rule = {
  id: 'side-doors',
  asks: 'Do only jobs of Airlock name the environments of airlock.yml?',
  weight: 'open',
  why: 'Any other job that names an environment gets its secrets, past order, checks and the ledger.',
  fix: ({ about }) => ({
    click: `${about}: take \`environment:\` off the job, or let the job call Airlock.`,
  }),
  look: (facts) => {
    const names = facts.configuration.environments.map(({ name }) => name);
    return amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ workflow, job }): Sighting[] => {
        const { environment, at } = job;
        if (environment === undefined || runsAirlock(job)) return [];
        if (environment.includes('${{'))
          return [
            unknown(workflow.file, `\`${job.id}\` names an environment that only its run knows`, { at }),
          ];
        return names.some((name) => isSameEnvironment(name, environment))
          ? [no(workflow.file, `\`${job.id}\` enters ${environment} without Airlock`, { at })]
          : [];
      }),
      'they do',
    );
  },
};
