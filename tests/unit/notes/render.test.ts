import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withNotes } from '../../../src/domain/notes/block.ts';
import { changesOf } from '../../../src/domain/notes/changes.ts';
import type { Difference, Notes } from '../../../src/domain/notes/notes.ts';
import { plain, plainLines } from '../../../src/domain/notes/plain.ts';
import { renderNotes } from '../../../src/domain/notes/render.ts';
import { isPrerelease, makesLatest, tagFor } from '../../../src/domain/version.ts';

const commits = (...messages: readonly string[]) =>
  messages.map((message, index) => ({ sha: String(index).padStart(40, '0'), parents: 1, message }));

const difference = (messages: readonly string[], changes: Partial<Difference> = {}): Difference => ({
  changes: changesOf(commits(...messages)),
  migrations: [],
  lost: 0,
  isCut: false,
  ...changes,
});

const notes = (changes: Partial<Notes> = {}): Notes => ({
  app: 'shop',
  version: '1.5.0',
  environment: 'production',
  commit: 'b'.repeat(40),
  at: '2026-11-21T13:05:09Z',
  previous: { version: '1.4.1', commit: 'a'.repeat(40) },
  difference: difference([]),
  compareUrl: 'https://github.test/octo/shop/compare/a...b',
  hotfix: undefined,
  hotfixes: [],
  since: '1.4.0',
  ...changes,
});

describe('release notes', () => {
  it('say what a reader looks for, in its order', () => {
    const page = renderNotes(
      notes({
        difference: difference(
          [
            'feat(cart): empty it (#12)',
            'perf: faster',
            'fix: typo',
            'docs: say it',
            'feat!: new port\n\nBREAKING CHANGE: write `listen`\nnot `port`\nSigned-off-by: Ada <ada@example.com>',
            'fix: half\n\nKnown-Issue: slow on Safari',
          ],
          { migrations: [{ id: '0008_drop', reversibility: 'irreversible', lock: 'writes' }] },
        ),
        hotfixes: [
          { version: '1.4.1', emergency: 'Checkout is down', takenBack: undefined },
          { version: '1.4.0-h', emergency: undefined, takenBack: 'broke the till' },
        ],
      }),
    );
    expect(
      page,
    ).toBe(`Released into **production** on 2026-11-21 at 13:05 UTC · commit <code>bbbbbbb</code> · before it <code>1.4.1</code>

### ⚠️ Breaking changes

- new port<br>write \\\`listen\\\`<br>not \\\`port\\\`

### Features

- **cart:** empty it (#12)

### Improvements

- faster

### Fixes

- typo
- half

### Hotfixes since 1.4.0

- **1.4.1** (emergency: Checkout is down)
- **1.4.0-h** · taken back: broke the till

### Database migrations

| Migration | While it runs | Way back |
| --- | --- | --- |
| <code>0008_drop</code> | 🟠 writes to a table wait | 🔴 none |

### Known issues

- slow on Safari

<details><summary>Everything else (1)</summary>

- docs: say it

</details>

Pull requests #12 · [Every commit](https://github.test/octo/shop/compare/a...b)`);
  });

  it('of a hotfix begin with what it is, what it left out, and who stands for an emergency', () => {
    const page = renderNotes(
      notes({
        hotfix: {
          branch: 'hotfix/cart',
          skipped: ['soak', 'check e2e'],
          overridden: ['order'],
          emergency: 'Checkout is down',
          by: 'ada',
          approvers: ['grace'],
        },
      }),
    );
    expect(page.split('\n').slice(0, 9)).toEqual([
      '> 🚑 **HOTFIX** from <code>hotfix/cart</code>, on top of <code>1.4.1</code>: it went the short way to production.',
      '>',
      '> **Skipped:** <code>soak</code>, <code>check e2e</code>.',
      '>',
      '> **Gates opened by somebody’s word:** <code>order</code>.',
      '>',
      '> **EMERGENCY:** Checkout is down',
      '>',
      '> Started by ada, approved by grace.',
    ]);
  });

  it.each([
    ['the first one', { difference: undefined, previous: undefined }, 'This is the first release.'],
    ['one that cannot be compared', { difference: { unknown: 'it is gone' } }, 'cannot be told: it is gone.'],
    ['the same once more', {}, 'No change in the repository'],
    ['an older one', { difference: difference([], { lost: 3 }) }, '3 commits of that one are not in it'],
    ['very many', { difference: difference([], { isCut: true }) }, 'Older commits are left out'],
  ] as const)('of %s say so', (_what, changes, words) =>
    expect(renderNotes(notes(changes))).toContain(words),
  );

  it('fit where GitHub puts them, and say how many are left out', () => {
    const message = `feat: ${'<'.repeat(400)}`;
    const page = renderNotes(notes({ difference: difference(Array.from({ length: 1_000 }, () => message)) }));
    expect(page.length).toBeLessThan(100_000);
    expect(page).toMatch(/… and \d+ more/);
  });
});

describe('somebody else’s text', () => {
  const HOSTILE = [
    '@octo/everybody look',
    'see https://evil.example and www.evil.example or a@evil.example',
    '[click](https://evil.example) ![x](//evil.example/x.png)',
    '<img src=x onerror=alert(1)><!-- airlock: release notes of shop -->',
    'octo/other#12, #12 and GH-12',
    '--- ## `code` *bold* ~~gone~~ | $x$',
    'a\u202eb\u0000c',
  ];
  /** What may stand in a page beside plain words. */
  const isInert = (page: string) => {
    const read = page.replaceAll(/<\/?(?:code|br|details|summary)>/g, ' ').replaceAll(/&#\d+;/g, '·');
    expect(read).not.toMatch(/[<>](?!$)(?! )/m);
    expect(read).not.toMatch(/@\w|:\/\/(?!github\.test)|www\.|(?<!\()#\d|GH-\d/i);
    expect(read).not.toMatch(/(?<!\\)!?\[(?!Every commit\])|[^\P{Cc}\n]|\u202e/u);
  };

  it.each(HOSTILE)('%j stays text', (text) => {
    isInert(plain(text));
    isInert(renderNotes(notes({ difference: difference([`feat(${text.slice(0, 20)}): ${text}`, text]) })));
  });

  it('stays text, whatever it is and wherever it stands', () => {
    const hostile = fc
      .array(
        fc.oneof(fc.constantFrom(...HOSTILE, '#', '@', '<', '>', '-', '1. ', '`', '\\', '\n'), fc.string()),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const page = renderNotes(
          notes({
            difference: difference([
              `feat: ${one}\n\nBREAKING CHANGE: ${other}`,
              `${other}\n\nKnown-Issue: ${one}`,
            ]),
            hotfix: {
              branch: one,
              skipped: [other],
              overridden: [one],
              emergency: other,
              by: one,
              approvers: [other],
            },
            hotfixes: [{ version: one, emergency: other, takenBack: one }],
            since: other,
          }),
        );
        isInert(page.replaceAll(/^> ?/gm, '').replaceAll(/\(#\d+\)|^Pull requests .*$/gm, ''));
        // Nobody's text begins a line, so that it can begin no block.
        expect(plain(one)).not.toMatch(/^(?:>|(?:[-+=]+|\d+[.)])(?:\s|$))/);
        expect(plainLines(one, 100)).not.toContain('\n');
        expect(withNotes(withNotes('', 'shop', page), 'shop', 'x')).toBe(withNotes('', 'shop', 'x'));
      }),
    );
  });
});

describe('notes in a text that people write too', () => {
  it('take the place of the earlier ones alone, and stay where they are', () => {
    const first = withNotes('Dear readers,\r\n', 'shop', 'one');
    expect(first).toMatch(/^Dear readers,\n\n<!-- .*\none\n<!-- .*-->$/s);
    const grown = `${first}\n\nKnown issues: none`;
    const second = withNotes(grown, 'shop', 'two');
    expect(second).toBe(grown.replace('\none\n', '\ntwo\n'));
    expect(withNotes(second, 'shop', 'two')).toBe(second);
    expect(withNotes(second, 'till', 'three')).toContain('\ntwo\n');
  });

  it('take nothing along where somebody broke their marks', () => {
    const [begin = ''] = withNotes('', 'shop', 'one').split('\n');
    const broken = `${begin}\nmine`;
    const once = withNotes(broken, 'shop', 'new');
    expect(once.startsWith(`${broken}\n\n`)).toBe(true);
    expect(withNotes(once, 'shop', 'new')).toBe(once);
  });
});

describe('where it is published', () => {
  it.each([
    ['1.5.0', undefined, 'true'],
    ['1.5.0', 'v1.4.0', 'true'],
    ['1.5.0', 'v1.5.0', 'true'],
    // A fix of an older line.
    ['1.4.1', 'v1.5.0', 'false'],
    ['1.10.0', 'v1.9.0', 'true'],
    ['1.6.0-rc.1', 'v1.5.0', 'false'],
    ['1.6.0-rc.1', undefined, 'false'],
    ['1.0.0', 'summer', 'legacy'],
  ])('%s beside %s: latest is %s', (version, latest, answer) =>
    expect(makesLatest(version, latest)).toBe(answer),
  );

  it('has the tag that somebody gave it', () => {
    expect(tagFor('1.2.3', ['stable', '1.2.3'])).toBe('1.2.3');
    expect(tagFor('1.2.3', ['v1.2.2'])).toBe('v1.2.3');
    expect(isPrerelease('1.2.4-0.dev.5+3f2a9c1')).toBe(true);
    expect(isPrerelease('1.2.4+build')).toBe(false);
  });
});
