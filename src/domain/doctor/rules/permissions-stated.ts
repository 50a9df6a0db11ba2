import { readable } from '../places.ts';
import { amongWorkflows, no, type Rule } from '../rule.ts';

export const permissionsStated: Rule = {
  id: 'permissions-stated',
  asks: 'Does every workflow say what its token may do?',
  weight: 'warn',
  why: 'Without `permissions:` a job has whatever the repository’s settings give today.',
  fix: ({ about }) => ({
    click: `${about}: \`permissions: {}\` at the top, and what a job needs at the job.`,
  }),
  look: (facts) =>
    amongWorkflows(
      facts,
      readable(facts).flatMap(({ file, permissions, jobs }) => {
        if (permissions !== undefined) return [];
        const silent = jobs.filter((job) => job.permissions === undefined);
        const [first] = silent;
        return first === undefined
          ? []
          : [
              no(file, `${silent.map(({ id }) => `\`${id}\``).join(', ')}: no \`permissions:\``, {
                at: first.at,
              }),
            ];
      }),
      'every workflow says it',
    ),
};
