import { describe, expect, test } from 'vitest';
import { type LaneTicket, rivals, standing, suffices } from '../../../src/domain/lane.ts';

const PLACE = { app: 'shop', environment: 'production' };

const ticket = (number: number, state: LaneTicket['state'] = 'open', run = String(number)): LaneTicket => ({
  id: `ticket ${number}`,
  number,
  place: PLACE,
  owner: { run: { id: run, attempt: 1, url: `https://github.test/runs/${run}` }, job: `job ${run}` },
  state,
  at: '2026-01-01T00:00:00Z',
});

describe('where a ticket stands', () => {
  const own = ticket(5);
  test.each<[string, LaneTicket[], LaneTicket[], string]>([
    ['alone', [own], [], 'held'],
    ['behind somebody who lives', [own, ticket(4)], [ticket(4)], 'later'],
    // That one may have looked before this ticket was seen, and hold the lane.
    ['before somebody who lives', [ticket(6), own], [ticket(6)], 'first'],
    ['behind somebody whose run is over', [own, ticket(4)], [], 'held'],
    ['below a ticket that was given back', [ticket(6, 'released'), own], [], 'overtaken'],
    ['above a ticket that was given back', [own, ticket(4, 'released')], [], 'held'],
    ['below a ticket that never held', [ticket(6, 'withdrawn'), own], [], 'held'],
    ['where the look does not show it', [ticket(4, 'released')], [], 'unseen'],
    ['where somebody closed it', [ticket(5, 'withdrawn')], [], 'unseen'],
  ])('%s', (_, all, alive, kind) => {
    expect(standing(own, all, alive)).toEqual({ kind });
  });

  test('another app, another environment and the own job are no rivals; another job of the run is', () => {
    const there = { ...ticket(1), place: { ...PLACE, app: 'harbor' } };
    const elsewhere = { ...ticket(2), place: { ...PLACE, environment: 'staging' } };
    const sibling = { ...ticket(3, 'open', '5'), owner: { ...own.owner, job: 'another job' } };
    const again = { ...ticket(4, 'open', '5') };
    expect(rivals([there, elsewhere, sibling, again, own], PLACE, own.owner)).toEqual([sibling]);
  });

  test('a look ends at a ticket of this very lane that was given back', () => {
    expect(suffices([ticket(1), ticket(2, 'withdrawn')], PLACE)).toBe(false);
    expect(suffices([{ ...ticket(3, 'released'), place: { ...PLACE, app: 'harbor' } }], PLACE)).toBe(false);
    expect(suffices([ticket(1), ticket(3, 'released')], PLACE)).toBe(true);
  });
});
