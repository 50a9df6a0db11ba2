import { gateCommand } from '../commands.ts';
import { atGates, isAskedByComment } from '../places.ts';
import { no, ok, type Rule } from '../rule.ts';

export const environmentReviewers: Rule = {
  id: 'environment-reviewers',
  asks: 'Does a person have to let releases into each guarded environment?',
  weight: 'open',
  why: 'Without required reviewers GitHub lets every job in that names the environment.',
  fix: ({ about }) => ({
    click: `Settings → Environments → ${about} → Required reviewers: tick it, name people or teams, save. A team’s id: \`gh api orgs/OWNER/teams/TEAM --jq .id\`.`,
  }),
  look: (facts) =>
    atGates(facts, (gate, { name }) =>
      gate.reviewers.length > 0
        ? ok(name, `asks ${gate.reviewers.map((one) => one.name).join(', ')}`)
        : isAskedByComment(facts, name)
          ? ok(name, 'asks nobody itself; airlock.yml has people asked by comment')
          : no(name, 'asks nobody', { command: gateCommand(facts, name, gate) }),
    ),
};
