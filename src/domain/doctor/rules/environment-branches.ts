import { environmentPath, gateCommand } from '../commands.ts';
import { atGates } from '../places.ts';
import { type Fix, no, ok, type Rule, whenRead } from '../rule.ts';

/** Patterns that let every branch in. */
const EVERYTHING = new Set(['*', '**', '**/*', '*/**']);

export const environmentBranches: Rule = {
  id: 'environment-branches',
  asks: 'May only chosen branches and tags enter each guarded environment?',
  weight: 'open',
  why: 'Whoever can push any branch can write a workflow on it that gets the environment’s secrets.',
  fix: ({ about }) => ({
    click: `Settings → Environments → ${about} → Deployment branches and tags → Selected branches and tags: add main and v*.`,
  }),
  look: (facts) => {
    const repository = `${facts.repository.owner}/${facts.repository.name}`;
    const branch =
      facts.settings.repository.kind === 'read' ? facts.settings.repository.value.defaultBranch : 'main';
    return atGates(facts, (gate, { name, policies }) => {
      const path = environmentPath(repository, name);
      const add = (policy: string, type: string) =>
        `gh api -X POST ${path}/deployment-branch-policies -f name='${policy}' -f type=${type}`;
      const fix: Fix = {
        ...environmentBranches.fix({ repository, about: name }),
        command: [
          gateCommand(repository, name, gate, { branches: 'custom' }),
          add(branch, 'branch'),
          add('v*', 'tag'),
        ].join(' && '),
      };
      switch (gate.branches) {
        case 'all':
          return no(name, 'lets every branch and tag in', { fix });
        case 'protected':
          return whenRead(facts.settings.protectedBranches, name, (branches) =>
            branches.length === 0
              ? no(name, 'lets protected branches in, and none is protected: then GitHub lets all in', {
                  fix,
                })
              : ok(name, `lets protected branches in: ${branches.join(', ')}`),
          );
        case 'custom':
          return whenRead(policies, name, (list) => {
            const all = list.filter(({ name: pattern }) => EVERYTHING.has(pattern));
            return all.length > 0
              ? no(name, `its policy \`${all[0]?.name}\` lets every ${all[0]?.type} in`)
              : ok(name, `lets in ${list.map((one) => one.name).join(', ') || 'nothing at all'}`);
          });
      }
    });
  },
};
