import { randomUUID } from 'node:crypto';
import { asText, evaluate, evaluateTexts, pairs, type Scope, toData } from './evaluate.ts';
import { sameRepository } from './references.ts';
import { StartupFailure } from './refusals.ts';
import type { CallJob, InputDeclaration, Workflow } from './workflow.ts';

/** The `inputs` of a called workflow: what the caller gives, completed with defaults, each of its type. */
export function calledInputs(job: CallJob, scope: Scope): Record<string, unknown> {
  const given = new Map([...pairs(job.with)].map(([key, value]) => [String(key), evaluate(value, scope)]));
  const inputs: Record<string, unknown> = {};
  for (const declared of job.callee.call?.inputs ?? []) {
    const value = given.get(declared.name);
    inputs[declared.name] = value === undefined ? defaultOf(declared, scope) : ofType(declared, value);
  }
  return inputs;
}

/** The `inputs` of a `workflow_dispatch`, with GitHub's own complaints as `StartupFailure`. */
export function dispatchInputs(
  workflow: Workflow,
  given: Readonly<Record<string, string | number | boolean>>,
  scope: Scope,
): Record<string, unknown> {
  const unknown = Object.keys(given).filter(
    (name) => !workflow.dispatch.some((input) => input.name === name),
  );
  if (unknown.length > 0) throw new StartupFailure(`Unexpected inputs provided: ${JSON.stringify(unknown)}`);
  const inputs: Record<string, unknown> = {};
  for (const declared of workflow.dispatch) {
    const value = given[declared.name];
    if (value === undefined && declared.required && declared.default === undefined)
      throw new StartupFailure(`Required input '${declared.name}' not provided`);
    inputs[declared.name] = value === undefined ? defaultOf(declared, scope) : fromForm(declared, value);
  }
  return inputs;
}

/** Checks a call as GitHub does before it starts anything: names that must be, and names that must not. */
export function checkCall(job: CallJob, file: string): void {
  const fail = (what: string): never => {
    throw new StartupFailure(`The workflow is not valid. ${file} (Line: ${job.line}): ${what}`);
  };
  const { inputs = [], secrets = [] } = job.callee.call ?? {};
  const given = [...pairs(job.with)].map(([key]) => String(key));
  for (const name of given)
    if (!inputs.some((input) => input.name === name))
      fail(`Invalid input, ${name} is not defined in the referenced workflow.`);
  for (const input of inputs)
    if (input.required && !given.includes(input.name))
      fail(`Input ${input.name} is required, but not provided while calling.`);
  if (job.secrets === 'inherit') return;
  const passed = [...pairs(job.secrets)].map(([key]) => String(key));
  for (const name of passed)
    if (!secrets.some((secret) => secret.name === name))
      fail(`Invalid secret, ${name} is not defined in the referenced workflow.`);
  for (const secret of secrets)
    if (secret.required && !passed.includes(secret.name))
      fail(`Secret ${secret.name} is required, but not provided while calling.`);
}

/**
 * The secrets of a called workflow. `inherit` reaches only a workflow of the same owner: beyond it nothing
 * is handed on.
 */
export function calledSecrets(
  job: CallJob,
  caller: { secrets: Readonly<Record<string, string>>; owner: string },
  scope: Scope,
): Readonly<Record<string, string>> {
  if (job.secrets !== 'inherit') {
    const secrets = { ...caller.secrets, GITHUB_TOKEN: TOKEN_OF_THE_JOB };
    return evaluateTexts(job.secrets, { ...scope, contexts: { ...scope.contexts, secrets } });
  }
  return sameOwner(job.callee.home.repository, caller.owner) ? caller.secrets : {};
}

/** A call passes on `secrets.GITHUB_TOKEN` before the job that will have the token is there. */
const TOKEN_OF_THE_JOB = `token-${randomUUID()}`;

/** Secrets of a called workflow's job, with its own token where the caller passed on GITHUB_TOKEN. */
export const withToken = (secrets: Readonly<Record<string, string>>, token: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, value.replaceAll(TOKEN_OF_THE_JOB, token)]),
  );

/** Whether two repositories, or a repository and an owner, have the same owner. */
export const sameOwner = (one: string, other: string): boolean =>
  sameRepository(one.split('/')[0] ?? '', other.split('/')[0] ?? '');

function ofType(declared: InputDeclaration, value: unknown): unknown {
  if (declared.type === 'boolean' || declared.type === 'number') {
    if (typeof value === declared.type) return value;
    throw new Error(
      `Unexpected value '${asText(toData(value))}' for the ${declared.type} input '${declared.name}'`,
    );
  }
  return asText(toData(value));
}

/** A form sends texts for every type. */
function fromForm(declared: InputDeclaration, value: string | number | boolean): unknown {
  const wrong = () =>
    new StartupFailure(
      `Provided value '${value}' for input '${declared.name}' is not of type ${declared.type}`,
    );
  if (declared.type === 'boolean') {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw wrong();
  }
  if (declared.type === 'number') {
    if (Number.isNaN(Number(value)) || value === '') throw wrong();
    return Number(value);
  }
  if (declared.type === 'choice' && !declared.options.includes(String(value)))
    throw new StartupFailure(
      `Provided value '${value}' for input '${declared.name}' not in the list of allowed values`,
    );
  return String(value);
}

function defaultOf(declared: InputDeclaration, scope: Scope): unknown {
  if (declared.default !== undefined) return ofType(declared, evaluate(declared.default, scope));
  if (declared.type === 'boolean') return false;
  if (declared.type === 'number') return 0;
  return declared.type === 'choice' ? (declared.options[0] ?? '') : '';
}
