import { cell, code, table } from '../markdown.ts';
import type { HotfixRecord } from './settings.ts';

type Told = Pick<HotfixRecord, 'branch' | 'skipped' | 'emergency'>;

/** What the short way leaves out, for a summary. Nothing is left out without its name. */
export const hotfixSummary = ({ branch, skipped, emergency }: Told): string =>
  table(
    ['Hotfix', ''],
    [
      ['Branch', code(branch)],
      ['Skipped', skipped.length === 0 ? 'nothing' : skipped.map(code).join(', ')],
      ...(emergency === undefined ? [] : [['**Emergency**', cell(emergency)]]),
    ],
  );

/** The same in a few words, behind what went live: `as a hotfix of hotfix/cart, without soak`. */
export const describeHotfix = ({ branch, skipped, emergency }: Told): string =>
  [
    `as ${emergency === undefined ? 'a hotfix' : 'an emergency'} of ${branch}`,
    ...(skipped.length === 0 ? [] : [`without ${skipped.join(', ')}`]),
    ...(emergency === undefined ? [] : [emergency]),
  ].join(', ');
