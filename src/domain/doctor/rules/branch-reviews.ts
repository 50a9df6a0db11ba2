import { coversBranch } from '../places.ts';
import { no, ok, type Rule, untold, whenRead } from '../rule.ts';

export const branchReviews: Rule = {
  id: 'branch-reviews',
  asks: 'Does the default branch take changes only through a pull request?',
  weight: 'open',
  why: 'What stands on the default branch is deployed: a direct push is a release nobody looked at.',
  fix: ({ repository }) => ({
    click:
      'Settings → Rules → Rulesets → New branch ruleset: target the default branch, Active, Require a pull request before merging, Restrict deletions, Block force pushes, no bypass.',
    command: `echo '${BRANCH_RULESET}' | gh api -X POST repos/${repository}/rulesets --input -`,
  }),
  look: ({ settings }) =>
    whenRead(settings.repository, 'default branch', ({ defaultBranch: branch }) => {
      const { branchProtection: classic, rulesets } = settings;
      if (classic.kind === 'read' && classic.value?.reviews)
        return ok(branch, 'branch protection asks for reviews');
      const ruling =
        rulesets.kind === 'read'
          ? rulesets.value.find((one) => coversBranch(one, branch) && one.rules.includes('pull_request'))
          : undefined;
      if (ruling !== undefined) return ok(branch, `the ruleset ${ruling.name} asks for pull requests`);
      for (const read of [rulesets, classic]) if (read.kind === 'unread') return untold(branch, read);
      return no(branch, 'takes pushes without a pull request');
    }),
};

const BRANCH_RULESET = JSON.stringify({
  name: 'default branch',
  target: 'branch',
  enforcement: 'active',
  conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
  rules: [
    { type: 'deletion' },
    { type: 'non_fast_forward' },
    {
      type: 'pull_request',
      parameters: {
        required_approving_review_count: 1,
        dismiss_stale_reviews_on_push: true,
        require_code_owner_review: false,
        require_last_push_approval: true,
        required_review_thread_resolution: false,
      },
    },
  ],
  bypass_actors: [],
});
