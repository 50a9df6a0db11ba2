import type { RunState } from '../view/state.ts';
import type { Ending, Shown } from '../view/story.ts';
import { tablesIn } from '../view/summaries.ts';
import type { Live } from './ending.ts';

/** One run of the scenario, and what it left behind. */
export interface Scene {
  readonly run: Pick<RunState, 'conclusion' | 'annotations' | 'summaries'>;
  /** Version that visitors get after it. */
  readonly live: string | undefined;
}

/** What was read when all was over. */
export interface FreezeFacts {
  /** The environment that was frozen. */
  readonly place: string;
  /** Version that was live there before. */
  readonly before: string | undefined;
  readonly held: Scene;
  readonly asked: Scene;
  readonly unreasoned: Scene;
  readonly overridden: Scene;
  readonly again: Scene;
  readonly back: Scene;
  readonly visitors: { readonly sent: number; readonly failed: number };
  /** Release of the end by environment, in the order of airlock.yml. */
  readonly after: readonly { readonly name: string; readonly live: Live | undefined }[];
  /** Full SHA of the commit that met the freeze. */
  readonly commit: string;
  /** Whether the person ended it. */
  readonly isCancelled: boolean;
}

/** Whether the freeze held, and nobody was locked in by it. */
export function judgeFreeze(facts: FreezeFacts, next: readonly string[]): Ending {
  const { place, again, isCancelled } = facts;
  const shown = shownBy(facts);
  const foretold = shown.every(({ isTrue }) => isTrue) && !isCancelled;
  return {
    foretold,
    headline: foretold
      ? `${again.live} waited outside of the frozen ${place} until somebody answered for it by name.`
      : `The freeze of ${place} did not go as it should.`,
    why: isCancelled ? ['not as foretold: you cancelled the run'] : [],
    live: facts.after.map(({ name, live }) => ({
      environment: name,
      ...(live === undefined ? {} : { release: live }),
      isNew: live?.commit === facts.commit,
    })),
    shown,
    next,
  };
}

function shownBy(facts: FreezeFacts): readonly Shown[] {
  const { place, before, held, asked, unreasoned, overridden, again, back, visitors } = facts;
  const [shut, foreseen, opened] = [held, asked, again].map(calendarOf);
  return [
    {
      what: 'the dry run tells it beforehand, and changes nothing',
      isTrue: isGood(asked) && asked.live === before && foreseen?.state === 'shut',
      how: foreseen === undefined ? said(asked) : `calendar ${foreseen.state}, opens at ${foreseen.opensAt}`,
    },
    {
      what: 'the release waited outside, and was told until when',
      isTrue: hasFailed(held) && held.live === before && shut?.state === 'shut' && shut.opensAt !== undefined,
      how: shut?.why ?? said(held),
    },
    {
      what: 'nobody overrides it without a reason',
      isTrue: hasFailed(unreasoned) && said(unreasoned).includes('[REASON_MISSING]'),
      how: said(unreasoned),
    },
    {
      what: 'an override with a reason stands in the ledger, and warns everybody',
      isTrue: isGood(overridden) && overridden.live === before && levels(overridden).includes('warning'),
      how: said(overridden),
    },
    {
      what: `the same run, run again, goes by it into ${place}`,
      isTrue:
        isGood(again) && again.live !== undefined && again.live !== before && opened?.state === 'overridden',
      how: opened?.why ?? said(again),
    },
    {
      what: 'the way back is open in the middle of the freeze',
      isTrue: isGood(back) && back.live === before,
      how: `${back.live ?? 'nothing'} is live in ${place} again: no gate is asked by a recovery`,
    },
    {
      what: 'no visitor noticed',
      isTrue: visitors.sent > 0 && visitors.failed === 0,
      how: `${visitors.sent} requests, ${visitors.failed} without a good answer`,
    },
  ];
}

const isGood = ({ run }: Scene): boolean => run.conclusion === 'success';
const hasFailed = ({ run }: Scene): boolean => run.conclusion === 'failure';
const levels = ({ run }: Scene) => run.annotations.map(({ level }) => level);

/** What a run told its reader before anything else. */
function said({ run }: Scene): string {
  const [first] = run.annotations.filter(({ level }) => level !== 'notice');
  // What to do next is for who stands before it.
  return first?.message.replace(/(\[[A-Z_]+\]) .*$/s, '$1') ?? 'it said nothing';
}

interface CalendarRow {
  readonly state: string;
  readonly why: string;
  readonly opensAt: string | undefined;
}

/** What the last plan of a run said of the calendar, where it was not plainly open. */
function calendarOf({ run }: Scene): CalendarRow | undefined {
  const rows = run.summaries
    .flatMap(({ markdown }) => tablesIn(markdown))
    .flatMap((table) => table.rows)
    .filter(([gate, state]) => gate === 'calendar' && state !== 'open');
  const [, state, why = '', , opensAt = '–'] = rows.at(-1) ?? [];
  return state === undefined ? undefined : { state, why, opensAt: opensAt === '–' ? undefined : opensAt };
}
