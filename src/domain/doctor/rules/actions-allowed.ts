import { no, ok, type Rule, unknown, whenRead } from '../rule.ts';

export const actionsAllowed: Rule = {
  id: 'actions-allowed',
  asks: 'Are the actions that workflows may use limited, or held to full commits?',
  weight: 'warn',
  why: 'One workflow that uses a stranger’s moving tag runs their code next to your secrets.',
  fix: ({ repository }) => ({
    click:
      'Settings → Actions → General → Actions permissions: Require actions to be pinned to a full-length commit SHA.',
    command: `gh api -X PUT repos/${repository}/actions/permissions -F enabled=true -f allowed_actions=all -F sha_pinning_required=true`,
  }),
  look: ({ settings }) =>
    whenRead(settings.actions, 'Actions', ({ isEnabled, allowed, requiresShaPins }) => {
      if (!isEnabled) return no('Actions', 'GitHub Actions is switched off: nothing is deployed');
      if (requiresShaPins) return ok('Actions', 'GitHub takes only full commits');
      if (allowed === undefined) return unknown('Actions', 'GitHub does not say which actions are allowed');
      if (allowed === 'selected') return ok('Actions', 'only chosen actions may be used');
      return no(
        'Actions',
        allowed === 'all'
          ? 'any action may be used by any name'
          : 'only the owner’s own actions may be used: Airlock’s are not among them',
      );
    }),
};
