import { changesWorkflows } from './git.ts';
import type { Repository, Token } from './state.ts';

/** How GitHub begins to tell of a ruleset that stands in the way. */
export const RULE_VIOLATION = 'Repository rule violations found';

/**
 * Whether a token may not point anything new at a commit: that of a job may never add or change a workflow, and
 * GitHub holds the commit against the default branch.
 */
export const mustNotChangeWorkflows = (token: Token, repository: Repository, commit: string): boolean =>
  token.kind === 'job' && changesWorkflows(repository, commit);

/** Whether an active ruleset keeps new tags of that name from this token. */
export const keepsTags = ({ settings }: Repository, token: Token, ref: string): boolean =>
  settings.rulesets.some(
    ({ target, enforcement, include, exclude = [], rules, bypass }) =>
      target === 'tag' &&
      enforcement === 'active' &&
      rules.includes('creation') &&
      include.some((pattern) => matches(pattern, ref)) &&
      !exclude.some((pattern) => matches(pattern, ref)) &&
      // A job is an app that no list here names; people are in a role that one may name.
      (token.kind === 'job' || bypass.length === 0),
  );

const matches = (pattern: string, ref: string): boolean =>
  ref.startsWith('refs/tags/') &&
  (pattern === '~ALL' ||
    new RegExp(
      `^${pattern
        .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('**', '\0')
        .replaceAll('*', '[^/]*')
        .replaceAll('\0', '.*')}$`,
    ).test(ref));
