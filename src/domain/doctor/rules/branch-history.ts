import { coversBranch } from '../places.ts';
import { no, ok, type Rule, untold, whenRead } from '../rule.ts';
import { branchReviews } from './branch-reviews.ts';

export const branchHistory: Rule = {
  id: 'branch-history',
  asks: 'Is the default branch safe from force pushes and deletion?',
  weight: 'warn',
  why: 'Airlock tells newer from older, and a way back from a way forward, by this history.',
  fix: branchReviews.fix,
  look: ({ settings }) =>
    whenRead(settings.repository, 'default branch', ({ defaultBranch: branch }) => {
      const { branchProtection: classic, rulesets } = settings;
      if (classic.kind === 'read' && classic.value && !classic.value.forcePushes && !classic.value.deletions)
        return ok(branch, 'branch protection keeps its history');
      const rules =
        rulesets.kind === 'read'
          ? new Set(rulesets.value.filter((one) => coversBranch(one, branch)).flatMap((one) => one.rules))
          : new Set<string>();
      const missing = ['non_fast_forward', 'deletion'].filter((rule) => !rules.has(rule));
      if (missing.length === 0) return ok(branch, 'rulesets keep its history');
      for (const read of [rulesets, classic]) if (read.kind === 'unread') return untold(branch, read);
      return no(
        branch,
        missing.length === 2 ? 'may be rewritten and deleted' : `lacks the rule ${missing[0]}`,
      );
    }),
};
