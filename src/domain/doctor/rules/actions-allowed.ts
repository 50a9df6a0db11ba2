import { no, ok, type Rule, unknown, whenRead } from '../rule.ts';

export const actionsAllowed: Rule = {
  id: 'actions-allowed',
  asks: 'Are the actions that workflows may use limited, or held to full commits?',
  weight: 'warn',
  why: 'One workflow that uses a stranger’s moving tag runs their code next to your secrets.',
  fix: () => ({
    click:
      'Settings → Actions → General → Actions permissions: Require actions to be pinned to a full-length commit SHA. Pin every action first, Airlock’s `@v1` too: GitHub stops the others.',
  }),
  look: ({ repository: { owner, name }, settings }) =>
    whenRead(settings.actions, 'Actions', ({ isEnabled, allowed, requiresShaPins }) => {
      if (!isEnabled)
        return no('Actions', 'GitHub Actions is switched off: nothing is deployed', {
          fix: { click: 'Settings → Actions → General → Actions permissions: allow actions.' },
        });
      if (requiresShaPins) return ok('Actions', 'GitHub takes only full commits');
      if (allowed === undefined) return unknown('Actions', 'GitHub does not say which actions are allowed');
      if (allowed === 'selected') return ok('Actions', 'only chosen actions may be used');
      return allowed === 'all'
        ? no('Actions', 'any action may be used by any name', {
            command: `gh api -X PUT repos/${owner}/${name}/actions/permissions -F enabled=true -f allowed_actions=all -F sha_pinning_required=true`,
          })
        : no('Actions', 'only the owner’s own actions may be used: Airlock’s are not among them', {
            fix: {
              click:
                'Settings → Actions → General → Actions permissions → Allow select actions: add `airlock-actions/airlock/*`.',
            },
          });
    }),
};
