import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { OPERATIONS, type OperationId } from './operations.ts';

/** JSON Schema as far as the slice uses it. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly parameters: { readonly path: Schema; readonly query: Schema };
  readonly body: Schema | null;
  readonly bodyRequired: boolean;
  readonly responses: Readonly<Record<string, Schema | null>>;
}

interface Slice {
  readonly operations: Readonly<Record<OperationId, Operation>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Where a value leaves the description. */
export interface Departure {
  readonly field: string;
  readonly message: string;
}

/** Answers that any operation may give, whether or not its description lists them. */
const UNLISTED = new Set([401, 403, 404, 409, 422, 429, 500, 502, 503]);

const slice = JSON.parse(readFileSync(new URL('slice.json', import.meta.url), 'utf8')) as Slice;

const ajv = new Ajv({ strict: false, allErrors: true });
const coercing = new Ajv({ strict: false, allErrors: true, coerceTypes: true });
for (const each of [ajv, coercing]) {
  formats.default(each);
  // `owner/name`: GitHub's own.
  each.addFormat('repo.nwo', /^[^/]+\/[^/]+$/);
  each.addSchema(slice, 'github');
}

const compiled = new Map<string, ValidateFunction>();

/** JSON pointer steps with `~` and `/` escaped, and the whole escaped again for a URI fragment. */
const pointer = (...steps: readonly string[]): string =>
  steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

function departures(engine: Ajv, at: string, value: unknown): readonly Departure[] {
  const key = `${engine === ajv ? 'strict' : 'coercing'} ${at}`;
  const validate = compiled.get(key) ?? engine.compile({ $ref: `github#/${at}` });
  compiled.set(key, validate);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map((error: ErrorObject) => ({
    field: fieldOf(error),
    message: error.message ?? error.keyword,
  }));
}

const fieldOf = (error: ErrorObject): string => {
  const inner = error.params as { missingProperty?: string; additionalProperty?: string };
  const last = inner.missingProperty ?? inner.additionalProperty;
  return [...error.instancePath.split('/').slice(1), ...(last === undefined ? [] : [last])].join('.');
};

/** GitHub's own description of one operation. */
export const describe = (operation: OperationId): Operation => slice.operations[operation];

/** What is wrong with a request. Path and query values are texts and count by what they spell. */
export function departuresOfRequest(
  operation: OperationId,
  request: { path: Record<string, string>; query: Record<string, string>; body: unknown },
): readonly Departure[] {
  const { body, bodyRequired } = describe(operation);
  const parameters = (where: 'path' | 'query') =>
    departures(coercing, pointer('operations', operation, 'parameters', where), { ...request[where] });
  if (body === null && request.body !== undefined) return [{ field: 'body', message: 'takes no body' }];
  if (bodyRequired && request.body === undefined) return [{ field: 'body', message: 'is required' }];
  const known = body?.properties;
  const unknown =
    known === undefined || typeof request.body !== 'object' || request.body === null
      ? []
      : Object.keys(request.body).filter((name) => !(name in known));
  return [
    ...parameters('path'),
    ...parameters('query'),
    ...unknown.map((field) => ({ field, message: 'is not a permitted key' })),
    ...(body === null || request.body === undefined
      ? []
      : departures(ajv, pointer('operations', operation, 'body'), request.body)),
  ];
}

/** What is wrong with an answer: its status or its body. */
export function departuresOfAnswer(
  operation: OperationId,
  status: number,
  body: unknown,
): readonly Departure[] {
  const { responses } = describe(operation);
  if (String(status) in responses)
    return responses[String(status)] === null
      ? []
      : departures(ajv, pointer('operations', operation, 'responses', String(status)), body);
  return UNLISTED.has(status)
    ? departures(ajv, pointer('components', 'schemas', 'basic-error'), body)
    : [{ field: 'status', message: `${status} is not an answer of ${operation}` }];
}

/**
 * Completes a record with what its schema requires and the fake has no opinion on: addresses under
 * `base`, empty texts, zeros, nulls. What `members` says always stands.
 */
export function complete(
  schema: string,
  base: string,
  members: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const described = slice.components.schemas[schema];
  if (described === undefined) throw new Error(`The slice has no schema ${schema}.`);
  const filled: Record<string, unknown> = { ...members };
  for (const name of described.required ?? []) {
    const property = described.properties?.[name];
    if (!(name in filled) && property !== undefined) filled[name] = blank(name, property, base);
  }
  return filled;
}

function blank(name: string, schema: Schema, base: string): unknown {
  if (schema.anyOf?.some((one) => one.type === 'null') === true) return null;
  const [first] = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  const { type, format } = first ?? schema;
  if (name.endsWith('_url') || name === 'url' || format === 'uri')
    return `${base}/${name.replace(/_?url$/, '')}`;
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return 0;
  if (type === 'array') return [];
  if (type === 'string') return '';
  return null;
}

export { OPERATIONS, type OperationId };
