import { type Contract, STANDARD_OUTPUTS } from '../../src/runner/contract.ts';

const row = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

const defaultOf = (spec: Contract['inputs'][string]) =>
  spec.required ? '**required**' : spec.default === '' ? '' : `\`${spec.default}\``;

/** The reference part of an action's README. */
export function contractTables(contract: Contract): string {
  const parts = [
    '### Inputs',
    table(
      ['input', 'default', 'meaning'],
      Object.entries(contract.inputs).map(([name, spec]) => [
        `\`${name}\``,
        defaultOf(spec),
        spec.description +
          (spec.kind === 'choice'
            ? ` One of ${spec.choices.map((choice) => `\`${choice}\``).join(', ')}.`
            : '') +
          (spec.secret ? ' *Secret.*' : ''),
      ]),
    ),
    '### Outputs',
    table(
      ['output', 'meaning'],
      Object.entries({ ...contract.outputs, ...(contract.name === 'release' ? {} : STANDARD_OUTPUTS) }).map(
        ([name, { description }]) => [`\`${name}\``, description],
      ),
    ),
    '### Permissions',
    Object.keys(contract.permissions).length === 0
      ? 'None: `permissions: {}`.'
      : table(
          ['permission', 'access', 'why'],
          Object.entries(contract.permissions).map(([name, { access, why }]) => [`\`${name}\``, access, why]),
        ),
  ];
  if (Object.keys(contract.refusals).length > 0) {
    parts.push(
      '### Refusals',
      'An expected no: the step fails with `result: refused` and one of these in `reason`.',
      table(
        ['reason', 'meaning'],
        Object.entries(contract.refusals).map(([code, meaning]) => [`\`${code}\``, meaning]),
      ),
    );
  }
  return parts.join('\n\n');
}

/** The list of actions in the project's README. */
export const actionList = (contracts: readonly Contract[]): string =>
  table(
    ['action', 'what it does'],
    contracts.map((contract) => [
      `[\`${contract.name}\`](actions/${contract.name}/README.md)`,
      contract.description,
    ]),
  );

/**
 * Replaces what stands between a region's two marker comments.
 *
 * @throws when the text has no such region: a generated table that lands nowhere would go unseen
 */
export function fillRegion(file: string, text: string, name: string, body: string): string {
  const [open, close] = [`<!-- generated: ${name} -->`, '<!-- /generated -->'];
  const start = text.indexOf(open);
  const end = text.indexOf(close, start);
  if (start < 0 || end < 0) throw new Error(`${file} has no region "${open} … ${close}"`);
  return `${text.slice(0, start + open.length)}\n${body}\n${text.slice(end)}`;
}
