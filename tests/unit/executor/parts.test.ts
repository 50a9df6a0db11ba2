import { expect, test } from 'vitest';
import { parsePairs } from '../../../rehearsal/executor/file-commands.ts';
import { Lanes } from '../../../rehearsal/executor/lanes.ts';
import { Masks } from '../../../rehearsal/executor/masks.ts';
import { expandMatrix, suffixOf } from '../../../rehearsal/executor/matrix.ts';
import { parseReference } from '../../../rehearsal/executor/references.ts';
import { WorkflowCommands } from '../../../rehearsal/executor/workflow-commands.ts';

test('command files hold names with values, and blocks whose delimiter is free', () => {
  expect(parsePairs('a=1\nb==2=\n\nc<<EOF\n\nx=y\nEOF2\nEOF\nd<<E=F\nlast\nE=F\ne=\n')).toEqual({
    a: '1',
    b: '=2=',
    c: '\nx=y\nEOF2',
    d: 'last',
    e: '',
  });
  expect(parsePairs('a=<<b\r\nc=2\r\n')).toEqual({ a: '<<b', c: '2' });
});

test.each([
  ['no value at all', 'name', 'Invalid format'],
  ['no name', '=value', 'Name must not be empty'],
  ['no delimiter', 'name<<', 'delimiter must not be empty'],
  ['a block left open', 'name<<EOF\nvalue\n', "Matching delimiter not found 'EOF'"],
])('a command file with %s is an error', (_what, text, says) => {
  expect(() => parsePairs(text)).toThrow(says);
});

test('masks hide the longest secret first, each line, and its quoted and base64 forms', () => {
  const masks = new Masks();
  for (const secret of ['pass', 'password', 'one\n  \ntwo', 'q"uote', '']) masks.add(secret);
  expect(masks.hide('a password and a pass')).toBe('a *** and a ***');
  expect(masks.hide('one or two')).toBe('*** or ***');
  expect(masks.hide(JSON.stringify('q"uote'))).toBe('"***"');
  expect(masks.hide(Buffer.from('password').toString('base64'))).toBe('***');
  expect(masks.hides('nothing here')).toBe(false);
});

// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrixinclude
test('include and exclude work as in GitHub’s own example', () => {
  const combinations = expandMatrix({
    fruit: ['apple', 'pear'],
    animal: ['cat', 'dog'],
    include: [
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ],
  });
  expect(combinations).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'pear', animal: 'dog', color: 'green' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ]);
  expect(expandMatrix({ os: ['a', 'b'], v: [1, 2], exclude: [{ os: 'a', v: 1 }, { os: 'b' }] })).toEqual([
    { os: 'a', v: 2 },
  ]);
  expect(expandMatrix({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
  expect(suffixOf({ os: 'a', v: { n: 1 } })).toBe('a, 1');
  expect(() => expandMatrix({ os: [] })).toThrow("'os'");
});

test.each([
  ['./a/b/', { kind: 'local', path: 'a/b' }],
  ['$/.github/workflows/x.yml', { kind: 'self', path: '.github/workflows/x.yml' }],
  ['$/', { kind: 'self', path: '' }],
  ['o/r@v1', { kind: 'remote', repository: 'o/r', path: '', ref: 'v1' }],
  ['o/r/a/b@main', { kind: 'remote', repository: 'o/r', path: 'a/b', ref: 'main' }],
])('%s is understood', (uses, reference) => {
  expect(parseReference(uses)).toEqual(reference);
});

test.each(['$/a@v1', 'o/r', 'o@v1', 'docker://x', 'o/r@', 'o/r@a@b'])('%s is refused', (uses) => {
  expect(parseReference(uses)).toMatchObject({ kind: 'wrong', why: expect.stringContaining(uses) });
});

test('workflow commands carry properties, escapes and nothing that only looks like one', () => {
  const commands = new WorkflowCommands();
  expect(commands.read('::error file=a%2Cb.ts,line=7,title=T%3A::m%0An')).toMatchObject({
    kind: 'annotation',
    level: 'error',
    message: 'm\nn',
    file: 'a,b.ts',
    line: 7,
    title: 'T:',
  });
  expect(commands.read('  ::notice::n')).toMatchObject({ kind: 'annotation', level: 'notice' });
  expect(commands.read('text ::error::no')).toEqual({ kind: 'text', text: 'text ::error::no' });
  expect(commands.read('::unknown::x')).toEqual({ kind: 'text', text: '::unknown::x' });
  expect(commands.read('::set-output name=a::b')).toMatchObject({ kind: 'rejected' });
  expect(commands.read('::stop-commands::end')).toEqual({ kind: 'hidden' });
  expect(commands.read('::add-mask::x')).toEqual({ kind: 'text', text: '::add-mask::x' });
  expect(commands.read('::end::')).toEqual({ kind: 'hidden' });
  expect(commands.read('::add-mask::x')).toEqual({ kind: 'mask', secret: 'x' });
});

test('a lane takes a hundred waiters and turns the next one away', async () => {
  const lanes = new Lanes();
  const enter = () => {
    const stop = new AbortController();
    const cancel = (why: string) => stop.abort(new Error(why));
    const request = { group: 'Prod', cancelInProgress: false, queue: 'max' as const, cancel };
    return lanes.enter(request, stop.signal);
  };
  const first = await enter();
  const order: number[] = [];
  const waiting = Array.from({ length: 100 }, (_, index) =>
    enter().then((lane) => {
      order.push(index);
      lane.leave();
    }),
  );
  await expect(enter()).rejects.toThrow('queue-full');
  expect(lanes.pending('prod')).toBe(100);
  first.leave();
  first.leave();
  await Promise.all(waiting);
  expect(order).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(lanes.isHeld('PROD')).toBe(false);
});
