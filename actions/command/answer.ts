import type { Failure } from '../../src/domain/failure.ts';
import { inert } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';

/** What became of a request, for the thread in which it was made. Nothing in it mentions anybody. */
export const outcomeAnswer = (outcome: Outcome<unknown>, run: string): string =>
  outcome.kind === 'done'
    ? answer('✅', outcome.headline, outcome.summary, run)
    : answer('⛔', outcome.headline, nextOf(outcome), run);

export const failureAnswer = (failure: Failure, run: string): string =>
  answer('❌', failure.message, nextOf(failure), run);

const nextOf = ({ next }: { readonly next: string }): string => `**Next:** ${inert(next)}`;

const answer = (mark: string, headline: string, more: string, run: string): string =>
  [`${mark} ${inert(headline)}`, more, `[What this run did](${run})`]
    .filter((part) => part !== '')
    .join('\n\n');
