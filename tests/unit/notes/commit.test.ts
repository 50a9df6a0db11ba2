import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOf } from '../../../src/domain/notes/changes.ts';
import { type Commit, readCommit } from '../../../src/domain/notes/commit.ts';

const SHA = 'a'.repeat(40);
const read = (message: string) => readCommit({ sha: SHA, message });

describe('a commit', () => {
  it.each([
    ['feat: search', { group: 'feature', scope: undefined, subject: 'search' }],
    ['Feat(cart): empty it (#12)', { group: 'feature', scope: 'cart', subject: 'empty it', pullRequest: 12 }],
    ['fix: one', { group: 'fix', subject: 'one' }],
    ['perf(db): faster', { group: 'improvement', scope: 'db', subject: 'faster' }],
    ['chore(deps): bump', { group: 'other', scope: undefined, subject: 'chore(deps): bump' }],
    ['Note: not a type', { group: 'other', subject: 'Note: not a type' }],
    ['constructor: nothing is inherited', { group: 'other' }],
    [
      'Search finds nothing twice (#11)',
      { group: 'other', subject: 'Search finds nothing twice', pullRequest: 11 },
    ],
    ['feat:no space', { group: 'other', subject: 'feat:no space' }],
    ['', { group: 'other', subject: '' }],
  ])('%j', (message, expected) => {
    expect(read(message)).toMatchObject({ ...expected, isBreaking: false, breaking: [] });
  });

  it('breaks by a mark or a footer, whose text is told in full and ends where the next footer begins', () => {
    expect(read('feat(api)!: v2')).toMatchObject({
      isBreaking: true,
      breaking: [],
      scope: 'api',
      subject: 'v2',
    });
    expect(
      read(
        [
          'refactor: new config',
          '',
          'Because.',
          '',
          'BREAKING CHANGE: `port` is gone.',
          '',
          'Write `listen` instead.',
          'Note: both is an error.',
          'Signed-off-by: Ada <ada@example.com>',
          'Refs: #7',
          'BREAKING-CHANGE: and one more',
        ].join('\r\n'),
      ),
    ).toMatchObject({
      isBreaking: true,
      subject: 'refactor: new config',
      breaking: ['`port` is gone.\n\nWrite `listen` instead.\nNote: both is an error.', 'and one more'],
    });
    // The standard wants it in capitals, and a mention is no footer.
    expect(read('fix: a\n\nbreaking change: no\nIt is no BREAKING CHANGE: really').isBreaking).toBe(false);
  });

  it('knows issues', () => {
    expect(
      read('feat: a\n\nKnown-Issue: slow on Safari\nCo-authored-by: B <b@example.com>').knownIssues,
    ).toEqual(['slow on Safari']);
  });

  it('is read whatever it says', () => {
    fc.assert(fc.property(fc.string(), (message) => void read(message)));
    const long = `feat: x\n\n${'BREAKING CHANGE: a\n'.repeat(100_000)}`;
    expect(read(long).breaking.length).toBeLessThan(2_000);
  });
});

describe('changes', () => {
  const commit = (letter: string, message: string, parents = 1): Commit => ({
    sha: letter.repeat(40),
    parents,
    message,
  });

  it('stand once each, in groups; a merge is none, and its pull request is named', () => {
    const changes = changesOf([
      commit('f', 'Merge pull request #9 from ada/search\n\nSearch', 2),
      commit('e', 'docs: say it'),
      commit('d', 'perf: faster'),
      commit('c', 'fix!: stricter (#8)'),
      commit('b', 'fix: typo'),
      commit('a', 'feat: search'),
    ]);
    const subjects = (list: readonly { subject: string }[]) => list.map(({ subject }) => subject);
    expect(subjects(changes.breaking)).toEqual(['stricter']);
    expect(subjects(changes.features)).toEqual(['search']);
    expect(subjects(changes.improvements)).toEqual(['faster']);
    expect(subjects(changes.fixes)).toEqual(['typo']);
    expect(subjects(changes.others)).toEqual(['docs: say it']);
    expect(changes.pullRequests).toEqual([9, 8]);
  });

  it('that were taken back before they went live are no features, and are told', () => {
    const back = (letter: string) => `Revert "x"\n\nThis reverts commit ${letter.repeat(40)}.`;
    const one = changesOf([commit('b', back('a')), commit('a', 'feat!: search')]);
    expect([one.features, one.breaking]).toEqual([[], []]);
    expect(one.others.map(({ subject, isUndone }) => [subject, isUndone])).toEqual([
      ['Revert "x"', false],
      ['search', true],
    ]);
    const twice = changesOf([commit('c', back('b')), commit('b', back('a')), commit('a', 'feat: search')]);
    expect(twice.features.map(({ subject }) => subject)).toEqual(['search']);
  });
});
