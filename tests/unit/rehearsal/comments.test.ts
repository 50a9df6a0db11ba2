import { describe, expect, it } from 'vitest';
import { findListener } from '../../../rehearsal/cli/listener.ts';
import { plainLines } from '../../../rehearsal/view/plain.ts';
import { penFor } from '../../../rehearsal/view/screen.ts';
import { EMPTY, reduce } from '../../../rehearsal/view/state.ts';
import type { ViewEvent } from '../../../rehearsal/view/story.ts';
import { answering, castApprovers, starterFor } from '../../../rehearsal/world/approvers.ts';
import { parseWorkflow } from '../../../src/callers/parse-workflow.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { targetSchemas } from '../../../src/targets/registry.ts';
import { scriptedStory } from '../../fixtures/rehearsal/story.ts';

const SUITE = 'airlock-actions/airlock';

const configured = (approval: string) =>
  parseConfiguration(
    new TextEncoder().encode(
      `version: 1\napp: shop\nbuild: { output: dist }\nenvironments:\n  staging: { target: { local: { port: 1 } } }\n  production: { target: { local: { port: 2 } }, gates: { approval: ${approval} } }\n`,
    ),
    'airlock.yml',
    targetSchemas,
  );
const by = (...rules: string[]) => configured(`{ ${['by: comment', ...rules].join(', ')} }`);
const people = by('approvers: [alice, Bob]');

describe('the workflow that asks and hears', () => {
  const approve = (on: string, suite = SUITE) =>
    parseWorkflow(
      '.github/workflows/approve.yml',
      `on: { ${on} }\njobs: { airlock: { uses: ${suite}/.github/workflows/approve.yml@v1 } }\n`,
    );
  const ASKS = 'workflow_run: { workflows: [Deploy, Hotfix], types: [completed] }';
  const HEARS = 'issue_comment: { types: [created] }';
  const TIMED = "schedule: [{ cron: '17 * * * *' }]";
  const find = (files: Parameters<typeof findListener>[0], names = ['Deploy'], configuration = people) =>
    findListener(files, configuration, SUITE, names);

  it('is started by the end of a run and by a comment, else by the clock', () => {
    expect(find([approve(`${ASKS}, ${HEARS}`)])).toEqual({
      path: '.github/workflows/approve.yml',
      asksOn: 'workflow_run',
      hearsOn: 'issue_comment',
    });
    expect(find([approve(TIMED)])).toMatchObject({ asksOn: 'schedule', hearsOn: 'schedule' });
    expect(find([approve(`${ASKS}, ${HEARS}, ${TIMED}`)], ['Release'])).toMatchObject({ asksOn: 'schedule' });
  });

  it('is not looked for where nobody approves by comment', () => {
    expect(find([], ['Deploy'], configured('required'))).toBeUndefined();
  });

  it.each<[string, Parameters<typeof find>, RegExp, RegExp]>([
    ['nobody calls it', [[]], /no workflow calls/, /docs\/workflows\.md#approve-by-comment/],
    ['another Airlock is called', [[approve(`${ASKS}, ${HEARS}`, 'a/b')]], /no workflow calls/, /Copy/],
    ['no comment starts it', [[approve(ASKS)]], /A new comment does not start/, /issue_comment/],
    [
      'the hotfix is not among those that it follows',
      [[approve(`${ASKS}, ${HEARS}`)], ['Deploy', 'Night']],
      /a run of Night does not start/,
      /workflows: \[Deploy, Night\]/,
    ],
  ])('is missing where %s, and the way is told', (_what, given, what, next) => {
    expect(() => find(...given)).toThrow(
      expect.objectContaining({
        code: 'APPROVALS_UNHEARD',
        message: expect.stringMatching(what),
        next: expect.stringMatching(next),
      }),
    );
  });
});

describe('people who approve by comment', () => {
  const [, production] = people.environments;
  if (production === undefined) throw new Error('there is a production');

  it('are those of airlock.yml, but for whoever started it', () => {
    const cast = castApprovers(people);
    expect(cast).toEqual({ approvers: { production: ['alice', 'Bob'] }, teams: {} });
    expect(answering(cast, production, 'bob')).toEqual(['alice']);
    const alone = { ...production, gates: { ...production.gates, selfApproval: true } };
    expect(answering(cast, alone, 'bob')).toEqual(['alice', 'Bob']);
  });

  it('are made up for a team, as many as are needed', () => {
    expect(castApprovers(by("approvers: [alice, '@octo/core']", 'needed: 2'))).toEqual({
      approvers: { production: ['alice', 'member-of-core', 'member-2-of-core'] },
      teams: { 'octo/core': ['member-of-core', 'member-2-of-core'] },
    });
  });

  it('do not start what they are to approve', () => {
    expect(starterFor(castApprovers(people))).toBe('ada');
    expect(starterFor(castApprovers(by('approvers: [Ada]')))).not.toBe('ada');
  });
});

it('a comment is one line that says whose it is, and takes the question off the screen', () => {
  const story = scriptedStory('released');
  const asked = story.findIndex(({ type }) => type === 'change');
  const comment: ViewEvent = {
    at: new Date(story[asked]?.at ?? 0),
    type: 'comment',
    environment: 'production',
    issue: 2,
    title: 'Approve 1.0.1 for production',
    by: 'alice',
    body: '/approve',
  };
  const draw = plainLines(penFor({ colour: false, unicode: true }));
  const before = story.slice(0, asked + 1);
  for (const event of before) draw(event);
  expect(draw(comment).map((line) => line.trim())).toEqual([
    expect.stringMatching(/✓ alice comments “\/approve” in issue #2, “Approve 1.0.1 for production”$/),
  ]);
  const state = [...before, comment].reduce(reduce, EMPTY);
  expect(state.question).toBeUndefined();
  expect(state.notes.at(-1)).toBe('alice comments “/approve” in issue #2');
});
