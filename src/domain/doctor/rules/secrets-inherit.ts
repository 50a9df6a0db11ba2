import { everyJob } from '../places.ts';
import { amongWorkflows, no, type Rule } from '../rule.ts';
import { isAirlock, readReference } from '../uses.ts';

export const secretsInherit: Rule = {
  id: 'secrets-inherit',
  asks: 'Does `secrets: inherit` stay within one owner?',
  weight: 'warn',
  why: 'Another owner’s workflow gets the secrets that are meant for your own, and an environment’s arrive empty.',
  fix: ({ about }) => ({
    click: `${about}: jobs of your own that hold \`environment:\` and call the actions, as in examples/callers/own-jobs.yml; or name each secret.`,
  }),
  look: (facts) =>
    amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ workflow, job }) => {
        if (!job.inheritsSecrets || job.calls === undefined) return [];
        const called = readReference(job.calls.text);
        const owner = facts.repository.owner.toLowerCase();
        if (called.kind !== 'remote' || called.owner.toLowerCase() === owner) return [];
        const what = `\`${job.id}\` hands all secrets to a workflow of ${called.owner}`;
        return [
          no(
            workflow.file,
            isAirlock(job.calls.text) ? `${what}: outside of one enterprise they arrive empty` : what,
            {
              at: job.at,
            },
          ),
        ];
      }),
      'it does',
    ),
};
