import { MAIN } from './caller.ts';
import { LOGIN, type Play } from './play.ts';
import type { Way } from './way.ts';

const GATES = '.github/workflows/gates.yml';
const CONTROL = '.github/workflows/control.yml';
const ROLLBACK = '.github/workflows/rollback.yml';

/** The workflows of docs/gates.md, docs/control.md and docs/workflows.md, as far as a freeze needs them. */
const callersOf = (suite: string, config: string): Readonly<Record<string, string>> => ({
  [GATES]: `name: Gates
on: workflow_dispatch
permissions: {}
jobs:
  gates:
    runs-on: ubuntu-latest
    permissions: { actions: read, contents: read, deployments: read, issues: read, pull-requests: read }
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: { fetch-depth: 0, persist-credentials: false }
      - id: plan
        uses: ${suite}/actions/plan@v1
        with: { dry-run: true, config: ${JSON.stringify(config)} }
      - if: steps.plan.outputs.calendars != ''
        uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        with: { name: airlock-calendars, path: '\${{ steps.plan.outputs.calendars }}' }
`,
  [CONTROL]: byHand('Control', suite, 'control.yml', config, ['environment', 'mode', 'gate', 'reason']),
  [ROLLBACK]: byHand('Roll back', suite, 'rollback.yml', config, ['environment', 'reason']),
});

function byHand(name: string, suite: string, workflow: string, config: string, inputs: readonly string[]) {
  const passed = inputs.map((input) => `${input}: '\${{ inputs.${input} }}'`).join(', ');
  return `name: ${name}
on: { workflow_dispatch: { inputs: { ${inputs.map((input) => `${input}: { type: string }`).join(', ')} } } }
permissions: {}
jobs:
  airlock:
    uses: ${suite}/.github/workflows/${workflow}@v1
    permissions: { actions: read, contents: read, deployments: write }
    with: { config: ${JSON.stringify(config)}, ${passed} }
    secrets: inherit
`;
}

/** Gives the app the workflows by which people ask, override and go back, where it has none. */
export async function addFreezeCallers({ tree, caller }: Play): Promise<void> {
  for (const [path, text] of Object.entries(callersOf(caller.suite, caller.config)))
    await tree.write(path, text);
}

const byYou = (workflow: string, inputs: Way['inputs'] = {}): Way => ({
  workflow,
  ref: MAIN,
  environments: [],
  by: LOGIN,
  inputs,
});

/** The dry run: what would happen now? */
export const askWay = (): Way => byYou(GATES);

/** Somebody opens the calendar's gate for a time. */
export const overrideWay = (environment: string, reason: string): Way =>
  byYou(CONTROL, { environment, mode: 'override', gate: 'calendar', reason });

export const backWay = (environment: string, reason: string): Way => byYou(ROLLBACK, { environment, reason });
