import { gateCommand } from '../commands.ts';
import { atGates } from '../places.ts';
import { no, ok, type Rule, whenRead } from '../rule.ts';

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
  look: (facts) =>
    atGates(facts, (gate, { name, policies }) => {
      switch (gate.branches) {
        case 'all':
          return no(name, 'lets every branch and tag in', { command: gateCommand(facts, name, gate) });
        case 'protected':
          return whenRead(facts.settings.protectedBranches, name, (branches) =>
            branches.length === 0
              ? no(name, 'lets protected branches in, and none is protected: then GitHub lets all in', {
                  command: gateCommand(facts, name, gate),
                })
              : ok(name, `lets protected branches in: ${branches.join(', ')}`),
          );
        case 'custom':
          return whenRead(policies, name, (list) => {
            const [all] = list.filter(({ name: pattern }) => EVERYTHING.has(pattern));
            return all === undefined
              ? ok(name, `lets in ${list.map((one) => one.name).join(', ') || 'nothing at all'}`)
              : no(name, `its policy \`${all.name}\` lets every ${all.type} in`);
          });
      }
    }),
};
