import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { byJob, scene } from './scene.ts';

const git = (source: string, ...args: string[]) =>
  execFileSync('git', ['-C', source, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    encoding: 'utf8',
  }).trim();

test('checkout brings the commit of the run, as shallow and as sparse as asked for', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  one:
    runs-on: x
    steps:
      - run: touch stale
      - uses: actions/checkout@v4
      - run: echo "$(git rev-list --count HEAD) $(git branch --show-current) $(test -e stale || echo clean) $(cat file)"
      - run: git config --get-regexp extraheader > /dev/null && echo "credentials kept"
      - { uses: actions/checkout@v4, with: { path: deep, fetch-depth: 0, persist-credentials: false } }
      - run: cd deep && echo "deep $(git rev-list --count HEAD) $(git tag) $(git config --get-regexp extraheader || echo without)"
      - { uses: actions/checkout@v4, with: { path: older, ref: v1 } }
      - run: cat older/file && git -C older status --porcelain | wc -l && git -C older branch --show-current | wc -c
      - { uses: actions/checkout@v4, with: { path: part, sparse-checkout: docs } }
      - run: ls part && ls part/docs
`,
    'docs/a.md': 'a\n',
    'src/b.ts': 'b\n',
    file: 'one\n',
  });
  git(it.source, 'tag', 'v1');
  writeFileSync(join(it.source, 'file'), 'two\n');
  git(it.source, 'add', '--all');
  git(it.source, 'commit', '--quiet', '-m', 'second');
  const sha = git(it.source, 'rev-parse', 'HEAD');
  writeFileSync(join(it.source, 'file'), 'not committed\n');
  const result = await it.run({ sha });
  expect(result.conclusion).toBe('success');
  const lines = it.lines('one');
  expect(lines).toEqual(
    expect.arrayContaining(['1 main clean two', 'credentials kept', 'deep 2 v1 without', 'one', 'a.md']),
  );
  expect(lines).not.toContain('b.ts');
  expect(it.events).toContainEqual(
    expect.objectContaining({ type: 'stand-in', job: 'one', action: 'actions/checkout@v4' }),
  );
});

test('artifacts travel between jobs without hidden files and without file modes', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  make:
    runs-on: x
    steps:
      - run: mkdir -p out/deep out/.hidden && echo 1 > out/deep/a && echo 2 > out/run.sh && chmod 755 out/run.sh && echo 3 > out/.hidden/c && echo 4 > other.txt
      - { uses: actions/upload-artifact@v4, with: { name: build, path: out } }
      - { uses: actions/upload-artifact@v4, with: { name: all, path: out, include-hidden-files: true } }
      - { uses: actions/upload-artifact@v4, with: { name: text, path: "*.txt\\nout/deep/*" } }
      - { id: twice, continue-on-error: true, uses: actions/upload-artifact@v4, with: { name: build, path: out } }
      - { id: none, continue-on-error: true, uses: actions/upload-artifact@v4, with: { name: none, path: nowhere, if-no-files-found: error } }
      - { id: warned, uses: actions/upload-artifact@v4, with: { name: none, path: nowhere } }
      - run: echo \${{ steps.twice.outcome }} \${{ steps.none.outcome }} \${{ steps.warned.outcome }}
  take:
    needs: make
    runs-on: x
    steps:
      - { uses: actions/download-artifact@v5, with: { name: build, path: here } }
      - run: cd here && find . -type f | sort | tr '\\n' ' ' && stat -c %a run.sh
      - { uses: actions/download-artifact@v5, with: { pattern: '*l*', path: many } }
      - run: find many -type f | sort | tr '\\n' ' '
      - { uses: actions/download-artifact@v5, with: { name: text, path: text } }
      - run: find text -type f | sort | tr '\\n' ' '
      - { id: missing, continue-on-error: true, uses: actions/download-artifact@v5, with: { name: nothing } }
      - run: echo missing \${{ steps.missing.outcome }}
`,
  });
  const result = await it.run();
  expect(byJob(result)).toEqual({ make: 'success', take: 'success' });
  expect(it.lines('make')).toContain('failure failure success');
  expect(it.lines('take')).toEqual(
    expect.arrayContaining([
      './deep/a ./run.sh 644',
      'many/all/.hidden/c many/all/deep/a many/all/run.sh many/build/deep/a many/build/run.sh ',
      'text/other.txt text/out/deep/a ',
      'missing failure',
    ]),
  );
});

test('a second attempt may upload under the same name, and takes its own', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  one:
    runs-on: x
    steps:
      - run: echo "attempt $GITHUB_RUN_ATTEMPT" > a.txt
      - { uses: actions/upload-artifact@v4, with: { name: a, path: a.txt } }
      - { uses: actions/download-artifact@v4, with: { name: a, path: b } }
      - run: cat b/a.txt
`,
  });
  const first = it.start();
  await first.done;
  const second = it.start({ rerunOf: first.id });
  expect((await second.done).conclusion).toBe('success');
  expect(it.lines('one').filter((line) => line.startsWith('attempt '))).toEqual(['attempt 1', 'attempt 2']);
});

test('setup-node puts the Node of the actions first in PATH and says so', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs:
  one:
    runs-on: x
    steps:
      - { id: node, uses: actions/setup-node@v4, with: { node-version: 18 } }
      - run: test "$(node --version)" = "\${{ steps.node.outputs.node-version }}" && command -v node
`,
  });
  const result = await it.run();
  expect(result.conclusion).toBe('success');
  expect(it.lines('one')).toContain(process.execPath);
  expect(it.events).toContainEqual(
    expect.objectContaining({ type: 'stand-in', what: expect.stringContaining('asked for: 18') }),
  );
});
