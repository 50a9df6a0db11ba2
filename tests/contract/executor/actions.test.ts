import { expect, test } from 'vitest';
import { byJob, type Files, outputsOf, scene } from './scene.ts';

/** A node action with pre, main and post that says what it sees. */
const node = (name: string, runs = ''): Files => ({
  [`actions/${name}/action.yml`]: `
name: ${name}
description: ${name}
inputs:
  word: { description: w, default: 'ref \${{ github.ref_name }}' }
  'two words': { description: w, default: 'tw' }
runs: { using: node24, pre: pre.mjs, main: main.mjs, post: post.mjs${runs} }
`,
  [`actions/${name}/pre.mjs`]: say(name, 'pre'),
  [`actions/${name}/main.mjs`]: `${say(name, 'main')}if (process.env.INPUT_WORD === 'fail') process.exit(4);`,
  [`actions/${name}/post.mjs`]: say(name, 'post'),
});

const say = (name: string, stage: string): string => `
import { appendFileSync } from 'node:fs';
appendFileSync(process.env.GITHUB_STATE, 'seen=' + (process.env.STATE_seen ?? '') + '${stage}.\\n');
appendFileSync(process.env.GITHUB_OUTPUT, 'stage=${stage}\\n');
console.log(['said', '${name}', '${stage}', process.env.INPUT_WORD, process.env['INPUT_TWO_WORDS'], process.env.STATE_seen ?? ''].join('|'));
`;

const workflow = (steps: string): Files => ({
  'ci.yml': `on: push\njobs:\n  one:\n    runs-on: x\n    outputs: { out: '\${{ steps.out.outputs.out }}', missing: '\${{ steps.out.outputs.inner }}' }\n    steps:\n${steps}`,
});

const said = (lines: readonly string[]) => lines.filter((line) => line.startsWith('said|'));

test('pre runs first, post last and in reverse, each with what the stages before it saved', async () => {
  const it = scene(
    workflow(`
      - run: echo "said|run"
      - { uses: owner/airlock/actions/a@v1, with: { word: hi } }
      - { uses: owner/airlock/actions/b@v1, with: { WORD: fail }, continue-on-error: true }
      - { uses: owner/airlock/actions/c@v1, if: false }
`),
    { ...node('a'), ...node('b'), ...node('c') },
  );
  const result = await it.run();
  expect(said(it.lines('one'))).toEqual([
    'said|a|pre|hi|tw|',
    'said|b|pre|fail|tw|',
    'said|c|pre|ref main|tw|',
    'said|run',
    'said|a|main|hi|tw|pre.',
    'said|b|main|fail|tw|pre.',
    'said|b|post|fail|tw|pre.main.',
    'said|a|post|hi|tw|pre.main.',
  ]);
  expect(byJob(result)).toEqual({ one: 'success' });
  expect(it.steps('one')).toMatchObject({ 'pre 2': 'success', 'main 3': 'success', 'post 2': 'success' });
});

test('pre-if and post-if decide by the job as it stands then', async () => {
  const it = scene(
    workflow(`
      - uses: owner/airlock/actions/a@v1
      - uses: owner/airlock/actions/b@v1
      - run: exit 1
`),
    { ...node('a', ', pre-if: failure(), post-if: failure()'), ...node('b', ', post-if: success()') },
  );
  await it.run();
  expect(said(it.lines('one')).map((line) => line.split('|').slice(1, 3).join(' '))).toEqual([
    'b pre',
    'a main',
    'b main',
    'a post',
  ]);
});

const COMPOSITE: Files = {
  ...node('a'),
  'actions/outer/action.yml': `
name: outer
description: outer
inputs: { who: { description: w, default: nobody }, break: { description: b, default: 'false' } }
outputs:
  out: { description: o, value: '\${{ steps.inner.outputs.back }}/\${{ steps.last.outcome }}' }
runs:
  using: composite
  steps:
    - { id: inner, uses: $/actions/inner, with: { who: '\${{ inputs.who }}!' } }
    - { id: breaks, shell: bash, run: 'test \${{ inputs.break }} = false', env: { OWN: '1' } }
    - { id: skipped, shell: bash, run: 'echo "said|not after a failure"' }
    - { id: last, if: always(), shell: bash, run: 'echo "said|last $GIVEN [$OWN] $(basename "$GITHUB_ACTION_PATH") \${{ inputs.who }}"' }
    - { id: rescue, if: failure(), shell: bash, run: 'echo "said|rescue"' }
`,
  'actions/inner/action.yml': `
name: inner
description: inner
inputs: { who: { description: w } }
outputs: { back: { description: b, value: '\${{ steps.say.outputs.back }}' } }
runs:
  using: composite
  steps:
    - { id: say, shell: bash, run: 'echo "back=\${{ inputs.who }} $(basename "$GITHUB_ACTION_PATH")" >> "$GITHUB_OUTPUT"' }
    - { uses: $/actions/a, with: { word: inner } }
`,
};

test('a composite action hands on inputs, outputs and env, and its parts run their pre and post', async () => {
  const it = scene(
    workflow(`
      - { id: out, uses: owner/airlock/actions/outer@v1, with: { who: mona }, env: { GIVEN: given } }
      - run: echo "said|inside is hidden [\${{ steps.inner.outputs.back }}]"
`),
    COMPOSITE,
  );
  const result = await it.run();
  expect(said(it.lines('one'))).toEqual([
    'said|a|pre|inner|tw|',
    'said|a|main|inner|tw|pre.',
    'said|not after a failure',
    'said|last given [] outer mona',
    'said|inside is hidden []',
    'said|a|post|inner|tw|pre.main.',
  ]);
  expect(outputsOf(result, 'one')).toEqual({ out: 'mona! inner/success' });
  expect(it.steps('one')).toMatchObject({ 'main out.inner.say': 'success', 'post out.inner.2': 'success' });
});

test('inside a composite action success() and failure() look at the action alone', async () => {
  const it = scene(
    workflow(`
      - run: exit 1
      - { id: out, if: always(), uses: owner/airlock/actions/outer@v1 }
      - { if: always(), continue-on-error: true, uses: owner/airlock/actions/outer@v1, with: { break: 'true' } }
`),
    COMPOSITE,
  );
  const result = await it.run();
  expect(said(it.lines('one')).filter((line) => !line.startsWith('said|a|'))).toEqual([
    'said|not after a failure',
    'said|last  [] outer nobody',
    'said|last  [] outer nobody',
    'said|rescue',
  ]);
  expect(outputsOf(result, 'one')).toEqual({ out: 'nobody! inner/success' });
  expect(it.steps('one')).toMatchObject({ 'main 3': 'success', 'main 3.breaks': 'failure' });
});

test('./ is the workspace as the job left it, and $/ in it is the caller’s repository', async () => {
  const it = scene({
    ...workflow(`
      - { id: early, continue-on-error: true, uses: ./made }
      - run: |
          mkdir made && cat > made/action.yml <<'END'
          name: made
          description: by a step
          runs: { using: composite, steps: [{ uses: $/kept }] }
          END
      - uses: ./made
`),
    'kept/action.yml':
      'name: kept\ndescription: k\nruns: { using: composite, steps: [{ run: echo "said|kept", shell: bash }] }\n',
  });
  const result = await it.run();
  expect(said(it.lines('one'))).toEqual(['said|kept']);
  expect(byJob(result)).toEqual({ one: 'success' });
  expect(it.lines('one').join('\n')).toContain('Did you forget to run actions/checkout');
});

test('an input that the action does not declare is warned about', async () => {
  const it = scene(workflow(`      - { uses: owner/airlock/actions/a@v1, with: { wrod: hi } }\n`), node('a'));
  await it.run();
  expect(it.events).toContainEqual(
    expect.objectContaining({
      type: 'annotation',
      level: 'warning',
      message: "Unexpected input(s) 'wrod', valid inputs are ['word', 'two words']",
    }),
  );
});
