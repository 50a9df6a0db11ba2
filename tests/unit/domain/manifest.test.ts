import { describe, expect, it } from 'vitest';
import {
  byPath,
  canonicalManifest,
  type ManifestEntry,
  manifestProblems,
} from '../../../src/domain/manifest.ts';

const file = (path: string): ManifestEntry => ({
  kind: 'file',
  path,
  mode: '0644',
  size: 3,
  sha256: 'ab'.repeat(32),
});
const link = (path: string, target: string): ManifestEntry => ({ kind: 'link', path, target });
const problems = (...entries: ManifestEntry[]) => manifestProblems(entries.sort(byPath));

describe('canonicalManifest', () => {
  it('is one line an entry, as its documentation says', () => {
    expect(canonicalManifest([file('app/index.html'), link('app/latest', 'index.html')])).toBe(
      `airlock-manifest/1\n["file","app/index.html","0644",3,"${'ab'.repeat(32)}"]\n["link","app/latest","index.html"]\n`,
    );
  });
});

describe('manifestProblems', () => {
  it('finds nothing wrong with an ordinary build', () => {
    expect(
      problems(
        file('app/index.html'),
        file('app/.well-known/security.txt'),
        file('app/ü/日本.js'),
        file('migrations/0001_init.up.sql'),
        link('app/node_modules/.bin/vite', '../vite/bin/vite.js'),
        link('app/current', './assets//v1/'),
        link('app/a/b/up', '../..'),
      ),
    ).toEqual([]);
  });

  it.each([
    ['app/../etc/passwd', 'plain relative path'],
    ['/app/x', 'plain relative path'],
    ['app//x', 'plain relative path'],
    ['app/./x', 'plain relative path'],
    ['app/x/', 'plain relative path'],
    ['app', 'not inside'],
    ['other/x', 'not inside'],
    ['app/a\\..\\b', 'backslash'],
    ['app/a\u0000b', 'control character'],
    ['app/a\nb', 'control character'],
    ['app/\ufffd', 'not UTF-8'],
    ['app/\ud800', 'not UTF-8'],
    ['app/.git/config', 'Git repository'],
    ['app/.GIT/config', 'Git repository'],
    [`app/${'x'.repeat(256)}`, 'too long'],
    [`app/${'xy/'.repeat(1400)}z`, 'too long'],
  ])('refuses the path %j', (path, why) => {
    expect(problems(file(path))).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['app/l', '/etc/passwd', 'plain relative path'],
    ['app/l', '', 'plain relative path'],
    ['app/l', 'a\\b', 'plain relative path'],
    ['app/l', '..', 'leaves the release'],
    ['app/l', '../migrations/x', 'leaves the release'],
    ['app/a/l', '../../x', 'leaves the release'],
    ['app/a/l', './.././../x', 'leaves the release'],
    // `d` may itself be a link to a shallower folder, from which `..` climbs out of the tree.
    ['app/p/q/l', 'd/../etc', 'climbs after it descended'],
  ])('refuses the link %s → %j', (path, target, why) => {
    expect(problems(link(path, target))).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['the same path twice', file('app/a'), file('app/a')],
    ['names that differ in case', file('app/Readme.md'), file('app/README.md')],
    ['folders that differ in case', file('app/Img/a.png'), file('app/img/b.png')],
    ['names that differ in Unicode composition', file('app/\u00e9'), file('app/e\u0301')],
    ['a file that is also a folder', file('app/a'), file('app/a/b')],
    ['a file below a link', link('app/a', 'b'), file('app/a/c')],
  ])('refuses %s', (_, one, other) => {
    expect(problems(one, other)).toEqual([expect.stringContaining('cannot both exist')]);
  });

  it('refuses entries out of order', () => {
    expect(manifestProblems([file('app/b'), file('app/a')])).toEqual(['"app/a" is out of order']);
  });
});
