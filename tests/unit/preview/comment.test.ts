import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  change,
  linkable,
  type PreviewReport,
  previewComment,
  removedComment,
} from '../../../actions/preview/comment.ts';

const report = (changes: Partial<PreviewReport> = {}): PreviewReport => ({
  app: 'sophie',
  passed: true,
  stopped: '',
  url: 'https://sophie-7.example.app',
  version: '1.2.3',
  deploymentId: 'dpl1',
  head: 'a'.repeat(40),
  checks: [
    { name: 'health', verdict: 'pass', detail: 'status 200', durationMs: 12 },
    { name: 'home', verdict: 'pass', detail: 'status 200', durationMs: 340 },
  ],
  sizes: [{ name: 'dist/**/*.js', raw: 2048, gzip: 1024, brotli: 1000 }],
  baseline: {
    kind: 'release',
    environment: 'development',
    version: '1.2.2',
    sizes: [{ name: 'dist/**/*.js', raw: 1024, gzip: 1024, brotli: 2000 }],
  },
  guardedBy: undefined,
  run: 'https://github.test/o/r/actions/runs/1',
  at: new Date(Date.UTC(2026, 10, 21, 7, 5)),
  ...changes,
});

describe('the comment of a preview', () => {
  it('says what there is to see, what was asked and how the build changed', () => {
    expect(previewComment(report())).toBe(
      [
        '### ✅ Preview of sophie is up',
        '**[Open the preview](https://sophie-7.example.app)**',
        '| check |  | took | expected and seen |\n| --- | --- | --- | --- |\n| health | ✅ | 12 ms |  |\n| home | ✅ | 340 ms |  |',
        '<details><summary>Size of the build</summary>\n\n| size | raw | gzip | brotli |\n| --- | --- | --- | --- |\n| dist/\\*\\*/\\*.js | 2.00 KiB (+1.00 KiB, +100.0 %) | 1.00 KiB (±0) | 1000 B (−1000 B, −50.0 %) |\n\nCompared with 1.2.2, the newest good release in development.\n\n</details>',
        '<sub>Version <code>1.2.3</code> · commit <code>aaaaaaa</code> · deployment <code>dpl1</code> · [run](https://github.test/o/r/actions/runs/1) · 2026-11-21 07:05 UTC</sub>',
      ].join('\n\n'),
    );
  });

  it('says what failed first, and that there is nothing to compare with yet', () => {
    const comment = previewComment(
      report({
        passed: false,
        stopped: 'smoke-test: SMOKE_FAILED',
        checks: [
          { name: 'fine', verdict: 'pass', detail: 'status 200', durationMs: 1 },
          { name: 'broken', verdict: 'fail', detail: 'expected status 200, saw 500', durationMs: 1 },
        ],
        baseline: { kind: 'none', why: 'no release has passed its checks in development' },
      }),
    );
    expect(comment).toContain('### ❌ Preview of sophie failed');
    expect(comment).toContain('**Stopped** smoke-test: SMOKE\\_FAILED');
    expect(comment.indexOf('broken')).toBeLessThan(comment.indexOf('fine'));
    expect(comment).toContain(
      'Nothing to compare with yet: no release has passed its checks in development.',
    );
    expect(comment).not.toContain('✅ Preview');
  });

  it('says how to see it where strangers are kept out', () => {
    expect(previewComment(report({ guardedBy: 'vercel' }))).toContain('signed in to vercel');
    expect(previewComment(report({ guardedBy: 'vercel', url: undefined }))).not.toContain('signed in');
  });

  it('fits into what GitHub takes, whatever there is to tell', () => {
    const long = '<|@*'.repeat(1_000);
    const many = <T>(one: T) => Array.from({ length: 200 }, () => one);
    const comment = previewComment(
      report({
        app: long,
        stopped: long,
        version: long,
        deploymentId: long,
        checks: many({ name: long, verdict: 'fail', detail: long, durationMs: 1 }),
        sizes: many({ name: long, raw: 1, gzip: 1, brotli: 1 }),
      }),
    );
    expect(comment.length).toBeLessThan(65_000);
    expect(comment).toContain('… and 180 more in the run.');
  });
});

const HOSTILE = [
  '@everyone',
  '<!-- airlock:preview:sophie -->',
  '-->',
  '![x](https://evil.test/pixel.png)',
  '[click](javascript:alert(1))',
  '<img src=x onerror=alert(1)>',
  '</details></sub><script>',
  'https://evil.test',
  'www.evil.test',
  'mailto:a@evil.test',
  '| a | b |\n| --- | --- |',
  '\r\n### ✅ Preview of sophie is up',
  '`code` ```',
  '#1 GH-1',
  '$\\unicode{x}$',
  '&lt;b&gt;',
  '\\',
  '[^1]: x',
  '~~gone~~ **bold** _it_',
];
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string()), { maxLength: 4 })
    .map((parts) => parts.join('')),
);

/** The comment's own markup, and nothing else, once it is taken away. */
const rest = (comment: string): string =>
  comment
    .replaceAll(/<\/?(?:sub|details|summary|code)>/g, '')
    .replaceAll(/\[(?:Open the preview|run)\]\(https:\/\/[a-z0-9./-]+\)/gi, '');

describe('what comes from outside', () => {
  it('is data in it: no link, mention, image, markup, row or line of its own', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (name, detail, stopped, version) => {
        const given = {
          stopped: `x${stopped}`,
          version: `1${version}`,
          checks: [{ name, verdict: 'fail' as const, detail, durationMs: 1 }],
          sizes: [{ name, raw: 1 }],
          baseline: { kind: 'none' as const, why: detail },
          deploymentId: `d${name}`,
        };
        const plain = { name: 'x', verdict: 'fail' as const, detail: 'x', durationMs: 1 };
        const comment = previewComment(report({ ...given, passed: false }));
        const shape = previewComment(
          report({ ...given, passed: false, stopped: 'x', version: 'x', checks: [plain], deploymentId: 'x' }),
        );
        const left = rest(comment);
        expect(left).not.toMatch(/[<>]/);
        expect(left).not.toMatch(/(?<!\\)[[\]`]/);
        expect(left).not.toMatch(/:\/\/|www\./i);
        expect(left).not.toMatch(/\$/);
        expect(left).not.toMatch(/@(?!&#8203;)/);
        expect(comment.split(/\r\n?|\n/)).toHaveLength(shape.split('\n').length);
        const bars = (text: string) => text.replaceAll(/\\[|\\]/g, '').match(/\|/g)?.length;
        expect(bars(comment)).toBe(bars(shape));
        expect(comment.startsWith('### ❌ Preview of sophie failed\n')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is data in the words of a clean-up as well', () => {
    fc.assert(
      fc.property(hostile, hostile, (deployment, why) => {
        const { head, run, at } = report();
        const left = rest(removedComment({ app: 'sophie', left: [{ deployment, why }], head, run, at }));
        expect(left).not.toMatch(/[<>]|:\/\/|www\./i);
        expect(left).not.toMatch(/(?<!\\)[[\]`]/);
      }),
    );
  });

  it('becomes a link only as an address, with no sign that ends one', () => {
    for (const bad of ['', 'javascript:alert(1)', 'data:text/html,x', 'https://ada:pass@x.test', '//x', 'x'])
      expect(linkable(bad), bad).toBeUndefined();
    expect(linkable('https://x.test/a_(b)?c=d|e "f"')).toBe('https://x.test/a_%28b%29?c=d%7ce%20%22f%22');
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, withFragments: true, size: 'xsmall' }),
        fc.string(),
        (url, tail) => {
          const link = linkable(url + tail);
          if (link !== undefined) expect(link).toMatch(/^https?:\/\/[^\s()<>[\]"'`|\\*]+$/);
        },
      ),
    );
  });
});

describe('a change of size', () => {
  it.each([
    [2048, 1024, '2.00 KiB (+1.00 KiB, +100.0 %)'],
    [1000, 1024, '1000 B (−24 B, −2.3 %)'],
    [10, 0, '10 B (+10 B)'],
    [10, 10, '10 B (±0)'],
    [10, undefined, '10 B'],
    [undefined, 10, '–'],
  ])('%s after %s: %s', (now, before, words) => {
    expect(change(now, before)).toBe(words);
  });
});
