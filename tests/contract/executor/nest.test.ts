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
