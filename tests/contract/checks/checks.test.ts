import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BuildCheckSettings } from '../../../src/domain/configuration.ts';
import { checkerFor } from '../build-check/harness.ts';
import { plant, scratch, type Tree } from '../release/trees.ts';

const never = new AbortController().signal;
/** `settings` without what every check has. */
type Kind = BuildCheckSettings extends infer One
  ? One extends BuildCheckSettings
    ? Omit<One, 'name' | 'needs'>
    : never
  : never;
async function ask(
  settings: Kind,
  files: Tree = {},
  variables: Record<string, string> = {},
  configured: readonly string[] = [],
) {
  const workspace = await plant(await scratch(), files);
  return checkerFor(workspace, variables, configured).check(
    { name: 'x', needs: [], ...settings } as BuildCheckSettings,
    never,
  );
}

describe('run', () => {
  const command = (run: string, timeoutMs = 30_000) => ask({ kind: 'run', run, timeoutMs });

  it.each([
    ['true', 'pass', 'exit code 0'],
    ['exit 3', 'fail', 'exit code 3'],
    ['false; true', 'fail', 'exit code 1'],
    ['false | true', 'fail', 'exit code 1'],
    ['kill -KILL $$', 'error', 'signal 9'],
    ['bash -c "kill -TERM \\$\\$"', 'error', 'signal 15'],
    ['airlock-no-such-program', 'error', 'was not found'],
    ['touch f; ./f', 'error', 'cannot be executed'],
  ])('%s → %s', async (run, verdict, detail) => {
    expect(await command(run)).toMatchObject({ verdict, detail: expect.stringContaining(detail) });
  });

  it('is an error when it takes too long, with what it printed until then', async () => {
    expect(await command('echo before; sleep 600', 300)).toMatchObject({
      verdict: 'error',
      detail: expect.stringContaining('did not end within 300 ms'),
      output: 'before\n',
    });
  });

  it('keeps both outputs in one, in their order', async () => {
    const { output } = await command('echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three');
    expect(output).toBe('one\ntwo\nthree\n');
  });

  it('cannot write this step’s outputs or use its tokens', async () => {
    const names = [
      'GITHUB_OUTPUT',
      'GITHUB_STATE',
      'ACTIONS_RUNTIME_TOKEN',
      'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    ];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = 'withheld';
    const { output } = await command(`env | grep -c withheld || true`);
    names.forEach((name, index) => {
      if (before[index] === undefined) delete process.env[name];
      else process.env[name] = before[index];
    });
    expect(output).toBe('0\n');
  });
});

describe('coverage', () => {
  const measure = (covered: number, total: number) => ({
    total,
    covered,
    skipped: 0,
    pct: total === 0 ? 'Unknown' : Math.round((covered / total) * 10000) / 100,
  });
  const coverage = (summary: string | undefined, minimum = { lines: 80, branches: 70 }) =>
    ask(
      { kind: 'coverage', summary: 'coverage/coverage-summary.json', minimum },
      summary === undefined ? {} : { 'coverage/coverage-summary.json': summary },
    );
  const total = (lines: unknown, branches: unknown) =>
    JSON.stringify({ total: { lines, branches }, '/x.js': {} });

  it.each([
    [
      'enough of everything',
      total(measure(80, 100), measure(7, 10)),
      'pass',
      'lines 80.00 % of at least 80 %',
    ],
    ['too little of one', total(measure(80, 100), measure(6, 10)), 'fail', 'branches 60.00 %'],
    ['a rounded 80 % that is not', total(measure(79_999, 100_000), measure(7, 10)), 'fail', 'lines 79.99 %'],
    ['nothing measured', total(measure(0, 0), measure(7, 10)), 'error', 'lines not measured'],
    ['a measure that is not there', total(measure(80, 100), undefined), 'error', 'branches not measured'],
    [
      'more covered than there is',
      total({ total: 1, covered: 2, pct: 100 }, measure(7, 10)),
      'error',
      'more covered',
    ],
    ['NaN', total({ total: 10, covered: 9, pct: null }, measure(7, 10)), 'error', 'no istanbul summary'],
    [
      'a text for a number',
      total({ total: '10', covered: 9, pct: 90 }, measure(7, 10)),
      'error',
      'no istanbul summary',
    ],
    ['no total', '{}', 'error', 'no istanbul summary'],
    ['not JSON', '<html>', 'error', 'is not JSON'],
    ['no file', undefined, 'error', 'does not exist'],
  ])('%s → %3$s', async (_, summary, verdict, detail) => {
    expect(await coverage(summary)).toMatchObject({ verdict, detail: expect.stringContaining(detail) });
  });

  it('without any minimum says nothing good', async () => {
    expect((await coverage(total(measure(1, 1), measure(1, 1)), {} as never)).verdict).toBe('insufficient');
  });

  it('passes over measures that it does not know, as newer istanbul writes them', async () => {
    const { total: known } = JSON.parse(total(measure(90, 100), measure(90, 100)));
    const summary = JSON.stringify({
      total: { ...known, branchesTrue: { total: 0, covered: 0, skipped: 0, pct: 'Unknown' } },
    });
    expect((await coverage(summary)).verdict).toBe('pass');
  });
});

describe('bundle-size', () => {
  const text = 'airlock '.repeat(2000);
  const files = { 'dist/a.js': text, 'dist/deep/b.js': text, 'dist/c.css': 'x' };
  const gzip = 2 * gzipSync(text, { level: 9 }).length;
  const size = (
    budget: { rawBytes?: number; gzipBytes?: number; brotliBytes?: number },
    glob = 'dist/**/*.js',
  ) =>
    ask(
      {
        kind: 'bundle-size',
        budgets: [
          { files: glob, rawBytes: undefined, gzipBytes: undefined, brotliBytes: undefined, ...budget },
        ],
      },
      files,
    );

  it('sums what matches, each encoding on its own', async () => {
    const report = await size({ rawBytes: 32_000, gzipBytes: gzip, brotliBytes: 500 });
    expect(report.verdict).toBe('pass');
    expect(report.figures?.rows.map((row) => row.slice(1))).toEqual([
      ['raw', '31.3 KiB', '31.3 KiB', '100 %', 'pass'],
      ['gzip', `${gzip} B`, `${gzip} B`, '100 %', 'pass'],
      ['brotli', '500 B', expect.stringMatching(/^\d+ B$/), expect.stringMatching(/^\d+ %$/), 'pass'],
    ]);
  });

  it('fails one byte over the budget', async () => {
    expect(await size({ rawBytes: 31_999, gzipBytes: gzip })).toMatchObject({
      verdict: 'fail',
      detail: 'dist/**/*.js is 31.3 KiB raw, 1 B over its budget',
    });
  });

  it('is an error when nothing matches, not a very small bundle', async () => {
    expect(await size({ gzipBytes: 100 }, 'build/**')).toMatchObject({
      verdict: 'error',
      detail: 'build/** matches no file',
    });
    expect(await size({ gzipBytes: 100 }, 'dist/dee*')).toMatchObject({ verdict: 'error' });
  });
});

describe('configuration', () => {
  const ask2 = (names: string[], variables: Record<string, string>) =>
    ask({ kind: 'configuration', variables: names }, {}, variables);

  it('passes when all are set', async () => {
    expect(await ask2(['A', 'B'], { A: '1', B: '2' })).toEqual({
      verdict: 'pass',
      detail: '2 of 2 variables are set',
    });
  });

  it('names what is missing or empty, and no value', async () => {
    const report = await ask2(['A', 'B', 'C'], { A: 's3cret', B: ' ' });
    expect(report).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining('not set or empty: B, C;'),
    });
    expect(JSON.stringify(report)).not.toContain('s3cret');
  });

  it('takes the word of the plan for what only a secret has, and says where that is', async () => {
    const settings = { kind: 'configuration', variables: ['A', 'B'] } as const;
    expect(await ask(settings, {}, { A: '1' }, ['B'])).toMatchObject({ verdict: 'pass' });
    expect(await ask(settings, {}, { A: '1' })).toMatchObject({
      verdict: 'fail',
      detail: expect.stringMatching(/APP_VARIABLES.*`configured`.*`env:`/),
    });
  });
});
