import { describe, expect, it } from 'vitest';
import { firstFailure } from '../../../rehearsal/view/ending.ts';
import { stationsOf } from '../../../rehearsal/view/pipeline.ts';
import { plainLines } from '../../../rehearsal/view/plain.ts';
import { plainEvent } from '../../../rehearsal/view/plain-text.ts';
import { count, cut, duration, penFor } from '../../../rehearsal/view/screen.ts';
import { EMPTY, type JobState, reduce } from '../../../rehearsal/view/state.ts';
import type { ViewEvent } from '../../../rehearsal/view/story.ts';
import { summaryDocument, tableLines, tablesIn } from '../../../rehearsal/view/summaries.ts';
import { openJsonView, openPlainView } from '../../../rehearsal/view/view.ts';
import { cell, code, table } from '../../../src/domain/markdown.ts';
import {
  deployment,
  NEW,
  OLD,
  observed,
  PRODUCTION,
  START,
  scriptedStory,
} from '../../fixtures/rehearsal/story.ts';

const PEN = penFor({ colour: false, unicode: true });

const jobs = (...ids: string[]): JobState[] =>
  ids.map((id) => ({
    id,
    name: id,
    needs: [],
    status: 'queued',
    note: undefined,
    startedAt: undefined,
    endedAt: undefined,
    steps: [],
  }));

const labels = (...ids: string[]) => stationsOf(jobs(...ids)).map(({ label }) => label);

describe('stations', () => {
  it('leave out what all share, callers, and the one job of a called workflow', () => {
    expect(labels('go', 'go / plan', 'go / staging / stage', 'go / production / stage')).toEqual([
      'plan',
      'staging',
      'production',
    ]);
  });
  it('keep apart several jobs of one called workflow', () => {
    expect(labels('lint', 'release / build', 'release / ship')).toEqual([
      'lint',
      'release / build',
      'release / ship',
    ]);
  });
  it('keep at least one part of a name', () => {
    expect(labels('only')).toEqual(['only']);
    expect(labels('release / stage')).toEqual(['stage']);
    expect(labels()).toEqual([]);
  });
});

describe('slots', () => {
  const read = (...deployments: ReturnType<typeof deployment>[]): ViewEvent => ({
    type: 'slots',
    at: START,
    environment: 'production',
    url: undefined,
    observed: observed(...deployments),
  });
  it('a deployment keeps its slot when it becomes the live one, and the next takes the other', () => {
    const third = { ...NEW, version: '1.0.2' };
    const states = [
      read(deployment(OLD, 'live', 100, 1)),
      read(deployment(NEW, 'staged', 0, 2), deployment(OLD, 'live', 100, 1)),
      read(deployment(NEW, 'live', 100, 2), deployment(OLD, 'superseded', 0, 1)),
      read(deployment(third, 'staged', 0, 3), deployment(NEW, 'live', 100, 2)),
    ].map(
      (
        (state = EMPTY) =>
        (event: ViewEvent) => {
          state = reduce(state, event);
          const { blue, green } = state.environments[0] ?? {};
          return { blue, green };
        }
      )(),
    );
    expect(states).toEqual([
      { blue: '1.0.0-1', green: undefined },
      { blue: '1.0.0-1', green: '1.0.1-dev.1-2' },
      { blue: '1.0.0-1', green: '1.0.1-dev.1-2' },
      { blue: '1.0.2-3', green: '1.0.1-dev.1-2' },
    ]);
  });
});

describe('the first failure', () => {
  it('is the innermost step that failed in the first job that failed, and what it said', () => {
    const state = scriptedStory('smoke-failure').reduce(reduce, EMPTY);
    expect(state.run && firstFailure(state.run)).toEqual({
      station: 'production',
      step: 'Smoke-test it',
      said: ['SMOKE_TEST_FAILED: version: expected 1.0.1-dev.1, the answer says 0.0.0-injected'],
    });
  });
  it.each([
    [
      'a bundle that died at its start',
      [
        '/airlock/dist/deploy/index.js:1',
        `import{a}from"b";${'x'.repeat(5_000)}`,
        '        ^',
        '',
        'TypeError: boom is not a function',
        '    at main (/airlock/dist/deploy/index.js:1:2)',
        '    at node:internal/main:1:1 {',
        "  code: 'ERR_BOOM'",
        '}',
        '',
        'Node.js v24.21.0',
      ],
      ['TypeError: boom is not a function', "  code: 'ERR_BOOM'", '}'],
    ],
    [
      'a program without an error',
      ['one', 'two', '', 'three', 'x'.repeat(400)],
      ['two', 'three', `${'x'.repeat(300)}…`],
    ],
    ['a program that was silent', [], ['Process completed with exit code 1.']],
  ])('is the last words of %s', (_what, lines, said) => {
    const at = { at: START, runId: 1, job: 'plan' };
    const step = { id: 'plan', name: 'plan', stage: 'main' } as const;
    const failure = 'failure' as const;
    const story: readonly ViewEvent[] = [
      {
        ...at,
        type: 'run-started',
        workflow: 'w',
        event: 'push',
        jobs: [{ id: 'plan', name: 'plan', needs: [] }],
      },
      { ...at, type: 'step-started', step },
      ...lines.map((line) => ({ ...at, type: 'log' as const, step, line })),
      { ...at, type: 'annotation', level: 'error', message: 'Process completed with exit code 1.' },
      { ...at, type: 'step-ended', step, outcome: failure, conclusion: failure, durationMs: 1 },
      { ...at, type: 'job-changed', status: failure },
    ];
    const { run } = story.reduce(reduce, EMPTY);
    expect(run && firstFailure(run)?.said).toEqual(said);
  });
  it('is a note where no step ran', () => {
    const state = scriptedStory('rejected').reduce(reduce, EMPTY);
    expect(state.run && firstFailure(state.run)).toEqual({
      station: 'production',
      step: undefined,
      said: ['rejected by mara'],
    });
  });
  it('is nothing when all went well', () => {
    const state = scriptedStory('released').reduce(reduce, EMPTY);
    expect(state.run && firstFailure(state.run)).toBeUndefined();
  });
});

describe('plain lines', () => {
  it('tell a refused release from the question to the ending', () => {
    const lines = scriptedStory('smoke-failure').flatMap(plainLines(PEN));
    const from = lines.findIndex((line) => line.includes('asks for approval'));
    expect(lines.slice(from)).toEqual([
      '   7.0s  production  ⏸ production asks for approval by mara',
      '   7.0s      goes live    1.0.1-dev.1 (3f2a9c1)  Greet by name',
      '   7.0s      live now     1.0.0 (a1b2c3d)',
      '   7.0s      migrations   0003_add_name (can be undone)',
      '   7.0s      staging      pass · 4 of 4 checks',
      '   9.0s  production  ✓ approved by mara',
      '   9.0s  production  ● started',
      '   9.1s  production    ✓ Fetch the sealed release 0.1s',
      '   9.4s  production    ✓ Bring the database forward 0.3s',
      '   9.9s  production    ✓ Put it beside the live one 0.5s',
      '   9.9s  production    → 1.0.1-dev.1 staged, 1.0.0 live 100%',
      '    11s  production    ✗ Smoke-test it 0.4s',
      '    11s  production      error SMOKE_TEST_FAILED: version: expected 1.0.1-dev.1, the answer says 0.0.0-injected',
      '    11s  production    ✓ Go back to the last good release 0.3s',
      '    11s  production    → 1.0.0 live 100%',
      '    11s  production  ✗ failed 1.9s',
      '    11s  ✗ run 2: failure at production, Smoke-test it, 11s',
      '    11s',
      '    11s  Smoke-test it',
      '    11s    check    verdict  detail',
      '    11s    home     pass     200 in 12 ms',
      '    11s    version  fail     expected 1.0.1-dev.1, the answer says 0.0.0-injected',
      '    11s    health   pass     ok',
      '    11s',
      '    11s  visitors of production: 1 740 sent, 0 failed',
      '    11s  ✓ 1.0.0 is still live in production: the smoke test refused 1.0.1-dev.1.',
      '    11s    why: production, Smoke-test it: version: expected 1.0.1-dev.1, the answer says 0.0.0-injected',
      '    11s    live in development: 1.0.1-dev.1 (3f2a9c1), new',
      '    11s    live in staging: 1.0.1-dev.1 (3f2a9c1), new',
      '    11s    live in production: 1.0.0 (a1b2c3d), as before',
      '    11s    look at: the smoke test table above',
    ]);
  });

  it('stay quiet about what is not news', () => {
    const linesOf = plainLines(PEN);
    const [first] = scriptedStory('released').filter((event) => event.type === 'slots');
    if (first === undefined) throw new Error('the story has no slots');
    expect(linesOf(first)).toHaveLength(1);
    expect(linesOf(first)).toEqual([]);
  });

  it('carry no escape sequence, whatever a stranger wrote', () => {
    const written: string[] = [];
    const view = openPlainView(
      { write: (text) => written.push(text) },
      { LANG: 'C.UTF-8', FORCE_COLOR: '1' },
    );
    view.show({ at: START, type: 'note', text: '\u001b[2Jhello\r\nworld\u0007 \u202eevil' });
    expect(written).toEqual(['   0.0s  · hello world evil\n']);
  });
});

describe('JSON lines', () => {
  it('hold every event as it is, one a line', () => {
    const written: string[] = [];
    const view = openJsonView({ write: (text) => written.push(text) });
    const story = scriptedStory('released');
    for (const event of story) view.show(event);
    expect(written).toHaveLength(story.length);
    for (const [index, line] of written.entries()) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toEqual({ v: 1, ...JSON.parse(JSON.stringify(story[index])) });
    }
  });
});

describe('texts of strangers', () => {
  it('are made plain in every part of an event, and Markdown keeps its lines', () => {
    const step = { id: 'x', name: 'a\u001b[31mb', stage: 'main' } as const;
    const event = plainEvent(
      { type: 'summary', at: START, runId: 1, job: PRODUCTION, step, markdown: 'one\n\ttwo\u0000' },
      true,
    );
    expect(event).toMatchObject({ at: START, step: { name: 'ab' }, markdown: 'one\n  two' });
  });
  it('hold only ASCII where the screen has nothing else', () => {
    expect(plainEvent({ type: 'note', at: START, text: 'naïve ✓' }, false)).toMatchObject({
      text: 'na?ve ?',
    });
  });
});

describe('summaries', () => {
  const written = `Before\n\n${table(
    ['check', 'detail'],
    [
      [cell('a|b'), code('x < y | z')],
      [cell('*bold*'), cell('two\nlines')],
    ],
  )}\n\nAfter | not a row`;
  it('a table reads back as what was put in', () => {
    expect(tablesIn(written)).toEqual([
      {
        header: ['check', 'detail'],
        rows: [
          ['a|b', 'x < y | z'],
          ['*bold*', 'two lines'],
        ],
      },
    ]);
    expect(tablesIn('no | table\nhere')).toEqual([]);
  });
  it('a table too wide gives way in its widest column', () => {
    const drawn = tableLines(
      { header: ['name', 'what'], rows: [['version', 'a very long text indeed']] },
      24,
      PEN,
    );
    expect(drawn).toEqual(['name     what', 'version  a very long te…']);
  });
  it('become one document', () => {
    const { run } = scriptedStory('released').reduce(reduce, EMPTY);
    if (run === undefined) throw new Error('the story has no run');
    const document = summaryDocument('Run 2', run);
    expect(document).toMatch(
      /^# Run 2\n\n## deliver \/ development \/ deliver: Smoke-test it\n\n\*\*Smoke test\*\*/,
    );
    expect(document.match(/^## /gm)).toHaveLength(3);
  });
});

it.each([
  [0, '0.0s'],
  [449, '0.4s'],
  [9_949, '9.9s'],
  [9_951, '10s'],
  [59_600, '1m 00s'],
  [125_000, '2m 05s'],
])('%d ms reads %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1 000'],
  [1_234_567, '1 234 567'],
])('%d counts as %s', (value, text) => {
  expect(count(value)).toBe(text);
});

it('cuts by what is seen, never through a sign', () => {
  expect(cut('häagen', 6, PEN)).toBe('häagen');
  expect(cut('日本語です', 6, PEN)).toBe('日本…');
  expect(cut('👩‍👩‍👧‍👦 family', 4, PEN)).toBe('👩‍👩‍👧‍👦 …');
});
