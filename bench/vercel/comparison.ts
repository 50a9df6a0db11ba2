import { type Figure, median } from '../figure.ts';
import type { Result } from './contest.ts';

/**
 * How many times longer the other one takes. Of one that was stopped it is known only that it takes longer;
 * of one that failed nothing can be said.
 */
export function comparison(
  what: string,
  other: readonly Result[] | undefined,
  own: readonly Result[] | undefined,
  least: number,
): Figure {
  const target = least === 1 ? '≥ 1× (not slower)' : `≥ ${least}×`;
  const ours = middleOf(own);
  const theirs = middleOf(other);
  if (!ours || !theirs)
    return { what, measured: `not measured${ours ? ` (Airlock ${ours.words})` : ''}`, target };
  if (other?.some(({ end }) => end === 'failed'))
    return { what, measured: `it failed after ${theirs.words} (Airlock ${ours.words})`, target };
  const sign = other?.some(({ end }) => end === 'stopped') ? '> ' : '';
  return {
    what,
    measured: `${sign}${(theirs.seconds / ours.seconds).toFixed(1)}× (${sign}${theirs.words} ÷ ${ours.words})`,
    target,
    holds: theirs.seconds / ours.seconds >= least,
  };
}

function middleOf(results: readonly Result[] | undefined): { seconds: number; words: string } | undefined {
  if (results === undefined || results.length === 0) return undefined;
  const seconds = median(results.map((one) => one.seconds));
  const requests = median(results.map((one) => one.requests));
  return { seconds, words: `${seconds.toFixed(2)} s, ${requests.toLocaleString('en')} requests` };
}
