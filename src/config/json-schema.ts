import * as z from 'zod';
import { configurationFile } from './schema.ts';
import type { TargetSchemas } from './target-schema.ts';

/** The schema of airlock.yml for editors, as the text of a JSON file. */
export function jsonSchemaText(targets: TargetSchemas): string {
  const schema = z.toJSONSchema(configurationFile(targets), {
    target: 'draft-7',
    // Editors check the file as it is written: durations as texts, defaults left out.
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Names are rules, not lists: an editor shows the pattern at a wrong key.
      if (typeof jsonSchema.propertyNames === 'object') delete jsonSchema.propertyNames.type;
    },
  });
  const { $schema, ...rest } = schema;
  const text = {
    $schema,
    title: 'Airlock',
    description: 'How one built release goes through its environments: `.github/airlock.yml`.',
    ...rest,
  };
  return `${JSON.stringify(text, undefined, 2)}\n`;
}
