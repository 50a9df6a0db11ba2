import { excess, grantOf, neededBy, shown } from '../permissions.ts';
import { everyJob } from '../places.ts';
import { amongWorkflows, no, type Rule } from '../rule.ts';
import { isAirlock } from '../uses.ts';

export const permissionsWide: Rule = {
  id: 'permissions-wide',
  asks: 'Does each caller grant Airlock’s workflow no more than it needs?',
  weight: 'open',
  why: 'What the caller grants is the ceiling of everything that runs in the release.',
  fix: ({ about }) => ({ click: `${about}: the \`permissions:\` block of docs/workflows.md at the job.` }),
  look: (facts) =>
    amongWorkflows(
      facts,
      everyJob(facts).flatMap(({ workflow, job }) => {
        const granted = grantOf(workflow, job);
        // A job with steps of its own may need more than ours.
        if (granted === undefined || job.calls === undefined || !isAirlock(job.calls.text)) return [];
        const needed = neededBy(job);
        const more = excess(granted, needed);
        if (more.length === 0) return [];
        return [
          no(workflow.file, `\`${job.id}\` grants ${shown(more)}, which it does not need`, {
            at: job.at,
            fix: {
              click: `${workflow.file}, job ${job.id}: \`permissions: { ${Object.entries(needed)
                .map(([name, access]) => `${name}: ${access}`)
                .join(', ')} }\``,
            },
          }),
        ];
      }),
      'no caller grants more than is needed',
    ),
};
