import { describe, expect, it } from 'vitest';
import { gateSummary } from '../../../actions/plan/summary.ts';
import { type FreezeFacts, judgeFreeze, type Scene } from '../../../rehearsal/cli/freeze-ending.ts';
import { readCommand } from '../../../rehearsal/cli/options.ts';
import { lastFrame } from '../../../rehearsal/view/frame.ts';
import { plainLines } from '../../../rehearsal/view/plain.ts';
import { penFor } from '../../../rehearsal/view/screen.ts';
import { EMPTY, reduce } from '../../../rehearsal/view/state.ts';
import type { ViewEvent } from '../../../rehearsal/view/story.ts';
import type { GateResult } from '../../../src/domain/gates/gate.ts';
import { NEW, OLD, START } from '../../fixtures/rehearsal/story.ts';

const SHUT: GateResult = {
  gate: 'calendar',
  state: 'shut',
  reason: 'CALENDAR_SHUT',
  why: 'frozen until Sun 29 Nov 00:00 UTC: the books are being closed',
  next: 'Run this job again then.',
  opensAt: '2026-11-29T00:00:00.000Z',
};
const OVERRIDDEN: GateResult = {
  gate: 'calendar',
  state: 'overridden',
  why: 'you, until 13:00: finance agrees (it was shut: frozen)',
  next: '',
};
const OPEN: GateResult = { gate: 'calendar', state: 'open', why: 'deploy and promote may go now', next: '' };

interface Told {
  readonly conclusion?: Scene['run']['conclusion'];
  readonly live?: string;
  readonly gates?: readonly GateResult[];
  readonly level?: 'warning' | 'error';
  readonly message?: string;
}

const scene = ({
  conclusion = 'success',
  live = OLD.version,
  gates = [],
  level,
  message = '',
}: Told): Scene => ({
  run: {
    conclusion,
    annotations: level === undefined ? [] : [{ job: 'j', level, message }],
    summaries: gates.map((gate) => ({
      job: 'j',
      step: { id: 'plan', name: 'plan', stage: 'main' },
      markdown: gateSummary([gate]),
    })),
  },
  live,
});

const facts = (changes: Partial<FreezeFacts> = {}): FreezeFacts => ({
  place: 'production',
  before: OLD.version,
  asked: scene({ gates: [SHUT] }),
  held: scene({
    conclusion: 'failure',
    gates: [OPEN, SHUT],
    level: 'error',
    message: 'shut [CALENDAR_SHUT] Wait.',
  }),
  unreasoned: scene({
    conclusion: 'failure',
    level: 'error',
    message: 'no reason [REASON_MISSING] Say why.',
  }),
  overridden: scene({ level: 'warning', message: 'you overrode the gate calendar' }),
  again: scene({ live: NEW.version, gates: [OPEN, OVERRIDDEN] }),
  back: scene({}),
  visitors: { sent: 100, failed: 0 },
  after: [
    { name: 'staging', live: NEW },
    { name: 'production', live: OLD },
  ],
  commit: NEW.commit,
  isCancelled: false,
  ...changes,
});

describe('the ending of a freeze', () => {
  const ending = judgeFreeze(facts(), []);

  it('tells what was seen, in the words of the run', () => {
    expect(ending).toMatchObject({
      foretold: true,
      headline: `${NEW.version} waited outside of the frozen production until somebody answered for it by name.`,
      why: [],
      live: [{ isNew: true }, { environment: 'production', isNew: false }],
    });
    expect(ending.shown?.map(({ how }) => how)).toEqual([
      'calendar shut, opens at 2026-11-29 00:00 UTC',
      'frozen until Sun 29 Nov 00:00 UTC: the books are being closed',
      'no reason [REASON_MISSING]',
      'you overrode the gate calendar',
      'you, until 13:00: finance agrees (it was shut: frozen)',
      '1.0.0 is live in production again: no gate is asked by a recovery',
      '100 requests, 0 without a good answer',
    ]);
  });

  const { opensAt: _, ...forever } = SHUT;
  it.each<[string, Partial<FreezeFacts>, number]>([
    ['the dry run saw nothing', { asked: scene({ gates: [OPEN] }) }, 0],
    ['the release went in', { held: scene({ gates: [SHUT], live: NEW.version }) }, 1],
    ['nobody was told until when', { held: scene({ conclusion: 'failure', gates: [forever] }) }, 1],
    ['an override needed no reason', { unreasoned: scene({}) }, 2],
    ['it was recorded in silence', { overridden: scene({}) }, 3],
    ['it opened nothing', { again: scene({ conclusion: 'failure', gates: [SHUT] }) }, 4],
    ['the gate was open all the same', { again: scene({ live: NEW.version, gates: [OPEN] }) }, 4],
    ['the way back was shut', { back: scene({ conclusion: 'failure', live: NEW.version }) }, 5],
    ['a visitor noticed', { visitors: { sent: 100, failed: 1 } }, 6],
    ['nobody visited', { visitors: { sent: 0, failed: 0 } }, 6],
  ])('is not as foretold when %s', (_when, changes, at) => {
    const { foretold, shown } = judgeFreeze(facts(changes), []);
    expect(foretold).toBe(false);
    expect(shown?.flatMap(({ isTrue }, index) => (isTrue ? [] : [index]))).toEqual([at]);
  });

  it('is not as foretold when somebody cancelled it', () => {
    expect(judgeFreeze(facts({ isCancelled: true }), [])).toMatchObject({ foretold: false });
  });

  const events: readonly ViewEvent[] = [
    { at: START, type: 'act', act: 'prepare', app: 'shop' },
    { at: START, type: 'ending', ending },
  ];

  it('is drawn in a log', () => {
    const draw = plainLines(penFor({ colour: false, unicode: true }));
    const lines = events.flatMap(draw).join('\n');
    expect(lines).toContain('✓ no visitor noticed: 100 requests, 0 without a good answer');
    expect(lines).toContain('live in production: 1.0.0');
  });

  it.each([40, 108])('is drawn on a screen of %i columns, and cut nowhere', (columns) => {
    const screen = { columns, rows: 60, colour: false, unicode: true };
    const lines = lastFrame(events.reduce(reduce, EMPTY), screen, START);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    const text = lines.map((line) => line.trim()).join(' ');
    expect(text).toContain('frozen until Sun 29 Nov 00:00 UTC: the books are being closed');
    expect(text).toContain('no gate is asked by a recovery');
  });
});

describe('the command line', () => {
  it.each(['--reject', '--inject=slow'])('takes no %s in a freeze', (option) => {
    expect(() => readCommand(['rehearse', '--scenario', 'freeze', option])).toThrow(/way of its own/);
  });
});
