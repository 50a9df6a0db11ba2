import { stringify } from 'yaml';
import type { CompositeStep } from '../../actions/release/steps.ts';
import { type Contract, STANDARD_OUTPUTS } from '../../src/runner/contract.ts';

const HEADER = '# Generated from contract.ts by `npm run generate`. Do not edit.\n';

const inputsOf = (contract: Contract) =>
  Object.fromEntries(
    Object.entries(contract.inputs).map(([name, spec]) => [
      name,
      {
        description: describeInput(spec),
        ...(spec.required ? { required: true } : { required: false, default: spec.default }),
      },
    ]),
  );

function describeInput(spec: Contract['inputs'][string]): string {
  return spec.kind === 'choice' ? `${spec.description} One of ${spec.choices.join(', ')}.` : spec.description;
}

const print = (value: unknown): string =>
  HEADER + stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN' });

/** action.yml of a JavaScript action: one bundle serves main and post, which starts it under another name. */
export function nodeActionYml(contract: Contract): string {
  const bundle = `../../dist/${contract.name}`;
  return print({
    name: `Airlock ${contract.name}`,
    description: contract.description,
    author: 'Airlock',
    inputs: inputsOf(contract),
    outputs: Object.fromEntries(
      Object.entries({ ...contract.outputs, ...STANDARD_OUTPUTS }).map(([name, { description }]) => [
        name,
        { description },
      ]),
    ),
    runs: {
      using: 'node24',
      main: `${bundle}/index.js`,
      ...(contract.post ? { post: `${bundle}/post.js`, 'post-if': 'always()' } : {}),
    },
  });
}

/** action.yml of the composite, whose steps are sibling actions at the same commit. */
export function compositeActionYml(
  contract: Contract,
  steps: readonly CompositeStep[],
  sources: Readonly<Record<string, string>>,
): string {
  return print({
    name: contract.title,
    description: contract.description,
    author: 'Airlock',
    branding: { icon: 'chevrons-right', color: 'blue' },
    inputs: inputsOf(contract),
    outputs: Object.fromEntries(
      Object.entries(contract.outputs).map(([name, { description }]) => [
        name,
        { description, value: sources[name] },
      ]),
    ),
    runs: {
      using: 'composite',
      steps: steps.map((step) => ({
        id: step.id,
        if: step.if,
        uses: `$/actions/${step.action}`,
        with: step.with,
      })),
    },
  });
}
