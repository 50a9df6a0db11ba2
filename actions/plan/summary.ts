import type { Configuration, EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { GateResult } from '../../src/domain/gates/gate.ts';
import { cell, code, table } from '../../src/domain/markdown.ts';
import type { Annotation } from '../../src/domain/outcome.ts';
import type { PreviewRight } from '../../src/domain/trust.ts';

export interface RunPlan {
  readonly event: WorkflowEvent;
  /** Why it goes so far and no farther. */
  readonly why: string;
  readonly version: string;
  readonly from: string;
  readonly commit: string;
  readonly buildTime: string;
  readonly route: readonly EnvironmentSettings[];
  readonly preview: PreviewRight;
  readonly configuration: Configuration;
}

/** The plan of a run: what is released and why it may go how far, then the way as a picture and a table. */
export function planSummary(plan: RunPlan): string {
  const { event, why, configuration } = plan;
  return [
    table(
      ['', ''],
      [
        ['App', cell(configuration.app)],
        ['Version', `${code(plan.version)} · ${cell(plan.from)}`],
        ['Commit', code(plan.commit.slice(0, 7))],
        ['Started by', `${cell(event.triggeringActor)} · ${code(event.name)} on ${code(event.ref)}`],
        ['Goes so far because', cell(why)],
        ...previewRow(plan),
      ],
    ),
    flow(plan),
    table(
      ['Environment', 'This run', 'After', 'Approval', 'Traffic moves', 'Address'],
      configuration.environments.map((environment) => {
        const { name, gates, url } = environment;
        return [
          `**${cell(name)}**`,
          plan.route.includes(environment) ? 'enters' : 'stays out',
          cell(gates.after.join(', ') || '–'),
          gates.approval === 'required' ? 'required' : '–',
          cell(traffic(environment)),
          url === undefined ? '–' : code(url),
        ];
      }),
    ),
  ].join('\n\n');
}

/** Only where it is a question: in a repository with previews, or on a pull request. */
const previewRow = ({ configuration, event, preview }: RunPlan): readonly (readonly string[])[] =>
  configuration.preview === undefined && event.name !== 'pull_request'
    ? []
    : [['Preview', `${preview.kind === 'deploys' ? 'yes' : 'no'}: ${cell(preview.why)}`]];

/** The gates of one environment, one row each. */
export const gateSummary = (gates: readonly GateResult[]): string =>
  table(
    ['Gate', '', 'Why', 'Next', 'Opens at'],
    gates.map((result) => [
      result.gate,
      MARKS[result.state],
      cell(result.why),
      cell(result.next || '–'),
      cell(opensAt(result)),
    ]),
  );

/** When a gate opens by itself: `2026-11-24 08:00 UTC`. */
const opensAt = (result: GateResult): string =>
  result.state === 'shut' && result.opensAt !== undefined
    ? `${result.opensAt.slice(0, 16).replace('T', ' ')} UTC`
    : '–';

/** Says of an environment that may be entered what its gates were not asked, or went by. */
export function openHeadline(environment: string, gates: readonly GateResult[]): string {
  const named = (state: GateResult['state']) =>
    gates.filter((result) => result.state === state).map(({ gate }) => gate);
  const exceptions = [
    ...named('overridden').map((gate) => `${gate} overridden`),
    ...named('skipped').map((gate) => `${gate} skipped`),
  ];
  return exceptions.length === 0
    ? `Every gate of ${environment} is open`
    : `${environment} may be entered, with ${exceptions.join(', ')}`;
}

/** Every gate that somebody opened by their word, where nobody overlooks it. */
export const overrideWarnings = (environment: string, gates: readonly GateResult[]): readonly Annotation[] =>
  gates.flatMap(({ gate, state, why }) =>
    state === 'overridden'
      ? [{ level: 'warning', message: `The gate ${gate} of ${environment} is overridden by ${why}` }]
      : [],
  );

const MARKS: Readonly<Record<GateResult['state'], string>> = {
  open: '🟢 open',
  shut: '🔴 shut',
  unknown: '🟠 unknown',
  skipped: '⚪ skipped',
  overridden: '🟣 overridden',
};

const traffic = ({ strategy }: EnvironmentSettings): string =>
  strategy.kind === 'canary' ? `in steps: ${strategy.steps.join(' → ')} %` : 'at once';

/** A picture of the way: an arrow names the gates at its end, a pale box is not entered by this run. */
function flow({ configuration, route, version }: RunPlan): string {
  const box = (id: string, text: string) => `${id}["${label(text)}"]`;
  const { environments } = configuration;
  const ids = new Map(environments.map(({ name }, index) => [name, `e${index}`]));
  const outside = environments.filter((environment) => !route.includes(environment));
  return [
    '```mermaid',
    'flowchart LR',
    `  ${box('release', `build ${version}`)}`,
    ...environments.map(({ name }) => `  ${box(ids.get(name) ?? '', name)}`),
    ...environments.flatMap(({ name, gates }) => {
      const before = gates.after.length > 0 ? gates.after.map((earlier) => ids.get(earlier)) : ['release'];
      const conditions = [
        gates.after.length > 0 ? 'proven' : 'checks pass',
        ...(gates.approval === 'required' ? ['approved'] : []),
      ];
      return before.map((from) => `  ${from} -->|${conditions.join(' + ')}| ${ids.get(name)}`);
    }),
    '  classDef outside stroke-dasharray:4,opacity:0.5',
    ...(outside.length > 0 ? [`  class ${outside.map(({ name }) => ids.get(name)).join(',')} outside`] : []),
    '```',
  ].join('\n');
}

/** Text in a Mermaid box: every character that Mermaid, Markdown or HTML could read becomes a code of itself. */
const label = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N} .+-]/gu, (character) => `#${character.codePointAt(0)};`);
