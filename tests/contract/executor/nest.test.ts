import { expect, test } from 'vitest';
import { byJob, outputsOf, scene } from './scene.ts';

const SUITE = {
  '.github/workflows/pipeline.yml': `
name: pipeline
on:
  workflow_call:
    inputs:
      app: { type: string, required: true }
      loud: { type: boolean, default: false }
      count: { type: number, default: 3 }
    outputs:
      said: { value: '\${{ jobs.stage.outputs.said }}' }
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs:
      file: \${{ steps.where.outputs.file }}
    steps:
      - id: where
        run: echo "file=\${{ job.workflow_repository }}:\${{ job.workflow_file_path }}@\${{ job.workflow_ref }}" >> "$GITHUB_OUTPUT"
  stage:
    needs: plan
    uses: $/.github/workflows/stage.yml
    with:
      greeting: \${{ inputs.app }}-\${{ inputs.loud }}-\${{ inputs.count }}
`,
  '.github/workflows/stage.yml': `
on:
  workflow_call:
    inputs:
      greeting: { type: string }
    outputs:
      said: { value: '\${{ jobs.speak.outputs.said }}' }
jobs:
  speak:
    runs-on: ubuntu-latest
    outputs:
      said: \${{ steps.speak.outputs.said }}
    steps:
      - uses: actions/checkout@v4
      - id: speak
        uses: $/actions/speak
        with: { word: '\${{ inputs.greeting }}' }
      - uses: ./local
`,
  'actions/speak/action.yml': `
name: speak
description: says a word
inputs:
  word: { description: w, required: true }
  tail: { description: t, default: '!' }
outputs:
  said: { description: s }
runs:
  using: node24
  main: main.mjs
`,
  'actions/speak/main.mjs': `
import { appendFileSync } from 'node:fs';
appendFileSync(process.env.GITHUB_OUTPUT, 'said<<X1\\n' + process.env.INPUT_WORD + process.env.INPUT_TAIL + '\\nX1\\n');
`,
};

const CALLER = {
  'ci.yml': `
on: push
jobs:
  ship:
    uses: owner/airlock/.github/workflows/pipeline.yml@v1
    with: { app: shop }
  after:
    needs: ship
    runs-on: ubuntu-latest
    outputs: { got: '\${{ needs.ship.outputs.said }}' }
    steps: [{ run: 'echo got \${{ needs.ship.outputs.said }}' }]
`,
  'local/action.yml': `
name: local
description: of the caller
runs:
  using: composite
  steps:
    - run: echo from the caller
      shell: bash
`,
};

test('a caller in another repository reaches workflows and actions of the suite through $/', async () => {
  const it = scene(CALLER, SUITE);
  const result = await it.run();
  expect(it.lines('ship / stage / speak')).toContain('from the caller');
  expect(byJob(result)).toEqual({
    'ship / plan': 'success',
    'ship / stage / speak': 'success',
    after: 'success',
  });
  expect(outputsOf(result, 'after')).toEqual({ got: 'shop-false-3!' });
  expect(outputsOf(result, 'ship / plan')).toEqual({
    file: 'owner/airlock:.github/workflows/pipeline.yml@owner/airlock/.github/workflows/pipeline.yml@refs/tags/v1',
  });
  expect(result.conclusion).toBe('success');
  const started = it.events.find((event) => event.type === 'run-started');
  expect(started?.type === 'run-started' && started.jobs).toEqual([
    { id: 'ship / plan', name: 'ship / plan', needs: [] },
    { id: 'ship / stage / speak', name: 'ship / stage / speak', needs: ['ship / plan'] },
    { id: 'after', name: 'after', needs: ['ship / plan', 'ship / stage / speak'] },
  ]);
  expect(it.service.valid.size).toBe(0);
});

const callee = (permissions: string, extra = '') => `
on: workflow_call
jobs:
  inner:
    if: false
    permissions: ${permissions}
${extra}    runs-on: x
    steps: [{ run: 'true' }]
`;

test.each([
  [
    'more than the caller names',
    '{ contents: read }',
    '{ contents: read, deployments: write }',
    'deployments: write',
  ],
  ['a higher level', '{ deployments: read }', '{ deployments: write }', 'deployments: write'],
  ['everything', '{ contents: write }', 'write-all', 'actions: write'],
])('a nested job that asks for %s stops the run before any job', async (_what, given, asked, named) => {
  const it = scene(
    {
      'ci.yml': `
on: push
permissions: { contents: write, deployments: write, issues: write }
jobs:
  first: { runs-on: x, steps: [{ run: 'true' }] }
  call: { permissions: ${given}, uses: owner/airlock/.github/workflows/a.yml@v1 }
`,
    },
    {
      '.github/workflows/a.yml': 'on: workflow_call\njobs: { b: { uses: $/.github/workflows/b.yml } }\n',
      '.github/workflows/b.yml': callee(asked),
    },
  );
  const result = await it.run();
  expect(result.conclusion).toBe('failure');
  expect(result.jobs).toEqual([]);
  expect(result.startupFailure).toContain("nested job 'inner' is requesting");
  expect(result.startupFailure).toContain(named);
  expect(it.service.minted).toEqual([]);
  expect(it.events.map((event) => event.type)).toEqual(['run-started', 'run-ended']);
});

test('each job’s token has its own permissions, those of the caller as its ceiling, and dies with the job', async () => {
  const it = scene(
    {
      'ci.yml': `
on: push
jobs:
  plain: { runs-on: x, steps: [{ run: 'true' }] }
  named: { permissions: { issues: write }, runs-on: x, steps: [{ run: 'true' }] }
  none: { permissions: {}, runs-on: x, steps: [{ run: 'true' }] }
  call: { permissions: { contents: read, deployments: write }, uses: owner/airlock/.github/workflows/a.yml@v1 }
`,
    },
    {
      '.github/workflows/a.yml': `
on: workflow_call
jobs:
  inherits: { runs-on: x, steps: [{ run: 'true' }] }
  lowers: { permissions: { deployments: read }, runs-on: x, steps: [{ run: 'true' }] }
`,
    },
  );
  await it.run();
  const permissions = Object.fromEntries(it.service.minted.map((one) => [one.job, one.permissions]));
  expect(permissions).toEqual({
    plain: { contents: 'read', packages: 'read' },
    named: { issues: 'write' },
    none: {},
    'call / inherits': { contents: 'read', deployments: 'write' },
    'call / lowers': { deployments: 'read' },
  });
  expect(it.service.valid.size).toBe(0);
});

const SHOWS = `
on:
  workflow_call:
    secrets: { ONE: { required: false }, TWO: {} }
jobs:
  show:
    environment: { name: production, deployment: false }
    runs-on: x
    steps:
      - run: echo "[\${{ secrets.ONE != '' }} \${{ secrets.TWO != '' }} \${{ secrets.DEEP != '' }} \${{ vars.PLACE }}]"
`;

test('secrets reach a called workflow as they are passed, and not beyond the owner by inheritance', async () => {
  const it = scene(
    {
      'ci.yml': `
on: push
jobs:
  own: { uses: ./.github/workflows/shows.yml, secrets: inherit }
  given: { uses: ./.github/workflows/shows.yml, secrets: { TWO: '\${{ secrets.ONE }}' } }
  none: { uses: ./.github/workflows/shows.yml }
  other: { uses: owner/airlock/.github/workflows/shows.yml@v1, secrets: inherit }
  here:
    environment: production
    runs-on: x
    steps:
      - run: echo "[\${{ secrets.DEEP != '' }} \${{ vars.PLACE }}]"
`,
      '.github/workflows/shows.yml': SHOWS,
    },
    { '.github/workflows/shows.yml': SHOWS },
  );
  await it.run({
    secrets: { ONE: 'first-secret' },
    environmentSecrets: { production: { DEEP: 'deep-secret' } },
    variables: { PLACE: 'anywhere' },
    environmentVariables: { production: { PLACE: 'there' } },
  });
  const shown = (job: string) => it.lines(job).find((line) => line.startsWith('['));
  expect(shown('own / show')).toBe('[true false true there]');
  expect(shown('given / show')).toBe('[false true false there]');
  expect(shown('none / show')).toBe('[false false false there]');
  expect(shown('other / show')).toBe('[false false false there]');
  expect(shown('here')).toBe('[true there]');
});

test('a token that a caller passes on is the token of the job that gets it', async () => {
  const it = scene({
    'ci.yml': `
on: push
jobs: { call: { uses: ./.github/workflows/a.yml, secrets: { token: '\${{ secrets.GITHUB_TOKEN }}' } } }
`,
    '.github/workflows/a.yml': `
on: { workflow_call: { secrets: { token: {} } } }
jobs: { a: { runs-on: x, steps: [{ run: 'echo "same \${{ secrets.token == github.token }}"' }] } }
`,
  });
  await it.run();
  expect(it.lines('call / a')).toContain('same true');
});

test.each([
  ['an input that is missing', '{}', 'Input must is required'],
  ['an input that is not there', '{ must: a, extra: b }', 'Invalid input, extra'],
])('a call with %s does not start', async (_what, given, says) => {
  const it = scene({
    'ci.yml': `on: push\njobs: { call: { uses: ./.github/workflows/a.yml, with: ${given} } }\n`,
    '.github/workflows/a.yml':
      'on: { workflow_call: { inputs: { must: { type: string, required: true } } } }\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }\n',
  });
  const result = await it.run();
  expect(result.startupFailure).toContain(says);
  expect(result.jobs).toEqual([]);
});

test('an input of the wrong type fails the call when its value is known', async () => {
  const it = scene({
    'ci.yml': `on: push\njobs: { call: { uses: ./.github/workflows/a.yml, with: { flag: "\${{ github.ref }}" } } }\n`,
    '.github/workflows/a.yml':
      'on: { workflow_call: { inputs: { flag: { type: boolean } } } }\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }\n',
  });
  const result = await it.run();
  expect(byJob(result)).toEqual({ 'call / a': 'failure' });
  expect(it.events).toContainEqual(
    expect.objectContaining({ type: 'annotation', message: expect.stringContaining("boolean input 'flag'") }),
  );
});

test('workflows nest ten deep and no deeper', async () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [
        `.github/workflows/w${index}.yml`,
        index === length - 1
          ? 'on: workflow_call\njobs: { end: { runs-on: x, steps: [{ run: "true" }] } }\n'
          : `on: workflow_call\njobs: { j: { uses: ./.github/workflows/w${index + 1}.yml } }\n`,
      ]),
    );
  const top = { 'ci.yml': 'on: push\njobs: { j: { uses: ./.github/workflows/w0.yml } }\n' };
  const fits = await scene({ ...top, ...chain(9) }).run();
  expect(byJob(fits)).toEqual({ [`${'j / '.repeat(9)}end`]: 'success' });
  const tooDeep = await scene({ ...top, ...chain(10) }).run();
  expect(tooDeep.startupFailure).toContain('deeper than 10');
});

test('inputs of workflow_dispatch come with their types, and wrong ones do not start', async () => {
  const it = scene({
    'ci.yml': `
on:
  workflow_dispatch:
    inputs:
      place: { type: choice, options: [staging, production], required: true }
      dry: { type: boolean, default: true }
      count: { type: number, default: 2 }
jobs:
  one:
    if: inputs.dry == true
    runs-on: x
    steps: [{ run: 'echo "\${{ inputs.place }} \${{ inputs.count + 0 == 2 }} \${{ github.event.inputs.dry }}"' }]
`.replace('inputs.count + 0 == 2', 'inputs.count == 2'),
  });
  const event = { name: 'workflow_dispatch', payload: {} };
  const result = await it.run({ event, inputs: { place: 'production' } });
  expect(byJob(result)).toEqual({ one: 'success' });
  expect(it.lines('one')).toContain('production true true');
  const wrong = await it.run({ event, inputs: { place: 'moon' } });
  expect(wrong.startupFailure).toContain("'moon'");
  const missing = await it.run({ event });
  expect(missing.startupFailure).toContain("Required input 'place'");
});
