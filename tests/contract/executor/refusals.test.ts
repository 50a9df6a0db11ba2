import { expect, test } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { type Files, scene } from './scene.ts';

const job = (body: string): Files => ({ 'ci.yml': `on: push\njobs:\n  one:\n    runs-on: x\n${body}` });
const step = (text: string): Files => job(`    steps: [${text}]\n`);

const refusal = (files: Files, suite: Files = {}): Failure => {
  const it = scene(files, suite);
  try {
    it.start();
  } catch (error) {
    // Refused before a run was opened: nobody hears of it but the caller.
    expect(it.events).toEqual([]);
    expect(it.service.statuses).toEqual([]);
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('The run was started');
};

test.each([
  [
    'service containers',
    job("    services: { db: { image: postgres } }\n    steps: [{ run: 'true' }]\n"),
    'jobs.one.services',
  ],
  ['a job container', job("    container: node\n    steps: [{ run: 'true' }]\n"), 'jobs.one.container'],
  ['another remote action', step('{ uses: octo/other@v1 }'), 'octo/other@v1'],
  ['a remote action by its path', step('{ uses: actions/cache/save@v4 }'), 'actions/cache/save@v4'],
  [
    'an input that a stand-in leaves undone',
    step('{ uses: actions/checkout@v4, with: { lfs: true } }'),
    '`lfs`',
  ],
  ['a container action', step("{ uses: 'docker://alpine' }"), 'docker://alpine'],
  ['PowerShell', step("{ run: 'true', shell: pwsh }"), 'shell: pwsh'],
  ['a ref behind $/', step('{ uses: $/actions/a@v1 }'), 'takes no @ref'],
  ['an action that is not there', step('{ uses: $/actions/none }'), '$/actions/none'],
  [
    'a remote workflow',
    { 'ci.yml': 'on: push\njobs: { one: { uses: octo/other/.github/workflows/a.yml@v1 } }\n' },
    'octo/other/.github/workflows/a.yml@v1',
  ],
])('%s is refused by name', (_what, files, named) => {
  const failure = refusal(files);
  expect(failure.code).toBe('EXECUTOR_UNSUPPORTED');
  expect(failure.message).toContain(named);
  expect(failure.message).toContain('ci.yml:');
});

test('everything is named at once, from inside composite actions too', () => {
  const failure = refusal(
    {
      'ci.yml':
        'on: push\njobs:\n  a: { runs-on: x, steps: [{ uses: octo/x@v1 }] }\n  b: { uses: owner/airlock/.github/workflows/a.yml@v1 }\n',
    },
    {
      '.github/workflows/a.yml':
        'on: workflow_call\njobs: { c: { runs-on: x, steps: [{ uses: $/wrap }] } }\n',
      'wrap/action.yml':
        'name: w\ndescription: w\nruns: { using: composite, steps: [{ uses: octo/y@v2 }, { uses: $/old }] }\n',
      'old/action.yml': 'name: o\ndescription: o\nruns: { using: node20, main: m.js }\n',
    },
  );
  expect(failure.message).toContain('octo/x@v1');
  expect(failure.message).toContain('octo/y@v2');
  expect(failure.message).toContain('using: node20');
});

test('what GitHub’s own parser rejects ends the run as GitHub would', async () => {
  const it = scene({ 'ci.yml': 'on: push\njobs: { one: { runs-on: x, stepz: [] } }\n' });
  const result = await it.run();
  expect(result).toMatchObject({ conclusion: 'failure', jobs: [] });
  expect(result.startupFailure).toContain('stepz');
});

test.each([
  ['unknown', 'one: { needs: two, runs-on: x, steps: [{ run: "true" }] }', 'unknown job'],
  [
    'circular',
    'one: { needs: two, runs-on: x, steps: [{ run: "true" }] }, two: { needs: one, runs-on: x, steps: [{ run: "true" }] }',
    'circle',
  ],
])('%s needs do not start', async (_what, jobs, says) => {
  const result = await scene({ 'ci.yml': `on: push\njobs: { ${jobs} }\n` }).run();
  expect(result.startupFailure).toContain(says);
});

test('a workflow that is not committed, and an event it does not listen to, are said', () => {
  const it = scene({ 'ci.yml': 'on: push\njobs: { one: { runs-on: x, steps: [{ run: "true" }] } }\n' });
  expect(() => it.start({ workflowPath: '.github/workflows/none.yml' })).toThrow(
    expect.objectContaining({ code: 'WORKFLOW_NOT_FOUND' }),
  );
  expect(() => it.start({ event: { name: 'release', payload: {} } })).toThrow(
    expect.objectContaining({ code: 'EVENT_NOT_HANDLED' }),
  );
});
