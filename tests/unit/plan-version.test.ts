import * as fc from 'fast-check';
import { compare, parse, valid } from 'semver';
import { describe, expect, it } from 'vitest';
import { chooseVersion, highestVersion, versionOf } from '../../src/domain/version.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const versionAfter = (tag: string | undefined, commits: number) =>
  chooseVersion({
    commit: COMMIT,
    tagsHere: [],
    startedBy: undefined,
    base: tag === undefined ? undefined : versionOf(tag),
    commits,
  }).version;

describe('the version of a commit', () => {
  it.each([
    ['its own tag', { tagsHere: ['v1.2.3'] }, '1.2.3', 'tag v1.2.3'],
    ['its tag without a v', { tagsHere: ['1.2.3'] }, '1.2.3', 'tag 1.2.3'],
    ['the highest of several tags', { tagsHere: ['v1.2.3', 'v1.10.0', 'v1.9.0'] }, '1.10.0', 'tag v1.10.0'],
    [
      'the full version before its candidates',
      { tagsHere: ['v2.0.0-rc.1', 'v2.0.0', 'v2.0.0-rc.2'] },
      '2.0.0',
      'tag v2.0.0',
    ],
    [
      'the tag that started the run',
      { tagsHere: ['v2.0.0', 'v2.0.0-rc.1'], startedBy: 'v2.0.0-rc.1' },
      '2.0.0-rc.1',
      'tag v2.0.0-rc.1',
    ],
    [
      'its tag and not the moving ones',
      { tagsHere: ['latest', 'v1', 'v1.2', 'shop@9.9.9', 'v1.2.3'], startedBy: 'v1' },
      '1.2.3',
      'tag v1.2.3',
    ],
    ['its tag with build metadata', { tagsHere: ['v1.2.3+linux'] }, '1.2.3+linux', 'tag v1.2.3+linux'],
    [
      'the next patch',
      { base: versionOf('v1.2.3'), commits: 5 },
      '1.2.4-0.dev.5+0123456',
      '5 commits after tag v1.2.3',
    ],
    [
      'the next of a candidate',
      { base: versionOf('v1.3.0-rc.1'), commits: 1 },
      '1.3.0-rc.1.0.dev.1+0123456',
      '1 commit after tag v1.3.0-rc.1',
    ],
    ['a first one', { commits: 3 }, '0.1.0-0.dev.3+0123456', '3 commits, no version tag yet'],
  ])('is %s', (_what, question, version, from) => {
    const given = {
      commit: COMMIT,
      tagsHere: [],
      startedBy: undefined,
      base: undefined,
      commits: 0,
      ...question,
    };
    expect(chooseVersion(given)).toEqual({ version, from });
  });

  it.each([
    'latest',
    'v1',
    '1.2',
    'v01.2.3',
    ' 1.2.3',
    '=1.2.3',
    'vv1.2.3',
    'v1.2.3-',
    'app-v1.2.3',
    'v1.2.3; rm -rf /',
    '$(id)',
    '',
  ])('%j is no version', (tag) => {
    expect(versionOf(tag)).toBeUndefined();
  });

  it('counts on from no tag that was made of a version which nobody chose', () => {
    const madeUp = ['v1.2.4-0.dev.5+3f2a9c1', 'v1.3.0-rc.1.0.dev.5+1149276', 'v0.1.0-0.dev.1+3f2a9c1'];
    for (const tag of madeUp) expect(versionOf(tag)?.version).toBe(tag.slice(1));
    expect(highestVersion(madeUp)).toBeUndefined();
    expect(highestVersion(['v1.2.3', ...madeUp])?.tag).toBe('v1.2.3');
  });

  it('sorts by meaning and not by text', () => {
    expect(highestVersion(['v9.0.0', 'v10.0.0', 'v10.0.0-rc.1'])?.tag).toBe('v10.0.0');
    expect(highestVersion(['release', 'v1'])).toBeUndefined();
  });

  const number = fc.nat({ max: 50 });
  const core = fc.tuple(number, number, number).map((parts) => parts.join('.'));
  const word = fc.constantFrom('alpha', 'beta', 'dev', 'rc', 'x-y', '0', '1', '12');
  const prerelease = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `-${words.join('.')}`);
  const version = fc.tuple(core, fc.oneof(fc.constant(''), prerelease)).map((parts) => parts.join(''));

  it('is always valid, above its base, and above the same branch’s earlier builds', () => {
    fc.assert(
      fc.property(version, fc.integer({ min: 1, max: 10_000 }), (base, commits) => {
        const next = versionAfter(`v${base}`, commits);
        expect(valid(next)).not.toBeNull();
        expect(parse(next)?.build).toEqual(['0123456']);
        expect(compare(next, base)).toBe(1);
        expect(compare(versionAfter(`v${base}`, commits + 1), next)).toBe(1);
      }),
    );
  });

  it('stays below whatever a person releases next', () => {
    fc.assert(
      fc.property(
        core,
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom('alpha', 'beta.1', 'dev', 'rc.1', ''),
        (base, commits, name) => {
          const [major, minor, patch] = base.split('.').map(Number);
          const released = `${major}.${minor}.${(patch ?? 0) + 1}${name === '' ? '' : `-${name}`}`;
          expect(compare(versionAfter(base, commits), released)).toBe(-1);
        },
      ),
    );
    expect(compare(versionAfter('v1.3.0-rc.1', 99), '1.3.0-rc.2')).toBe(-1);
    expect(compare(versionAfter('v1.3.0-rc.1', 99), '1.3.0')).toBe(-1);
  });

  it('reads any tag without failing', () => {
    fc.assert(fc.property(fc.string(), (tag) => void versionOf(tag)));
  });
});
