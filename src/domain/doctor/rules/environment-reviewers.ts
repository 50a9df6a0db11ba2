import { gateCommand } from '../commands.ts';
import { atGates } from '../places.ts';
import { no, ok, type Rule } from '../rule.ts';

export const environmentReviewers: Rule = {
  id: 'environment-reviewers',
  asks: 'Does a person have to let releases into each guarded environment?',
  weight: 'open',
  why: 'Without required reviewers GitHub lets every job in that names the environment.',
  fix: ({ about }) => ({
    click: `Settings → Environments → ${about} → Required reviewers: tick it, name people or teams, save.`,
  }),
  look: (facts) =>
    atGates(facts, (gate, { name }) => {
      if (gate.reviewers.length > 0)
        return ok(name, `asks ${gate.reviewers.map((one) => one.name).join(', ')}`);
      const { owner } = facts.repository;
      const repository = `${owner}/${facts.repository.name}`;
      return no(name, 'asks nobody', {
        fix: {
          ...environmentReviewers.fix({ repository, about: name }),
          command: `${gateCommand(repository, name, gate, { withTeam: true, preventsSelfReview: true })}   # TEAM_ID: gh api orgs/${owner}/teams/TEAM --jq .id`,
        },
      });
    }),
};
