import { expect, test, vi } from 'vitest';
import { NETWORK } from '../../../rehearsal/executor/contexts.ts';
import { byJob, outputsOf, scene } from './scene.ts';

const job = (steps: string, extra = '') =>
  `on: push\njobs:\n  one:\n    runs-on: x\n${extra}    steps:\n${steps}`;

test('what a step writes to its files reaches the steps behind it and the outputs of the job', async () => {
  const it = scene({
    'ci.yml': job(
      `
      - id: write
        run: |
          mkdir -p tools && printf '#!/bin/sh\\necho from tools' > tools/mine && chmod +x tools/mine
          echo "PWD/tools" | sed "s|PWD|$PWD|" >> "$GITHUB_PATH"
          echo "COLOUR=blue" >> "$GITHUB_ENV"
          echo "GITHUB_SHA=forged" >> "$GITHUB_ENV"
          { echo 'text<<d3l1m'; echo one; echo 'two=2'; echo d3l1m; } >> "$GITHUB_OUTPUT"
          echo '# Title' >> "$GITHUB_STEP_SUMMARY"
      - id: read
        env: { COLOUR2: '\${{ env.COLOUR }}-\${{ env.SHAPE }}' }
        run: |
          mine
          echo "$COLOUR2 $COLOUR $SHAPE $GITHUB_SHA"
`,
      `    env: { SHAPE: round }\n    outputs: { text: '\${{ steps.write.outputs.text }}' }\n`,
    ),
  });
  const result = await it.run();
  expect(it.lines('one')).toEqual(expect.arrayContaining(['from tools', `blue-round blue round ${it.sha}`]));
  expect(outputsOf(result, 'one')).toEqual({ text: 'one\ntwo=2' });
  expect(it.events.find((event) => event.type === 'summary')).toMatchObject({ markdown: '# Title\n' });
});

test('a step that writes nonsense to its files, or takes NODE_OPTIONS, fails', async () => {
  const it = scene({
    'ci.yml': job(`
      - { id: nonsense, continue-on-error: true, run: 'echo nonsense >> "$GITHUB_OUTPUT"' }
      - { id: open, continue-on-error: true, run: 'echo "a<<END" >> "$GITHUB_OUTPUT"' }
      - { id: node, continue-on-error: true, run: 'echo "NODE_OPTIONS=--x" >> "$GITHUB_ENV"' }
      - { id: summary, continue-on-error: true, run: 'head -c 1048577 /dev/zero > "$GITHUB_STEP_SUMMARY"' }
      - { id: see, run: 'echo \${{ steps.nonsense.outcome }} \${{ steps.open.outcome }} \${{ steps.node.outcome }} \${{ steps.summary.outcome }} "[$NODE_OPTIONS]"' }
`),
  });
  await it.run();
  expect(it.lines('one')).toContain('failure failure failure failure []');
});

test('a step sees the runner’s variables and nothing else of this machine', async () => {
  vi.stubEnv('SECRET_OF_THIS_MACHINE', 'leak');
  for (const name of NETWORK) vi.stubEnv(name, undefined);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', '/company.pem');
  const it = scene({
    'ci.yml': job(`
      - id: env
        env: { MINE: yes }
        run: env | cut -d= -f1 | sort | tr '\\n' ' '
      - run: echo "$CI|$GITHUB_REPOSITORY|$GITHUB_REF_NAME|$GITHUB_REF_TYPE|$GITHUB_ACTOR|$GITHUB_RUN_ATTEMPT|$RUNNER_OS|$GITHUB_JOB|$GITHUB_ACTION|$GITHUB_WORKFLOW_REF"
      - run: test "$PWD" = "$GITHUB_WORKSPACE" && test -d "$RUNNER_TEMP" && test -d "$HOME/caller" && grep -q hello "$GITHUB_EVENT_PATH"
`),
  });
  const result = await it.run({ home: it.root });
  vi.unstubAllEnvs();
  expect(result.conclusion).toBe('success');
  const names = it.lines('one').find((line) => line.includes('GITHUB_OUTPUT ')) ?? '';
  expect(names.split(' ').filter((name) => !/^(GITHUB_|RUNNER_|$)/.test(name))).toEqual(
    ['CI', 'HOME', 'MINE', 'NODE_EXTRA_CA_CERTS', 'PATH', 'PWD', 'SHLVL', '_'].filter((name) =>
      names.split(' ').includes(name),
    ),
  );
  expect(names).toContain('MINE');
  expect(names).toContain('NODE_EXTRA_CA_CERTS');
  expect(it.lines('one')).toContain(
    'true|octo/shop|main|branch|mona|1|Linux|one|2|octo/shop/.github/workflows/ci.yml@refs/heads/main',
  );
});

test('each shell fails as GitHub’s does', async () => {
  const it = scene({
    'ci.yml': job(
      `
      - { id: unnamed, continue-on-error: true, run: 'false | true' }
      - { id: named, continue-on-error: true, shell: bash, run: 'false | true' }
      - { id: stops, continue-on-error: true, run: "false\\necho not here" }
      - { id: posix, continue-on-error: true, shell: sh, run: "false\\necho not here" }
      - { id: own, shell: 'cat {0}', run: 'printed as it stands' }
      - { id: folder, working-directory: sub, run: 'basename "$PWD"' }
      - run: echo \${{ steps.unnamed.outcome }} \${{ steps.named.outcome }} \${{ steps.stops.outcome }} \${{ steps.posix.outcome }}
`.replace(
        '      - { id: unnamed',
        "      - { run: mkdir sub base, working-directory: '.' }\n      - { id: unnamed",
      ),
    ),
  });
  await it.run();
  expect(it.lines('one')).toEqual(
    expect.arrayContaining(['success failure failure failure', 'printed as it stands', 'sub']),
  );
  expect(it.lines('one').filter((line) => line === 'not here')).toEqual([]);
});

test('defaults of the job come before defaults of the workflow', async () => {
  const it = scene({
    'ci.yml': `
on: push
defaults: { run: { shell: sh, working-directory: above } }
jobs:
  one:
    runs-on: x
    defaults: { run: { working-directory: inside } }
    steps:
      - { run: 'mkdir inside above', working-directory: . }
      - run: basename "$PWD"; echo "shell \${BASH_VERSION:-plain}"
`,
  });
  const result = await it.run();
  expect(result.conclusion).toBe('success');
  expect(it.lines('one')).toContain('inside');
  expect(it.lines('one')).toContain('shell: sh -e {0}');
});

test('secrets are hidden wherever they come out, and an output that holds one is left out', async () => {
  const it = scene({
    'ci.yml': job(
      `
      - env: { KEY: '\${{ secrets.KEY }}' }
        run: |
          echo "key is $KEY"
          echo "::warning file=a.ts,line=3::$KEY here"
          echo "$KEY" >> "$GITHUB_STEP_SUMMARY"
          echo "token \${{ github.token }}"
          echo "same \${{ secrets.GITHUB_TOKEN == github.token }}"
      - id: out
        run: |
          part="made"
          echo "::add-mask::$part-up"
          echo "now $part-up"
          echo "hidden=x-$part-up" >> "$GITHUB_OUTPUT"
          echo "open=fine" >> "$GITHUB_OUTPUT"
`,
      `    outputs: { hidden: '\${{ steps.out.outputs.hidden }}', open: '\${{ steps.out.outputs.open }}' }\n`,
    ),
  });
  const result = await it.run({ secrets: { KEY: 'first line\nsecond line' } });
  const told = JSON.stringify(it.events);
  for (const secret of ['first line', 'second line', 'made-up', it.service.minted[0]?.token ?? 'first'])
    expect(told.includes(secret), secret).toBe(false);
  expect(it.lines('one')).toEqual(
    expect.arrayContaining(['key is ***', 'now ***', 'token ***', 'same true']),
  );
  expect(outputsOf(result, 'one')).toEqual({ open: 'fine' });
  const warnings = it.events.filter((event) => event.type === 'annotation' && event.level === 'warning');
  expect(warnings).toEqual([
    expect.objectContaining({ message: '***', file: 'a.ts', line: 3 }),
    expect.objectContaining({ message: "Skip output 'hidden' since it may contain secret." }),
  ]);
});

test('commands are read until a step stops them, and ten annotations of a kind are kept', async () => {
  const it = scene({
    'ci.yml': job(`
      - run: |
          echo "::group::Title"
          echo "::endgroup::"
          echo "::debug::quiet"
          echo "::stop-commands::t0k3n"
          echo "::error::only text"
          echo "::t0k3n::"
          echo "::error title=T::50%25 of%0Alines"
          for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "::notice::n$i"; done
`),
  });
  await it.run();
  const annotations = it.events.flatMap((event) => (event.type === 'annotation' ? [event] : []));
  expect(annotations.filter((event) => event.level === 'error').map((event) => event.message)).toEqual([
    '50% of\nlines',
  ]);
  expect(annotations.filter((event) => event.level === 'notice')).toHaveLength(10);
  expect(it.lines('one')).toEqual(expect.arrayContaining(['##[group]Title', '::error::only text']));
  expect(it.lines('one').filter((line) => line.includes('quiet') && line.startsWith('##'))).toEqual([]);
});

test('a step out of time fails with its name, and can be forgiven', async () => {
  const it = scene({
    'ci.yml': job(`
      - { id: slow, name: slow one, timeout-minutes: 1, continue-on-error: true, run: 'sleep 30' }
      - { run: 'echo outcome \${{ steps.slow.outcome }}' }
`),
  });
  const result = await it.run({ minuteMs: 150 });
  expect(byJob(result)).toEqual({ one: 'success' });
  expect(it.lines('one')).toContain('outcome failure');
  expect(it.lines('one')).toContain("##[error]The action 'slow one' has timed out after 1 minutes.");
});

test('a job out of time is cancelled, and what always runs still runs', async () => {
  const it = scene({
    'ci.yml': job(
      `
      - { id: slow, run: 'sleep 30' }
      - { id: never, run: 'true' }
      - { id: tidy, if: always(), run: 'true' }
`,
      '    timeout-minutes: 1\n',
    ),
  });
  const result = await it.run({ minuteMs: 300 });
  expect(byJob(result)).toEqual({ one: 'cancelled' });
  expect(it.steps('one')).toEqual({
    'main slow': 'cancelled',
    'main never': 'skipped',
    'main tidy': 'success',
  });
});

test('hashFiles, format and functions on JSON answer inside steps', async () => {
  const it = scene({
    'ci.yml': job(`
      - run: mkdir a && echo 1 > a/x.txt && echo 2 > a/y.txt
      - id: a
        run: echo "\${{ hashFiles('a/*.txt') }} \${{ hashFiles('none/**') }}|\${{ fromJSON('{"a":[1,2]}').a[1] }}|\${{ toJSON(github.event.head_commit.message) }}"
`),
  });
  await it.run();
  expect(it.lines('one').some((line) => /^[0-9a-f]{64} \|2\|hello$/.test(line))).toBe(true);
});

test('an expression that fails at its turn fails the step and not the executor', async () => {
  const it = scene({ 'ci.yml': job(`      - { id: bad, run: "echo \${{ fromJSON('{') }}" }\n`) });
  expect(byJob(await it.run())).toEqual({ one: 'failure' });
});

test('debug lines are shown when the repository asks for them', async () => {
  const it = scene({ 'ci.yml': job(`      - run: echo "::debug::why"; echo "debug $RUNNER_DEBUG"\n`) });
  await it.run({ variables: { ACTIONS_STEP_DEBUG: 'true' } });
  expect(it.lines('one')).toEqual(expect.arrayContaining(['##[debug]why', 'debug 1']));
});

test('an environment’s address that holds a secret is dropped', async () => {
  const it = scene({
    'ci.yml': job(
      `      - run: 'true'\n`,
      `    environment: { name: dev, url: 'https://x/\${{ secrets.KEY }}' }\n`,
    )
      .replace('secrets.KEY', 'env.KEY')
      .replace('on: push', `on: push\nenv: { KEY: '\${{ secrets.KEY }}' }`),
  });
  const result = await it.run({ environmentSecrets: { dev: { KEY: 'h1dden' } } });
  expect(result.jobs).toEqual([{ id: 'one', conclusion: 'success', outputs: {} }]);
  expect(it.events).toContainEqual(
    expect.objectContaining({ type: 'annotation', message: expect.stringContaining('environment url') }),
  );
});

test('a command that this executor does not take fails the step by name', async () => {
  const it = scene({ 'ci.yml': job(`      - run: echo "::set-output name=a::b"\n`) });
  expect(byJob(await it.run())).toEqual({ one: 'failure' });
  expect(it.lines('one').join('\n')).toContain('::set-output::');
});
