import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonSchemaText } from '../../../src/config/json-schema.ts';
import { targets } from './targets.ts';

const schema = JSON.parse(jsonSchemaText(targets));
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
const fixture = (name: string): unknown =>
  parse(readFileSync(new URL(`../../fixtures/config/${name}.yml`, import.meta.url), 'utf8'));

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Paths of properties that no editor could explain. */
function undescribed(node: Node, path: string): readonly string[] {
  const children: readonly (readonly [string, Node])[] = [
    ...Object.entries(node.properties ?? {}),
    ...(typeof node.additionalProperties === 'object' ? [['*', node.additionalProperties] as const] : []),
    ...(node.items ? [['[]', node.items] as const] : []),
    ...(node.anyOf ?? []).map((branch) => ['', branch] as const),
  ];
  return [
    ...Object.entries(node.properties ?? {})
      .filter(([, child]) => child.description === undefined)
      .map(([key]) => `${path}.${key}`),
    ...children.flatMap(([key, child]) => undescribed(child, `${path}.${key}`)),
  ];
}

describe('the JSON Schema for editors', () => {
  it.each(['full', 'minimal'])('accepts the %s file as it is written', (name) => {
    expect(validate(fixture(name)) || validate.errors).toBe(true);
  });

  it('refuses what the reader refuses', () => {
    expect(validate(fixture('wrong'))).toBe(false);
    const paths = validate.errors?.map(({ instancePath }) => instancePath);
    expect(paths).toEqual(
      expect.arrayContaining(['/version', '/build/checks/unit', '/environments/staging/target/local/port']),
    );
  });

  it('describes every key but the names people choose', () => {
    expect(undescribed(schema, '')).toEqual([]);
  });

  it('shows how durations and sizes are written', () => {
    expect(schema.properties.database.properties['lock-timeout']).toMatchObject({
      default: '100ms',
      examples: ['100ms', '30s', '5m'],
    });
  });

  it('is the same text each time', () => {
    expect(jsonSchemaText(targets)).toBe(jsonSchemaText(targets));
  });
});
