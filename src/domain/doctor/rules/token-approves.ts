import { no, ok, type Rule, whenRead } from '../rule.ts';
import { callsHotfix } from './hotfix-branches.ts';

export const tokenApproves: Rule = {
  id: 'token-approves',
  asks: 'May workflows create and approve pull requests, exactly when Airlock needs it?',
  weight: 'warn',
  why: 'A workflow that can approve can be the second pair of eyes; the hotfix lane needs it for its back-merge.',
  fix: ({ repository }) => ({
    click:
      'Settings → Actions → General → Workflow permissions → Allow GitHub Actions to create and approve pull requests.',
    command: `gh api -X PUT repos/${repository}/actions/permissions/workflow -F can_approve_pull_request_reviews=false`,
  }),
  look: (facts) => {
    const repository = `${facts.repository.owner}/${facts.repository.name}`;
    const hasHotfix = callsHotfix(facts);
    return whenRead(facts.settings.workflowToken, 'Actions', ({ mayApprove }) => {
      if (hasHotfix && !mayApprove)
        return no('Actions', 'may not create pull requests: a hotfix cannot open its back-merge', {
          fix: {
            ...tokenApproves.fix({ repository, about: '' }),
            command: `gh api -X PUT repos/${repository}/actions/permissions/workflow -F can_approve_pull_request_reviews=true`,
          },
        });
      if (!hasHotfix && mayApprove)
        return no('Actions', 'may create and approve pull requests, and Airlock does not need it');
      return ok(
        'Actions',
        mayApprove ? 'may create pull requests: hotfix.yml needs it' : 'may not approve pull requests',
      );
    });
  },
};
