import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunEvent } from '../../../rehearsal/executor/events.ts';
import { type Attempt, harmBy, KEY, LOGINS, NAMES, TEXTS } from '../../../rehearsal/world/injections.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'airlock-injections-'));
});
afterEach(() => rm(root, { recursive: true }));

interface Told {
  readonly summary?: string;
  readonly text?: string;
  readonly annotation?: string;
  readonly outputs?: Readonly<Record<string, string>>;
}

const attempt = ({ summary = '', text = '', annotation, outputs = {} }: Told): Attempt => {
  const at = new Date();
  const events: RunEvent[] =
    annotation === undefined
      ? []
      : [{ at, runId: 1, type: 'annotation', job: 'j', level: 'error', message: annotation }];
  const job = { id: 'j', conclusion: 'success' as const, outputs };
  const done = Promise.resolve({ id: 1, attempt: 1, conclusion: 'success' as const, jobs: [job] });
  const run = { events, done, summaries: () => summary, text: () => text } as unknown as Attempt['run'];
  return { run, conclusion: 'success', strings: 1 };
};

it.each<[string, Told]>([
  ['an annotation that a text made', { annotation: 'forged annotation' }],
  ['an output that a text made', { outputs: { version: '6.6.6' } }],
  ['an element', { summary: '| <img src=x> |' }],
  ['a headline', { summary: '</details><h1>big</h1>' }],
  ['a script', { summary: '</code></pre><script>alert(1)</script>' }],
  ['a link that runs', { summary: '[y](javascript:alert(1))' }],
  ['an image of elsewhere', { summary: '![x](https://evil.test/x.png)' }],
  ['a diagram with markup', { summary: '```mermaid\nflowchart\n a["<img src=x>"]\n```' }],
  ['a secret', { text: `the key is ${KEY}` }],
])('%s is harm', async (_what, told) => {
  expect(await harmBy(attempt(told), { root })).toHaveLength(1);
});

it('a command that was run is harm, wherever it was', async () => {
  await writeFile(join(root, 'pwned'), '');
  expect(await harmBy(attempt({}), { root })).toEqual(['a command was run: pwned']);
});

it('the same as text is none', async () => {
  const told = {
    summary: '<code>&lt;img src=x&gt;</code> \\*\\*b\\*\\*',
    text: [...TEXTS, ...NAMES, ...LOGINS].join('\n'),
    annotation: 'Somebody wrote: ::error::forged annotation',
    outputs: { holds: JSON.stringify([{ reason: TEXTS.join(' ') }]) },
  };
  expect(await harmBy(attempt(told), { root })).toEqual([]);
});
