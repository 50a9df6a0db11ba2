import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { frame, lastFrame } from '../../../rehearsal/view/frame.ts';
import { screenOf } from '../../../rehearsal/view/screen.ts';
import { EMPTY, type RehearsalState, reduce } from '../../../rehearsal/view/state.ts';
import type { ViewEvent } from '../../../rehearsal/view/story.ts';
import { START, scriptedStory } from '../../fixtures/rehearsal/story.ts';

const SCREEN = { columns: 80, rows: 24, colour: false, unicode: true };

/** The state after the first event that matches, and the moment of that event. */
function at(
  story: readonly ViewEvent[],
  matches: (event: ViewEvent) => boolean,
): { state: RehearsalState; now: Date } {
  const last = story.findIndex(matches);
  expect(last).toBeGreaterThan(-1);
  return {
    state: story.slice(0, last + 1).reduce(reduce, EMPTY),
    now: story[last]?.at ?? START,
  };
}

const isAsking = (event: ViewEvent) => event.type === 'change';
const isBuilding = (event: ViewEvent) => event.type === 'log' && event.line.includes('24 passed');
const isHalfway = (event: ViewEvent) => event.type === 'load' && (event.byVersion['1.0.1-dev.1'] ?? 0) > 100;

describe('the picture at 80 by 24', () => {
  it('shows the pipeline, the running step with its log, and what is live', () => {
    const { state, now } = at(scriptedStory('released'), isBuilding);
    expect(frame(state, SCREEN, now)).toEqual([
      ' airlock · sophie  new release (3f2a9c1)  Greet by name                    0.8s',
      ' PostgreSQL 18 runs, one database an environment',
      ' ✓ plan ──── ● build-check ──── ◌ development ──── ◌ staging ──── ◌ production',
      '   0.3s        0.1s',
      '',
      ' build-check',
      '   ✓ Check out the commit 0.1s',
      '   ⠇ Build and check 0.0s',
      '       [build] vite v7.1.0 building for production...',
      '       [build] 12 modules transformed.',
      '       [types] no errors',
      '       [unit] 24 passed',
      '',
      '',
      '',
      '',
      '',
      ' production                                               http://127.0.0.1:8130',
      ' ╭─ blue ─────────────────────── live ╮  ╭─ green ───────────────────── empty ╮',
      ' │ 1.0.0                      a1b2c3d │  │                                    │',
      ' │ █████████████████████████████ 100% │  │                                    │',
      ' │ 127.0.0.1:9131                     │  │                                    │',
      ' ╰────────────────────────────────────╯  ╰────────────────────────────────────╯',
    ]);
  });

  it('asks with what is about to change', () => {
    const { state, now } = at(scriptedStory('released'), isAsking);
    expect(frame(state, SCREEN, now).slice(2, 11)).toEqual([
      ' ✓ plan ──── ✓ build-check ──── ✓ development ──── ✓ staging ──── ⏸ production',
      '   0.3s        2.5s               1.9s               1.9s           asks you',
      '',
      ' ⏸ production asks for your approval',
      '   goes live   1.0.1-dev.1 (3f2a9c1)  Greet by name',
      '   live now    1.0.0 (a1b2c3d)',
      '   migrations  0003_add_name (can be undone)',
      '   staging     ✓ pass · 4 of 4 checks',
      '   [a] approve   [r] reject',
    ]);
  });

  it('tells news for a while, under the header', () => {
    const { state, now } = at(scriptedStory('released'), isAsking);
    const told = reduce(state, { type: 'note', at: now, text: 'Cancelling the run.' });
    const later = (milliseconds: number) => frame(told, SCREEN, new Date(now.getTime() + milliseconds))[1];
    expect(later(0)).toBe(' Cancelling the run.');
    expect(later(8_000)).toBe('');
  });

  it('shows both slots and how the visitors are spread while the weight moves', () => {
    const { state, now } = at(scriptedStory('released'), isHalfway);
    expect(frame(state, SCREEN, now).slice(-9)).toEqual([
      ' production                                               http://127.0.0.1:8130',
      ' ╭─ blue ─────────────────────── live ╮  ╭─ green ──────────────────── staged ╮',
      ' │ 1.0.0                      a1b2c3d │  │ 1.0.1-dev.1                3f2a9c1 │',
      ' │ ███████████████░░░░░░░░░░░░░░  50% │  │ ███████████████░░░░░░░░░░░░░░  50% │',
      ' │ 127.0.0.1:9131                     │  │ 127.0.0.1:9132                     │',
      ' ╰────────────────────────────────────╯  ╰────────────────────────────────────╯',
      '',
      ' visitors of production                           340/s · 2 100 sent · 0 failed',
      ' █████████████████████████████████████████████░░░░░ 1.0.0 89% · 1.0.1-dev.1 11%',
    ]);
  });
});

describe('the last picture', () => {
  it('says what is live where, and the table that matters', () => {
    const { state, now } = at(scriptedStory('released'), (event) => event.type === 'ending');
    expect(lastFrame(state, SCREEN, now)).toEqual([
      ' airlock · sophie  new release 1.0.1-dev.1 (3f2a9c1)  Greet by name         12s',
      '',
      ' ✓ plan ──── ✓ build-check ──── ✓ development ──── ✓ staging ──── ✓ production',
      '   0.3s        2.5s               1.9s               1.9s           2.8s',
      '',
      ' Smoke-test it',
      '   check    verdict  detail',
      '   home     pass     200 in 12 ms',
      '   version  pass     1.0.1-dev.1',
      '   health   pass     ok',
      '',
      ' visitors of production                                   2 820 sent · 0 failed',
      '',
      ' ✓ 1.0.1-dev.1 is live in production.',
      '',
      '   live now',
      '     development  1.0.1-dev.1 (3f2a9c1)  new',
      '     staging      1.0.1-dev.1 (3f2a9c1)  new',
      '     production   1.0.1-dev.1 (3f2a9c1)  new',
    ]);
  });

  it('says why the old release is still live, without cutting the reason short', () => {
    const { state, now } = at(scriptedStory('smoke-failure'), (event) => event.type === 'ending');
    const lines = lastFrame(state, { ...SCREEN, rows: 10 }, now);
    expect(lines.slice(-13)).toEqual([
      ' ✓ 1.0.0 is still live in production: the smoke test refused 1.0.1-dev.1.',
      '',
      '   why',
      '     · production, Smoke-test it: version: expected 1.0.1-dev.1, the answer',
      '       says 0.0.0-injected',
      '',
      '   live now',
      '     development  1.0.1-dev.1 (3f2a9c1)  new',
      '     staging      1.0.1-dev.1 (3f2a9c1)  new',
      '     production   1.0.0 (a1b2c3d)  as before',
      '',
      '   look at',
      '     · the smoke test table above',
    ]);
    expect(lines).toContain('   version  fail     expected 1.0.1-dev.1, the answer says 0.0.0-injected');
  });
});

describe('every moment of every story', () => {
  const sizes = [
    { columns: 120, rows: 40 },
    { columns: 80, rows: 24 },
    { columns: 59, rows: 20 },
    { columns: 40, rows: 12 },
    { columns: 30, rows: 5 },
  ];
  const looks = [
    { colour: false, unicode: true },
    { colour: true, unicode: false },
  ];
  it.each(sizes.flatMap((size) => looks.map((look) => ({ ...size, ...look }))))(
    'fits $columns by $rows (colour $colour, unicode $unicode)',
    (screen) => {
      for (const ending of ['released', 'smoke-failure', 'rejected'] as const) {
        let state = EMPTY;
        for (const event of scriptedStory(ending)) {
          state = reduce(state, event);
          const lines = frame(state, screen, event.at);
          expect(lines.length).toBeLessThan(screen.rows);
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(screen.columns);
        }
      }
    },
  );

  it('needs no sign beyond ASCII on a screen without them', () => {
    const { state, now } = at(scriptedStory('released'), isAsking);
    const text = frame(state, { ...SCREEN, unicode: false }, now).join('\n');
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text).toContain('? production asks for your approval');
  });

  it('asks even where there is no room for anything else', () => {
    const { state, now } = at(scriptedStory('released'), isAsking);
    const text = frame(state, { ...SCREEN, columns: 50, rows: 11 }, now).join('\n');
    expect(text).toContain('[a] approve   [r] reject');
  });
});

describe('what a terminal can show', () => {
  it.each([
    [{ LANG: 'en_GB.UTF-8' }, { colour: true, unicode: true }],
    [{ LANG: 'C' }, { colour: true, unicode: false }],
    [
      { LANG: 'en_GB.UTF-8', LC_ALL: 'C' },
      { colour: true, unicode: false },
    ],
    [
      { LANG: 'en_GB.UTF-8', LC_ALL: '' },
      { colour: true, unicode: true },
    ],
    [
      { LANG: 'C.utf8', NO_COLOR: '1' },
      { colour: false, unicode: true },
    ],
    [
      { LANG: 'C.utf8', NO_COLOR: '' },
      { colour: true, unicode: true },
    ],
    [
      { LANG: 'C.UTF-8', TERM: 'dumb' },
      { colour: false, unicode: false },
    ],
  ])('%o', (environment, expected) => {
    expect(screenOf({}, environment)).toEqual({ columns: 80, rows: 24, ...expected });
  });
});

it('colours nothing without colour and something with it', () => {
  const { state, now } = at(scriptedStory('released'), isAsking);
  expect(frame(state, SCREEN, now).join('\n')).not.toContain('\u001b');
  expect(frame(state, { ...SCREEN, colour: true }, now).join('\n')).toContain('\u001b[33m');
});
