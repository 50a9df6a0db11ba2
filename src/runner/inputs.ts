import { Failure } from '../domain/failure.ts';
import type { Contract, InputSpec, Inputs } from './contract.ts';

/** Where GitHub puts an input: upper case, spaces to underscores, hyphens kept. */
const variableOf = (name: string): string => `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;

/** Values of the inputs that the contract calls secret, to be masked before anything else is read. */
export function secretValues(contract: Contract, variables: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(contract.inputs)
    .filter(([, spec]) => spec.secret)
    .map(([name]) => (variables[variableOf(name)] ?? '').trim())
    .filter((value) => value !== '');
}

/**
 * Reads and parses every input of the contract, and reports every bad one at once.
 *
 * @throws Failure INPUT_INVALID, naming each input but never a secret's value
 */
export function readInputs<C extends Contract>(contract: C, variables: NodeJS.ProcessEnv): Inputs<C> {
  const problems: string[] = [];
  const parsed: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(contract.inputs)) {
    const given = (variables[variableOf(name)] ?? '').trim();
    if (given === '' && spec.required) {
      problems.push(`\`${name}\` is required: ${spec.description.replace(/\.$/, '')}`);
      continue;
    }
    const value = parse(spec, given === '' ? (spec.default ?? '') : given);
    if (value instanceof Problem) problems.push(`\`${name}\` ${value.text}`);
    else parsed[name] = value;
  }
  if (problems.length > 0) {
    throw new Failure(
      'INPUT_INVALID',
      `${contract.name}: ${problems.join('; ')}.`,
      'Correct the `with:` block of this step.',
    );
  }
  return parsed as Inputs<C>;
}

class Problem {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function parse(spec: InputSpec, text: string): unknown {
  const shown = spec.secret ? 'what it was given' : JSON.stringify(text);
  switch (spec.kind) {
    case 'text':
      return text;
    case 'boolean':
      // The YAML 1.2 core schema, as GitHub's own actions read it.
      if (/^(true|True|TRUE)$/.test(text)) return true;
      if (/^(false|False|FALSE)$/.test(text)) return false;
      return new Problem(`must be true or false, not ${shown}`);
    case 'integer': {
      const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = spec;
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= minimum && value <= maximum) return value;
      return new Problem(`must be a whole number from ${minimum} to ${maximum}, not ${shown}`);
    }
    case 'choice':
      if (spec.choices.includes(text)) return text;
      return new Problem(`must be one of ${spec.choices.join(', ')}, not ${shown}`);
    case 'list':
      return text
        .split(/[,\n]/)
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'json':
      try {
        return JSON.parse(text);
      } catch {
        return new Problem(`must be JSON, and ${shown} is not`);
      }
  }
}
