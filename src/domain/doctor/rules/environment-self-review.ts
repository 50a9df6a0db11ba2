import { gateCommand } from '../commands.ts';
import { allowsSelfApproval, atGates } from '../places.ts';
import { no, ok, type Rule } from '../rule.ts';

export const environmentSelfReview: Rule = {
  id: 'environment-self-review',
  asks: 'Must it be somebody else than the one who started the run?',
  weight: 'warn',
  why: 'A reviewer who starts a run approves it alone: two people become one.',
  fix: ({ about }) => ({ click: `Settings → Environments → ${about} → Prevent self-review: tick it, save.` }),
  look: (facts) =>
    atGates(facts, (gate, { name }) => {
      // Nobody to review is a finding of its own.
      if (gate.reviewers.length === 0) return [];
      if (!gate.preventsSelfReview && allowsSelfApproval(facts, name))
        return ok(name, 'a reviewer may approve a run of their own, as airlock.yml says');
      return gate.preventsSelfReview
        ? ok(name, 'whoever starts a run cannot approve it')
        : no(name, 'a reviewer may approve a run of their own', { command: gateCommand(facts, name, gate) });
    }),
};
