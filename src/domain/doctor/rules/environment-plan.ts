import { guarded, isAskedByComment } from '../places.ts';
import { no, ok, type Rule, unknown, whenRead } from '../rule.ts';

export const environmentPlan: Rule = {
  id: 'environment-plan',
  asks: 'Does GitHub enforce reviewers in this repository at all?',
  weight: 'open',
  why: 'In private repositories below GitHub Enterprise, required reviewers and wait timers do nothing.',
  fix: () => ({
    click:
      'GitHub Enterprise, a public repository, or approval by comment in place of reviewers; `gates: { approval: required }` refuses meanwhile.',
  }),
  look: (facts) => {
    const { settings } = facts;
    if (guarded(facts).every(({ name }) => isAskedByComment(facts, name)))
      return [ok('repository', 'airlock.yml has people asked by comment, on any plan')];
    return whenRead(settings.repository, 'repository', ({ visibility, ownerKind }) => {
      if (visibility === 'public') return ok('repository', 'public: every plan has reviewers');
      if (visibility === 'internal') return ok('repository', 'internal: that is GitHub Enterprise');
      if (ownerKind === 'user')
        return no('repository', 'private and a person’s own: GitHub enforces no reviewers');
      return whenRead(settings.plan, 'repository', (plan) => {
        if (/^enterprise/.test(plan)) return ok('repository', 'private, on GitHub Enterprise');
        return /^(free|team|business|bronze|silver|gold)/.test(plan)
          ? no('repository', `private, on GitHub’s plan \`${plan}\`: it enforces no reviewers`)
          : unknown('repository', `private, on a plan that Airlock does not know: \`${plan}\``);
      });
    });
  },
};
