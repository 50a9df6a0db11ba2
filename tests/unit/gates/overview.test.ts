import { describe, expect, it } from 'vitest';
import {
  type Overview,
  type OverviewChange,
  pullRequestsIn,
  renderOverview,
} from '../../../src/domain/overview.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const sha = (letter: string) => letter.repeat(40);

const change = (changes: Partial<OverviewChange> = {}): OverviewChange => ({
  commits: [
    { sha: sha('b'), author: 'Ada', subject: 'Merge pull request #12 from ada/search' },
    { sha: sha('a'), author: 'Grace', subject: 'Search finds nothing twice (#11)' },
  ],
  files: [
    { path: 'src/search.ts', lines: 40 },
    { path: 'logo.png', lines: undefined },
  ],
  migrations: [
    { id: '0007_index', reversibility: 'free', lock: 'schema-changes' },
    { id: '0008_drop_name', reversibility: 'irreversible', lock: 'reads-and-writes' },
  ],
  configuration: '@@ -1 +1 @@\n-  approval: required\n+  approval: none\n',
  ...changes,
});

const overview = (changes: Partial<Overview> = {}): Overview => ({
  environment: 'production',
  commit: sha('b'),
  digest: `sha256:${'d'.repeat(64)}`,
  live: { version: '1.2.0', commit: sha('9'), since: '2026-02-28T12:00:00Z' },
  change: change(),
  proofs: [
    {
      environment: 'staging',
      passed: {
        at: '2026-03-02T09:00:00Z',
        isLive: true,
        verdicts: { 'smoke-test': 'pass' },
        run: 'https://github.test/runs/7',
      },
    },
  ],
  built: { by: 'ada', at: '2026-03-02T08:55:00Z', run: 'https://github.test/runs/7', version: '1.3.0' },
  rollback: { automatic: true, migrations: 'when-safe' },
  ...changes,
});

describe('what whoever approves sees', () => {
  const page = renderOverview(overview(), NOW);

  it.each([
    ['the release', '| Release | <code>1.3.0</code> · <code>bbbbbbb</code>'],
    ['who built it, when and where', 'ada, 3 h 5 min ago, in <code>https://github.test/runs/7</code>'],
    ['what is live and for how long', '<code>1.2.0</code> · <code>9999999</code>, for 2 d'],
    [
      'the verdict of staging and how long it ran there',
      'passed 3 h ago, live there for 3 h; smoke-test pass',
    ],
    ['how large the change is, and its pull requests', '2 commits, 2 files, pull requests #12 #11'],
    [
      'a migration that nobody waits for, and that loses nothing',
      '| <code>0007_index</code> | 🟢 reads and writes go on | 🟢 loses nothing |',
    ],
    [
      'a migration that others wait for, without a way back',
      '| <code>0008_drop_name</code> | 🟠 reads and writes of a table wait | 🔴 none |',
    ],
    ['what airlock.yml says differently', '+  approval: none'],
    ['a commit', '<code>aaaaaaa</code> | Grace |'],
    ['a file', '| <code>src/search.ts</code> | 40 |'],
    ['a file that git cannot count', '| <code>logo.png</code> | not counted |'],
    [
      'the way back',
      'goes back by itself to <code>1.2.0</code>; migrations are taken back where nothing is lost',
    ],
  ])('has %s', (_what, text) => {
    expect(page).toContain(text);
  });

  it('says what is not known', () => {
    const first = renderOverview(
      overview({
        live: undefined,
        digest: undefined,
        built: undefined,
        change: { unknown: 'nothing is live to compare with' },
        proofs: [{ environment: 'staging' }],
        rollback: { automatic: false, migrations: 'never' },
      }),
      NOW,
    );
    expect(first).toContain('not built yet');
    expect(first).toContain('| In staging | not proven |');
    expect(first).toContain('this is the first release here');
    expect(first).toContain('What changes cannot be shown: nothing is live to compare with');
  });

  it('takes nothing that people wrote for Markdown or HTML', () => {
    const hostile =
      'x`$(id)`|</code></pre></details><img src=x>\n::error::| @team [l](http://evil.test) **b** ```';
    const page = renderOverview(
      overview({
        environment: hostile,
        live: { version: hostile, commit: hostile, since: hostile },
        built: { by: hostile, at: hostile, run: hostile, version: hostile },
        proofs: [
          {
            environment: hostile,
            passed: { at: hostile, isLive: true, verdicts: { [hostile]: hostile }, run: hostile },
          },
        ],
        change: change({
          commits: [{ sha: hostile, author: hostile, subject: hostile }],
          files: [{ path: hostile, lines: 1 }],
          migrations: [{ id: hostile, reversibility: 'lossy', lock: 'unknown' }],
          configuration: hostile,
        }),
      }),
      NOW,
    );
    // Only the diff keeps its signs and line breaks, inside its own element.
    const outside = page.replace(/<pre>[^<]*<\/pre>/s, '');
    expect(page).not.toContain('<img');
    expect(outside).not.toMatch(/(?<!\\)\]\(http/);
    expect(outside).not.toMatch(/^::error/m);
    expect(page.match(/<\/pre>/g)).toHaveLength(1);
    expect(page.match(/<\/details>/g)).toHaveLength(3);
    expect(outside.replaceAll(/<code>[^<]*<\/code>/g, '')).not.toContain('@team');
  });

  it('stays readable and within GitHub’s megabyte however much there is', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => index);
    const page = renderOverview(
      overview({
        change: change({
          commits: many.map((index) => ({
            sha: sha('c'),
            author: 'Ada',
            subject: `change ${index} ${'x'.repeat(500)}`,
          })),
          files: many.map((index) => ({ path: `src/${index}.ts`, lines: 1 })),
          configuration: '+ line\n'.repeat(100_000),
        }),
      }),
      NOW,
    );
    expect(page.length).toBeLessThan(200_000);
    expect(page).toContain('5000 commits, 5000 files');
    expect(page).toContain('and 4950 more');
  });
});

describe('numbers of pull requests', () => {
  it('are those that GitHub wrote, each once', () => {
    expect(
      pullRequestsIn([
        'Merge pull request #7 from x/y',
        'Fix it (#8)',
        'Fix it again (#8)',
        'closes #9',
        'see (#10) for more',
        'Merge branch main',
      ]),
    ).toEqual([7, 8]);
  });
});
