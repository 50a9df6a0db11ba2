import { askCalendar } from '../calendar/ask.ts';
import type { Calendar, GuardedVerb } from '../calendar/calendar.ts';
import { describeShut } from '../calendar/describe.ts';
import { type GateAnswer, type Lane, open, shut } from './gate.ts';

/** More steps than this a calendar does not take to its next opening. */
const MOST_STEPS = 10_000;

/** What a release on its way into an environment does there: all of it must be allowed. */
export const verbsOf = (lane: Lane): readonly GuardedVerb[] =>
  lane === 'hotfix' ? ['hotfix'] : ['deploy', 'promote'];

/** Whether the environment may be changed now. Throws `RangeError` as `askCalendar` does. */
export function calendarGate(calendar: Calendar | undefined, lane: Lane, now: Date): GateAnswer {
  if (calendar === undefined) return open('calendar', 'airlock.yml has no calendar here');
  const verbs = verbsOf(lane);
  for (const verb of verbs) {
    const answer = askCalendar(calendar, verb, now);
    if (answer.state === 'open') continue;
    const opensAt = answer.opensAt && firstOpen(calendar, verbs, answer.opensAt);
    const { why } = answer;
    const told = describeShut(
      { state: 'shut', why, ...(opensAt === undefined ? {} : { opensAt }) },
      calendar.zone,
      now,
    );
    return shut(
      'calendar',
      'CALENDAR_SHUT',
      told.replace(/^shut: /, ''),
      opensAt === undefined
        ? 'Change the calendar in airlock.yml, or let somebody record an override with a reason. A rollback may go at any time.'
        : 'Run this job again then, or let somebody record an override with a reason. A rollback may go at any time.',
      opensAt,
    );
  }
  return open('calendar', `${verbs.join(' and ')} may go now`);
}

/** The first instant at which all the verbs may go. */
function firstOpen(calendar: Calendar, verbs: readonly GuardedVerb[], from: Date): Date | undefined {
  let instant: Date | undefined = from;
  for (let step = 0; step < MOST_STEPS && instant !== undefined; step += 1) {
    const at: Date = instant;
    const waiting = verbs
      .map((verb) => askCalendar(calendar, verb, at))
      .find(({ state }) => state === 'shut');
    if (waiting?.state !== 'shut') return at;
    instant = waiting.opensAt;
  }
  return undefined;
}
