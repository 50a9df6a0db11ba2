import { describe, expect, it } from 'vitest';
import { parseWorkflow } from '../../../src/callers/parse-workflow.ts';
import type { Workflow } from '../../../src/domain/doctor/facts.ts';

const parsed = (text: string): Workflow => {
  const file = parseWorkflow('w.yml', text);
  if (file.kind === 'unread') throw new Error(file.why);
  return file.workflow;
};

describe('a workflow', () => {
  it('is taken apart, with the line of each thing that is used', () => {
    const [one] = parsed(`on: push
jobs:
  one:
    runs-on: { group: big, labels: [self-hosted, gpu] }
    environment: { name: production, url: x }
    permissions:
      contents: read
    concurrency: { group: g, cancel-in-progress: true }
    steps:
      - run: npm test
      - uses: a/b@v1
`).jobs;
    expect(one).toMatchObject({
      id: 'one',
      at: { file: 'w.yml', line: 3 },
      runsOn: ['self-hosted', 'gpu'],
      environment: 'production',
      permissions: { contents: 'read' },
      concurrency: { group: 'g', cancels: true },
      calls: undefined,
      inheritsSecrets: false,
      steps: [{ text: 'a/b@v1', at: { file: 'w.yml', line: 11 } }],
    });
  });

  it('that calls another says what it hands on', () => {
    const [one] = parsed(`on: push
jobs:
  one:
    uses: o/r/.github/workflows/w.yml@v1
    with: { runs-on: attic }
    secrets: inherit
`).jobs;
    expect(one).toMatchObject({
      calls: { text: 'o/r/.github/workflows/w.yml@v1', at: { line: 4 } },
      runsOn: ['attic'],
      inheritsSecrets: true,
    });
  });

  it('is read through anchors', () => {
    const { jobs } = parsed(`on: push
jobs:
  one: &job
    runs-on: &label attic
    steps: &steps
      - &step { uses: a/b@v1 }
  two: *job
  three: { runs-on: *label, steps: *steps }
  four: { runs-on: *label, steps: [*step] }
`);
    expect(jobs.map(({ steps }) => steps.map(({ text }) => text))).toEqual(jobs.map(() => ['a/b@v1']));
    expect(jobs.map(({ runsOn }) => runsOn)).toEqual(jobs.map(() => ['attic']));
  });

  it.each([
    ['push', true],
    ['[pull_request, push]', true],
    ['{ push: }', true],
    ['{ push: { branches: [main] } }', false],
    ['{ push: { branches: [main], tags: [v1] } }', true],
    ['{ push: { tags-ignore: [x] } }', true],
    ['{ push: { paths: [src] } }', true],
    ['{ release: { types: [published] } }', true],
    ['workflow_dispatch', false],
  ])('on %s starts by a tag: %s', (on, starts) => {
    expect(parsed(`on: ${on}\njobs: {}\n`).startsByTag).toBe(starts);
  });

  it('says what its events are limited to, and its name', () => {
    expect(
      parsed(
        'name: Approve\non: { workflow_run: { workflows: [Deploy], types: completed }, issue_comment: { types: [created] }, push: }\njobs: {}\n',
      ),
    ).toMatchObject({
      name: 'Approve',
      events: ['workflow_run', 'issue_comment', 'push'],
      limits: {
        workflow_run: { workflows: ['Deploy'], types: ['completed'] },
        issue_comment: { workflows: [], types: ['created'] },
      },
    });
    expect(parsed('on: [push, issue_comment]\njobs: {}\n')).toMatchObject({ name: 'w.yml', limits: {} });
  });

  it.each([
    ['permissions: {}', {}],
    ['permissions:', {}],
    ['permissions: write-all', 'write-all'],
    ['permissions: { id-token: write }', { 'id-token': 'write' }],
    ['name: x', undefined],
  ])('with %s grants as much', (line, granted) => {
    expect(parsed(`on: push\n${line}\njobs: {}\n`).permissions).toEqual(granted);
  });
});

describe('what is no workflow', () => {
  const bomb = `a: &a [x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h']
    .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(12).slice(0, -2)}]`)
    .join('\n')}\non: *h\njobs: {}\n`;

  it.each([
    ['broken YAML', 'on: push\njobs: ['],
    ['nothing', ''],
    ['a list', '- on: push\n'],
    ['no jobs', 'on: push\n'],
    ['no event', 'jobs: {}\n'],
    ['a job that is a text', 'on: push\njobs: { one: two }\n'],
    ['odd permissions', 'on: push\npermissions: [all]\njobs: {}\n'],
    ['a bomb of anchors', bomb],
  ])('%s says why', (_, text) => {
    expect(parseWorkflow('w.yml', text)).toMatchObject({
      kind: 'unread',
      file: 'w.yml',
      why: expect.stringMatching(/\S{3}/),
    });
  });
});
