import {
  isBoolean,
  isMapping,
  isString,
  NoOperationTraceWriter,
  parseWorkflow,
} from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { items, pairs } from './evaluate.ts';
import type { Home } from './home.ts';
import { readDeclaredPermissions } from './permissions.ts';
import { type Refusals, StartupFailure } from './refusals.ts';
import type {
  CallInterface,
  CallJob,
  InputDeclaration,
  Job,
  RunDefaults,
  Step,
  Strategy,
  Workflow,
} from './workflow.ts';

/** Finds the workflow that a job's `uses:` names, or refuses it by name; undefined when it was refused. */
export type FindCallee = (uses: string, line: number) => Workflow | undefined;

/** The keys of one mapping, by name. */
type Fields = ReadonlyMap<string, TemplateToken>;

const UNSUPPORTED_JOB_KEYS = ['container', 'services', 'snapshot', 'cancel-timeout-minutes'];
const UNSUPPORTED_STEP_KEYS = ['background', 'wait', 'wait-all', 'cancel', 'parallel'];

/**
 * Parses one workflow with GitHub's parser and schema and reads its token tree. Throws `StartupFailure`
 * for what GitHub rejects; what only this executor cannot do goes into `refusals`.
 */
export function readWorkflow(
  home: Home,
  path: string,
  text: string,
  refusals: Refusals,
  findCallee: FindCallee,
): Workflow {
  const root = fieldsOf(parse(path, text));
  const events = eventsOf(root.get('on'));
  const call = events.get('workflow_call');
  const dispatch = events.get('workflow_dispatch');
  const jobs = new Map<string, Job>();
  for (const [key, value] of pairs(root.get('jobs'))) {
    const job = readJob(textOf(key), value, path, refusals, findCallee);
    if (job !== undefined) jobs.set(job.id, job);
  }
  checkNeeds(path, jobs);
  return {
    home,
    path,
    name: root.has('name') ? textOf(root.get('name')) : path,
    runName: root.get('run-name'),
    env: root.get('env'),
    permissions: readDeclaredPermissions(root.get('permissions')),
    concurrency: root.get('concurrency'),
    defaults: readDefaults(root.get('defaults')),
    events: new Set(events.keys()),
    dispatch: readInputs(fieldsOf(dispatch).get('inputs')),
    call: events.has('workflow_call') ? readCall(call) : undefined,
    jobs,
  };
}

/** What was parsed before, by path and text: a rehearsal reads the same files for every run. Never changed. */
const parsed = new Map<string, TemplateToken>();

function parse(path: string, text: string): TemplateToken {
  const key = `${path}\n${text}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors();
  if (errors.length > 0 || value === undefined) {
    throw new StartupFailure(
      `The workflow is not valid. ${errors.map((error) => error.message).join('; ') || `${path} is empty`}`,
    );
  }
  parsed.set(key, value);
  return value;
}

function readJob(
  id: string,
  token: TemplateToken,
  path: string,
  refusals: Refusals,
  findCallee: FindCallee,
): Job | undefined {
  const fields = fieldsOf(token);
  const line = token.line ?? 0;
  for (const key of UNSUPPORTED_JOB_KEYS)
    if (fields.has(key)) refusals.add(`\`jobs.${id}.${key}\``, `${path}:${fields.get(key)?.line ?? line}`);
  const any = {
    id,
    line,
    name: fields.get('name'),
    needs: listOf(fields.get('needs')),
    if: fields.get('if'),
    strategy: readStrategy(fields.get('strategy')),
    permissions: readDeclaredPermissions(fields.get('permissions')),
    concurrency: fields.get('concurrency'),
  };
  const uses = fields.get('uses');
  if (uses !== undefined) {
    const callee = findCallee(textOf(uses), uses.line ?? line);
    if (callee === undefined) return undefined;
    const secrets = fields.get('secrets');
    const call: CallJob = {
      ...any,
      kind: 'call',
      uses: textOf(uses),
      with: fields.get('with'),
      secrets: secrets !== undefined && isString(secrets) ? 'inherit' : secrets,
      callee,
    };
    return call;
  }
  return {
    ...any,
    kind: 'steps',
    runsOn: fields.get('runs-on'),
    env: fields.get('env'),
    environment: fields.get('environment'),
    outputs: fields.get('outputs'),
    defaults: readDefaults(fields.get('defaults')),
    timeoutMinutes: fields.get('timeout-minutes'),
    continueOnError: fields.get('continue-on-error'),
    steps: readSteps(fields.get('steps'), path, refusals),
  };
}

/** Reads the steps of a job or of a composite action. */
export function readSteps(token: TemplateToken | undefined, path: string, refusals: Refusals): Step[] {
  const steps: Step[] = [];
  for (const item of items(token)) {
    const fields = fieldsOf(item);
    const at = `${path}:${item.line ?? 0}`;
    for (const key of UNSUPPORTED_STEP_KEYS) if (fields.has(key)) refusals.add(`step key \`${key}\``, at);
    const script = fields.get('run');
    const uses = fields.get('uses');
    if (script === undefined && uses === undefined) continue;
    const id = fields.get('id');
    steps.push({
      id: id === undefined ? undefined : textOf(id),
      line: item.line ?? 0,
      name: fields.get('name'),
      if: fields.get('if'),
      env: fields.get('env'),
      continueOnError: fields.get('continue-on-error'),
      timeoutMinutes: fields.get('timeout-minutes'),
      work:
        script === undefined
          ? { kind: 'uses', uses: textOf(uses), with: fields.get('with') }
          : {
              kind: 'run',
              script,
              shell: fields.get('shell'),
              workingDirectory: fields.get('working-directory'),
            },
    });
  }
  return steps;
}

function readStrategy(token: TemplateToken | undefined): Strategy | undefined {
  if (token === undefined) return undefined;
  const fields = fieldsOf(token);
  return {
    matrix: fields.get('matrix'),
    failFast: fields.get('fail-fast'),
    maxParallel: fields.get('max-parallel'),
  };
}

function readDefaults(token: TemplateToken | undefined): RunDefaults {
  const run = fieldsOf(fieldsOf(token).get('run'));
  return { shell: run.get('shell'), workingDirectory: run.get('working-directory') };
}

function readCall(token: TemplateToken | undefined): CallInterface {
  const fields = fieldsOf(token);
  return {
    inputs: readInputs(fields.get('inputs')),
    secrets: [...pairs(fields.get('secrets'))].map(([key, value]) => ({
      name: textOf(key),
      required: isTrue(fieldsOf(value).get('required')),
    })),
    outputs: [...pairs(fields.get('outputs'))].flatMap(([key, value]) => {
      const output = fieldsOf(value).get('value');
      return output === undefined ? [] : [{ name: textOf(key), value: output }];
    }),
  };
}

const INPUT_TYPES = ['string', 'number', 'boolean', 'choice', 'environment'] as const;

function readInputs(token: TemplateToken | undefined): InputDeclaration[] {
  return [...pairs(token)].map(([key, value]) => {
    const fields = fieldsOf(value);
    const type = textOf(fields.get('type'));
    return {
      name: textOf(key),
      type: INPUT_TYPES.find((known) => known === type) ?? 'string',
      required: isTrue(fields.get('required')),
      default: fields.get('default'),
      options: listOf(fields.get('options')),
    };
  });
}

/** `on:` in any of its three forms, as event → its settings. */
function eventsOf(token: TemplateToken | undefined): ReadonlyMap<string, TemplateToken | undefined> {
  if (token !== undefined && isMapping(token)) return fieldsOf(token);
  return new Map(listOf(token).map((name) => [name, undefined]));
}

function checkNeeds(path: string, jobs: ReadonlyMap<string, Job>): void {
  for (const job of jobs.values()) {
    for (const need of job.needs) {
      if (!jobs.has(need))
        throw new StartupFailure(
          `The workflow is not valid. ${path} (Line: ${job.line}): Job '${job.id}' depends on unknown job '${need}'.`,
        );
    }
  }
  const settled = new Set<string>();
  for (;;) {
    const ready = [...jobs.values()].filter(
      (job) => !settled.has(job.id) && job.needs.every((need) => settled.has(need)),
    );
    if (ready.length === 0) break;
    for (const job of ready) settled.add(job.id);
  }
  const cycle = [...jobs.keys()].filter((id) => !settled.has(id));
  if (cycle.length > 0)
    throw new StartupFailure(
      `The workflow is not valid. ${path}: the needs of these jobs form a circle: ${cycle.join(', ')}.`,
    );
}

/** The pairs of a mapping by name; empty for anything else. */
export const fieldsOf = (token: TemplateToken | undefined): Fields =>
  new Map([...pairs(token)].map(([key, value]) => [textOf(key), value]));

/** A literal as text. */
export const textOf = (token: TemplateToken | undefined): string =>
  token === undefined ? '' : String(token.assertScalar('value'));

/** A text, or a list of texts, as a list. */
const listOf = (token: TemplateToken | undefined): string[] => {
  if (token === undefined) return [];
  return token.isScalar ? [textOf(token)] : [...items(token)].map(textOf);
};

const isTrue = (token: TemplateToken | undefined): boolean =>
  token !== undefined && isBoolean(token) && token.value;
