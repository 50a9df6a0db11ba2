import { grantOf, isGranted, neededBy, shown } from '../permissions.ts';
import { everyJob } from '../places.ts';
import { amongWorkflows, no, type Rule } from '../rule.ts';

export const permissionsMissing: Rule = {
  id: 'permissions-missing',
  asks: 'Does each caller grant what Airlock’s workflow needs?',
  weight: 'warn',
  why: 'GitHub refuses the whole run, with no job and no log, when the called workflow asks for more.',
  fix: ({ about }) => ({ click: `${about}: the \`permissions:\` block of docs/workflows.md at the job.` }),
  look: (facts) =>
    amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ workflow, job }) => {
        const granted = grantOf(workflow, job);
        // Not stated is a finding of its own.
        if (granted === undefined) return [];
        const missing = Object.entries(neededBy(job)).filter(
          ([name, access]) => !isGranted(granted, name, access),
        );
        if (missing.length === 0) return [];
        return [
          no(workflow.file, `\`${job.id}\` lacks ${shown(missing)}`, {
            at: job.at,
            fix: {
              click: `${workflow.file}, job ${job.id}: \`permissions: { ${Object.entries(neededBy(job))
                .map(([name, access]) => `${name}: ${access}`)
                .join(', ')} }\``,
            },
          }),
        ];
      }),
      'every caller grants what is needed',
    ),
};
