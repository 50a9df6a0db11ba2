import { globSync } from 'node:fs';
import type { FakeGitHub } from '../github/fake-github.ts';
import type { CallerRepository, Start } from './caller-repository.ts';
import type { WatchedRun } from './watched-run.ts';

/** What would do something wherever it is taken for more than text. */
export const TEXTS: readonly string[] = [
  '$(touch pwned)',
  '`touch pwned`',
  '"; touch pwned; \'',
  '& touch pwned & type nul > pwned.txt',
  '| touch pwned',
  '$\\{IFS}&&touch pwned',
  '::set-output name=version::6.6.6',
  '::error::forged annotation',
  '%0A::error::forged annotation',
  '\r::error::forged annotation',
  '::add-mask::production',
  '::stop-commands::forever',
  '##[error]forged line',
  '##[add-path]/nowhere',
  'version<<END',
  '6.6.6',
  'END',
  '${{ secrets.KEY }}',
  '${{ github.token }}',
  "${{ format('{0}', secrets.KEY) }}",
  '| cell | cell |',
  '<img src=x onerror=alert(1)>',
  '</details><h1>big</h1>',
  '</code></pre><script>alert(1)</script>',
  '<!-- airlock-answer: 1 -->',
  '![x](https://evil.test/x.png)',
  '[y](javascript:alert(1))',
  '**bold** __bold__ @everyone #1',
  '\u202egnihton\u2066',
  '__proto__',
];

/** The same, as far as git takes it in the name of a branch or tag: no spaces, no colons. */
export const NAMES: readonly string[] = [
  '`touch${IFS}pwned`',
  '$(touch${IFS}pwned)',
  ';touch$IFS`pwned`',
  "';touch${IFS}pwned;'",
  '"<img/src=x/onerror=alert(1)>',
  '|__b__',
  '&&touch${IFS}pwned',
  '${{secrets.KEY}}',
  '%0Aversion=6.6.6',
  '</code><h1>big</h1>',
];

/** What somebody may call themselves, were GitHub to allow it. */
export const LOGINS: readonly string[] = [
  'mallory<img src=x>',
  '$(touch pwned)',
  '`touch pwned`',
  '|**b**',
  '::error::forged annotation',
];

/** All of them at once: each is tried with the others around it. */
const TEXT = TEXTS.join('\n');
const NAME = `x${NAMES.join('')}`;
const ACTOR = LOGINS.join('');
/** A command is one line, and has nothing in it that nobody can see. */
const IN_LINES = TEXTS.filter((text) => !/[\r\u202e\u2066]/.test(text));

/** One run that strings were put through. */
export interface Attempt {
  readonly run: WatchedRun;
  readonly conclusion: string;
  /** How many strings, counted once for each place that they stood in. */
  readonly strings: number;
}

/** The workflow that the command of a comment needs in the caller's repository. */
export const COMMAND_CALLER = {
  '.github/workflows/command.yml': `on: { issue_comment: { types: [created] } }
permissions: {}
jobs:
  airlock:
    uses: airlock-actions/airlock/.github/workflows/command.yml@v1
    permissions: { actions: write, contents: read, deployments: write, issues: write, pull-requests: write }
`,
};

type Caller = Pick<CallerRepository, 'commit' | 'git' | 'start' | 'root' | 'name'>;

async function attempt(caller: Caller, start: Start, strings: number): Promise<Attempt> {
  const run = await caller.start({ actor: ACTOR, ...start });
  return { run, conclusion: (await run.done).conclusion, strings: strings + LOGINS.length };
}

/** In the names of a branch and of a tag, and in a commit's message. */
export async function byBranch(caller: Caller): Promise<Attempt> {
  await caller.git('checkout', '--quiet', '-b', NAME);
  await caller.commit(TEXT, { 'behaviour.json': '{ }' });
  await caller.git('tag', NAME);
  await caller.git('tag', 'v1.0.0');
  // By hand, the last environment takes only what is merged.
  await caller.git('branch', '--force', 'main', 'HEAD');
  const start = { event: 'workflow_dispatch', ref: `refs/heads/${NAME}` };
  return attempt(caller, start, 2 * NAMES.length + TEXTS.length);
}

/** A run that a tag of such a name starts. */
export const byTag = (caller: Caller): Promise<Attempt> =>
  attempt(
    caller,
    { ref: `refs/tags/${NAME}`, payload: { head_commit: { message: TEXT } } },
    NAMES.length + TEXTS.length,
  );

/** In the inputs of a workflow that somebody starts by hand, each with all of them. */
export const byHand = (
  caller: Caller,
  workflowPath: string,
  inputs: Readonly<Record<string, string>>,
  hostile: readonly string[],
): Promise<Attempt> =>
  attempt(
    caller,
    {
      workflowPath,
      event: 'workflow_dispatch',
      inputs: { ...inputs, ...Object.fromEntries(hostile.map((name) => [name, TEXT])) },
    },
    hostile.length * TEXTS.length,
  );

/**
 * In an issue's title, and in comments that command a lock, with a reason and lines for people below.
 *
 * @param by somebody with write access
 */
export async function byComment(
  caller: Caller,
  github: Pick<FakeGitHub, 'apiUrl' | 'mintUserToken'>,
  by: string,
): Promise<readonly Attempt[]> {
  const post = async (path: string, body: object): Promise<{ readonly number: number }> => {
    const answer = await fetch(`${github.apiUrl}/repos/${caller.name}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${github.mintUserToken(by)}` },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { number: number };
  };
  const issue = await post('/issues', { title: IN_LINES.join(' '), body: TEXT });
  const half = Math.ceil(IN_LINES.length / 2);
  const attempts: Attempt[] = [];
  for (const lines of [IN_LINES.slice(0, half), IN_LINES.slice(half)]) {
    const body = `/lock production ${lines.join(' ')}\n\n${TEXT}`;
    const comment = await post(`/issues/${issue.number}/comments`, { body });
    attempts.push(
      await attempt(
        caller,
        {
          workflowPath: '.github/workflows/command.yml',
          event: 'issue_comment',
          payload: { action: 'created', issue, comment },
        },
        IN_LINES.length + lines.length + TEXTS.length,
      ),
    );
  }
  return attempts;
}

/** What a run did that text does not do; empty for none. */
export async function harmBy({ run }: Attempt, { root }: Pick<Caller, 'root'>): Promise<readonly string[]> {
  const files = globSync(['**/pwned*', '**/.*/**/pwned*'], { cwd: root });
  const annotations = run.events.filter((event) => event.type === 'annotation');
  const forged = annotations.filter(({ message }) => /^forged/.test(message));
  const markup = run
    .summaries()
    // What stands in code, or behind a backslash, is shown as it is.
    .replaceAll(/<(code|pre)>[^<]*<\/\1>/g, '')
    .replaceAll(/```mermaid\n[\s\S]*?```/g, '')
    .replaceAll(/\\[\s\S]/g, '');
  const found =
    markup.match(
      /<img|<h1|<script|<\/details><h1|\]\(javascript|!\[x\]|__b__|__bold__|\*\*b\*\*|\*\*bold\*\*/g,
    ) ?? [];
  const drawn = [...run.summaries().matchAll(/```mermaid\n([\s\S]*?)```/g)].filter(([, diagram = '']) =>
    /<img|`/.test(diagram),
  );
  return [
    ...files.map((file) => `a command was run: ${file}`),
    ...forged.map(({ message }) => `an annotation was forged: ${message}`),
    ...(await run.done).jobs
      .flatMap(({ outputs }) => Object.entries(outputs))
      // A reason may stand in an output as the text that it is.
      .filter(([, value]) => value.trim() === '6.6.6')
      .map(([name]) => `an output was forged: ${name}`),
    ...found.map((one) => `it is markup in a summary: ${one}`),
    ...drawn.map(() => 'it is markup in a diagram'),
    ...(run.text().includes(KEY) ? ['a secret was told'] : []),
  ];
}

/** The secret `KEY` of the repository that is attacked. */
export const KEY = 'a-secret-of-the-repository';
