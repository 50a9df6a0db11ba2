import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { targets } from './targets.ts';

it('the file that docs/configuration.md shows is a right one', () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const [, shown = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const { environments } = parseConfiguration(new TextEncoder().encode(shown), 'airlock.yml', targets);
  expect(environments.map(({ name }) => name)).toEqual(['development', 'staging', 'production']);
});
