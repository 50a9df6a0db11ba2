import { NoOperationTraceWriter } from '@actions/workflow-parser';
import { parseAction } from '@actions/workflow-parser/actions/action-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { pairs } from './evaluate.ts';
import type { Home } from './home.ts';
import { fieldsOf, readSteps, textOf } from './read-workflow.ts';
import type { Refusals } from './refusals.ts';
import type { Step } from './workflow.ts';

/** An action.yml, checked against GitHub's schema. */
export interface Action {
  readonly name: string;
  /** Input name → its default, which may be an expression. */
  readonly inputs: ReadonlyMap<string, TemplateToken | undefined>;
  readonly outputs: readonly { readonly name: string; readonly value: TemplateToken | undefined }[];
  readonly runs: NodeRuns | CompositeRuns;
}

export interface NodeRuns {
  readonly kind: 'node';
  readonly main: string;
  readonly pre: string | undefined;
  readonly preIf: TemplateToken | undefined;
  readonly post: string | undefined;
  readonly postIf: TemplateToken | undefined;
}

export interface CompositeRuns {
  readonly kind: 'composite';
  readonly steps: readonly Step[];
}

/** Text of a folder's `action.yml` or `action.yaml`, by the file's path; undefined when it has neither. */
export function findActionFile(
  read: Home['read'],
  folder: string,
): { path: string; text: string } | undefined {
  for (const name of ['action.yml', 'action.yaml']) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const text = read(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/** Reads an action file. What is wrong or not supported goes into `refusals`; then undefined. */
export function readAction(file: { path: string; text: string }, refusals: Refusals): Action | undefined {
  const { context, value } = parseAction(
    { name: file.path, content: file.text },
    new NoOperationTraceWriter(),
  );
  const errors = context.errors.getErrors();
  for (const error of errors) refusals.add(`not a valid action: ${error.message}`, file.path);
  if (errors.length > 0 || value === undefined) return undefined;
  const root = fieldsOf(value);
  const runs = readRuns(fieldsOf(root.get('runs')), file.path, refusals);
  if (runs === undefined) return undefined;
  return {
    name: textOf(root.get('name')),
    inputs: new Map(
      [...pairs(root.get('inputs'))].map(([key, input]) => [textOf(key), fieldsOf(input).get('default')]),
    ),
    outputs: [...pairs(root.get('outputs'))].map(([key, output]) => ({
      name: textOf(key),
      value: fieldsOf(output).get('value'),
    })),
    runs,
  };
}

function readRuns(
  fields: ReadonlyMap<string, TemplateToken>,
  path: string,
  refusals: Refusals,
): NodeRuns | CompositeRuns | undefined {
  const using = textOf(fields.get('using'));
  if (using === 'composite')
    return { kind: 'composite', steps: readSteps(fields.get('steps'), path, refusals) };
  if (using !== 'node24') {
    refusals.add(`\`using: ${using}\``, path);
    return undefined;
  }
  const file = (key: string) => (fields.has(key) ? textOf(fields.get(key)) : undefined);
  return {
    kind: 'node',
    main: textOf(fields.get('main')),
    pre: file('pre'),
    preIf: fields.get('pre-if'),
    post: file('post'),
    postIf: fields.get('post-if'),
  };
}
