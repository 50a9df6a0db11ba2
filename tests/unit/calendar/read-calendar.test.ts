import { describe, expect, test } from 'vitest';
import { askCalendar, HORIZON_MS } from '../../../src/domain/calendar/ask.ts';
import type { CalendarSettings, Freeze, FreezeSource } from '../../../src/domain/calendar/calendar.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { type CalendarFiles, readCalendar } from '../../../src/ports/calendar.ts';

const NOW = new Date('2026-11-23T18:00:00Z');
const WITHIN = { from: NOW.getTime(), to: NOW.getTime() + HORIZON_MS };
const own: Freeze = { from: '2026-12-24', to: '2026-12-26', why: 'own', verbs: ['deploy'] };

/** Reads a freeze for the day that a file is called by; a file called `broken` cannot be read. */
const files: Pick<CalendarFiles, 'read'> = {
  async read(source: FreezeSource, zone, within) {
    if (source.kind !== 'file') throw new Error('only files here');
    if (source.path === 'broken') throw new Failure('CALENDAR_UNREADABLE', 'broken', 'mend it');
    expect([zone, within]).toEqual(['Europe/Berlin', WITHIN]);
    return [{ from: source.path, to: source.path, why: 'read', verbs: source.verbs }];
  },
};

const settings = (...sources: readonly FreezeSource[]): CalendarSettings => ({
  zone: 'Europe/Berlin',
  windows: [],
  freezes: [own],
  sources,
});

const read = (given: CalendarSettings, ...verbs: readonly ('deploy' | 'promote' | 'hotfix')[]) =>
  readCalendar(given, verbs, { ...files, render: () => '' }, WITHIN, new AbortController().signal);

describe('the whole calendar', () => {
  test('has its own freezes and those that were read', async () => {
    const calendar = await read(
      settings(
        { kind: 'file', path: '2026-11-23', verbs: ['deploy'] },
        { kind: 'file', path: '2026-11-24', verbs: ['deploy'] },
      ),
      'deploy',
    );
    expect(calendar).not.toHaveProperty('sources');
    expect(calendar.freezes).toHaveLength(3);
    expect(askCalendar(calendar, 'deploy', NOW)).toMatchObject({
      state: 'shut',
      opensAt: new Date('2026-11-25T00:00:00+01:00'),
    });
  });

  test('cannot be told where one that matters cannot be read', async () => {
    const given = settings({ kind: 'file', path: 'broken', verbs: ['deploy', 'promote'] });
    await expect(read(given, 'deploy')).rejects.toMatchObject({ code: 'CALENDAR_UNREADABLE' });
    await expect(read(given, 'hotfix', 'promote')).rejects.toMatchObject({ code: 'CALENDAR_UNREADABLE' });
  });

  test('is not held up by one that is for something else', async () => {
    const given = settings({ kind: 'file', path: 'broken', verbs: ['deploy', 'promote'] });
    expect(await read(given, 'hotfix')).toMatchObject({ freezes: [own] });
  });
});
