import { describe, expect, test } from 'vitest';
import type { ControlEntry, ControlPayload } from '../../../src/domain/holds.ts';
import { doubtOf, type Known, type Origin } from '../../../src/domain/origin.ts';

const RUN: Origin = {
  event: 'workflow_dispatch',
  branch: 'main',
  attempt: 1,
  startedBy: 'mary',
  newestBy: 'mary',
  startedAt: '2026-03-01T10:00:00Z',
  endedAt: '2026-03-01T10:02:00Z',
};

const entry = (about: Partial<ControlPayload> = {}, at = '2026-03-01T10:01:00Z'): ControlEntry => ({
  id: 'entry',
  environment: 'production',
  at,
  payload: {
    schema: 1,
    control: 'override',
    app: 'sophie',
    commit: 'c'.repeat(40),
    gate: 'hold',
    reason: 'a fire',
    lifts: [],
    run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' },
    actor: 'mary',
    ...about,
  },
});

const known = (run: Partial<Origin> | undefined, more: Partial<Known> = {}): Known => ({
  origin: run && { ...RUN, ...run },
  main: 'main',
  people: [],
  permissions: [],
  now: new Date('2026-03-01T12:00:00Z'),
  ...more,
});

const again = { run: { id: '1', attempt: 2, url: '' } };
const WRITE = { accountId: 1, level: 'write' } as const;
const READ = { accountId: 2, level: 'read' } as const;

describe('a word that opens something', () => {
  test.each<[string, ControlEntry, Known]>([
    ['somebody started its run', entry(), known({})],
    ['its run goes on', entry({}, '2026-03-01T11:59:00Z'), known({ endedAt: undefined })],
    ['it was written in the second in which its run began', entry({}, RUN.startedAt), known({})],
    ['they ran it again', entry(again), known({ attempt: 2, startedBy: 'ada', newestBy: 'mary' })],
    ['somebody else ran it again later', entry(), known({ attempt: 2, newestBy: 'ada' })],
    ['their login is written otherwise', entry({ actor: 'Mary' }), known({})],
    ['they said it in a comment', entry({ comment: 7 }), known({ event: 'issue_comment' })],
    [
      'somebody ran again what they said in a comment',
      entry({ comment: 7, ...again }),
      known({ event: 'issue_comment', attempt: 2, newestBy: 'ada' }),
    ],
    ['both may write', entry(), known({}, { people: ['mary', 'ada'], permissions: [WRITE, WRITE] })],
    ['it lifts, in a run that a push started', entry({ control: 'unlock' }), known({ event: 'push' })],
    [
      'it lifts, and GitHub forgot the run long ago',
      entry({ control: 'unlock' }),
      known(undefined, { now: new Date('2026-06-01T10:00:00Z') }),
    ],
  ])('counts where %s', (_, word, about) => {
    expect(doubtOf(word, about)).toBeUndefined();
  });

  test.each<[string, ControlEntry, Known]>([
    ['somebody else started its run', entry(), known({ startedBy: 'eve' })],
    ['an app started its run', entry(), known({ startedBy: 'github-actions[bot]' })],
    ['nobody knows who started its run', entry(), known({ startedBy: undefined })],
    ['somebody else ran it again', entry(again), known({ attempt: 2, newestBy: 'eve' })],
    ['nobody can tell who ran it again', entry(again), known({ attempt: 3 })],
    ['that attempt never was', entry({ run: { id: '1', attempt: 9, url: '' } }), known({})],
    ['its run was on another branch', entry(), known({ branch: 'evil' })],
    ['nobody knows the default branch', entry(), known({}, { main: undefined })],
    ['nobody knows either branch', entry(), known({ branch: undefined }, { main: undefined })],
    ['it is older than its run', entry({}, '2026-03-01T09:58:59Z'), known({})],
    ['its run was over', entry({}, '2026-03-01T10:03:01Z'), known({})],
    ['its time is none', entry({}, 'some day'), known({})],
    ['nobody started its run by hand', entry(), known({ event: 'push' })],
    ['no comment started its run', entry({ comment: 7 }), known({})],
    ['GitHub has no such run', entry(), known(undefined, { now: new Date('2027-03-01T10:00:00Z') })],
    ['it lifts, and GitHub has no such run', entry({ control: 'unlock' }), known(undefined)],
    ['it lifts, in a run of somebody else', entry({ control: 'unlock' }), known({ startedBy: 'eve' })],
    ['the first may write no more', entry(), known({}, { people: ['mary'], permissions: [READ] })],
    ['the second may not', entry(), known({}, { people: ['mary', 'ada'], permissions: [WRITE, READ] })],
    ['nobody asked what they may', entry(), known({}, { people: ['mary'], permissions: [] })],
  ])('does not count where %s', (_, word, about) => {
    expect(doubtOf(word, about)).toEqual(expect.any(String));
  });
});
