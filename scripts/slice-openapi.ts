/**
 * Cuts the operations that the fake GitHub routes out of GitHub's OpenAPI description, so that the
 * 385 MB package is needed only when the slice changes:
 *
 *     npm install --prefix <a folder outside the repository> @octokit/openapi@23.0.2
 *     node scripts/node24.mjs scripts/slice-openapi.ts <that folder>/node_modules/@octokit/openapi/generated/api.github.com.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { OPERATIONS } from '../rehearsal/github/openapi/operations.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const SLICE = new URL('../rehearsal/github/openapi/slice.json', import.meta.url);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Words for people, and samples: they would be nine tenths of the slice. */
const PROSE = new Set(['description', 'example', 'examples', 'externalDocs', 'summary', 'title']);

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const object = (value: Json | undefined, what: string): JsonObject => {
  if (!isObject(value)) throw new Error(`The description has no ${what}.`);
  return value;
};

/** Follows `#/a/b` inside the description. */
const follow = (root: JsonObject, reference: string): JsonObject =>
  object(
    reference
      .slice(2)
      .split('/')
      .reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), root),
    reference,
  );

/**
 * A schema in the words of plain JSON Schema, without prose. `nullable` becomes a type, and a `uri` whose
 * default is an empty text may be one: GitHub's description contradicts itself there.
 */
function schema(value: Json): Json {
  if (Array.isArray(value)) return value.map(schema);
  if (!isObject(value)) return value;
  const { nullable, ...rest } = value;
  const plain: JsonObject = {};
  for (const [key, child] of Object.entries(rest)) {
    if (PROSE.has(key) && !isObject(child)) continue;
    if (key === 'examples' || key === 'example' || key === 'externalDocs') continue;
    plain[key] =
      key === 'properties'
        ? Object.fromEntries(Object.entries(object(child, key)).map(([name, of]) => [name, schema(of)]))
        : key === 'enum' || key === 'required' || key === 'default'
          ? child
          : schema(child);
  }
  if (plain.format === 'uri' && plain.default === '') {
    delete plain.format;
    plain.anyOf = [{ const: '' }, { format: 'uri' }];
  }
  return nullable === true ? { anyOf: [plain, { type: 'null' }] } : plain;
}

/** Every schema that `value` names, and those that they name. */
function reach(root: JsonObject, value: Json, found: Map<string, Json>): void {
  if (Array.isArray(value)) for (const child of value) reach(root, child, found);
  if (!isObject(value)) return;
  const reference = value.$ref;
  if (typeof reference === 'string') {
    const name = reference.slice('#/components/schemas/'.length);
    if (found.has(name)) return;
    found.set(name, schema(follow(root, reference)));
    reach(root, found.get(name) ?? null, found);
    return;
  }
  for (const child of Object.values(value)) reach(root, child, found);
}

const deref = (root: JsonObject, value: Json): JsonObject => {
  const at = object(value, 'object where one was expected');
  return typeof at.$ref === 'string' ? follow(root, at.$ref) : at;
};

const jsonSchema = (content: Json | undefined): Json => {
  const media = isObject(content)
    ? Object.entries(content).find(([type]) => type.includes('json'))
    : undefined;
  return media === undefined ? null : schema(object(media[1], 'media type').schema ?? {});
};

function operation(root: JsonObject, method: string, path: string, described: JsonObject): JsonObject {
  const parameters = ((described.parameters ?? []) as Json[]).map((one) => deref(root, one));
  const group = (where: string): Json => {
    const mine = parameters.filter((one) => one.in === where);
    return {
      type: 'object',
      properties: Object.fromEntries(mine.map((one) => [String(one.name), schema(one.schema ?? {})])),
      required: mine.filter((one) => one.required === true).map((one) => String(one.name)),
      additionalProperties: false,
    };
  };
  const body = described.requestBody;
  const responses = object(described.responses, 'responses');
  return {
    method: method.toUpperCase(),
    path,
    parameters: { path: group('path'), query: group('query') },
    body: isObject(body) ? jsonSchema(deref(root, body).content) : null,
    bodyRequired: isObject(body) && deref(root, body).required === true,
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, answer]) => [status, jsonSchema(deref(root, answer).content)]),
    ),
  };
}

const source = process.argv[2];
if (source === undefined) throw new Error('Give the path of api.github.com.json from @octokit/openapi.');
const root = object(JSON.parse(readFileSync(source, 'utf8')) as Json, 'root');
const wanted = new Set<string>(OPERATIONS);
const operations: JsonObject = {};
for (const [path, item] of Object.entries(object(root.paths, 'paths')))
  for (const method of METHODS) {
    const described = object(item, path)[method];
    if (!isObject(described) || !wanted.delete(String(described.operationId))) continue;
    operations[String(described.operationId)] = operation(root, method, path, described);
  }
if (wanted.size > 0) throw new Error(`GitHub's description has no ${[...wanted].join(', ')}.`);

const found = new Map<string, Json>();
reach(root, operations, found);
const sorted = (entries: Iterable<[string, Json]>) =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
const slice = {
  source: '@octokit/openapi 23.0.2, generated/api.github.com.json (MIT)',
  operations: sorted(Object.entries(operations)),
  components: { schemas: sorted(found) },
};
writeFileSync(SLICE, `${JSON.stringify(slice, null, 1)}\n`);
console.log(`${Object.keys(operations).length} operations, ${found.size} schemas`);
