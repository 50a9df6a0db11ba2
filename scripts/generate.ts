// Writes every generated file, or with --check names those that differ from their source and fails.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputSources, steps } from '../actions/release/steps.ts';
import { jsonSchemaText } from '../src/config/json-schema.ts';
import { targetSchemas } from '../src/targets/registry.ts';
import { composite, nodeActions } from './contracts.ts';
import { compositeActionYml, nodeActionYml } from './generators/action-yml.ts';
import { actionList, contractTables, fillRegion } from './generators/contract-tables.ts';
import { doctorTable } from './generators/doctor-table.ts';
import { neededPermissions, permissionBlocks } from './generators/permissions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every generated file with its text, by path from the root. Files with regions are read first. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const fill = (path: string, region: string, body: string) => {
    const text = files.get(path) ?? readFileSync(join(root, path), 'utf8');
    files.set(path, fillRegion(path, text, region, body));
  };
  for (const contract of nodeActions) {
    files.set(`actions/${contract.name}/action.yml`, nodeActionYml(contract));
    fill(`actions/${contract.name}/README.md`, 'contract', contractTables(contract));
  }
  const compositeText = compositeActionYml(composite, steps, outputSources);
  files.set('action.yml', compositeText);
  files.set(`actions/${composite.name}/action.yml`, compositeText);
  fill(`actions/${composite.name}/README.md`, 'contract', contractTables(composite));
  fill('README.md', 'actions', actionList([composite, ...nodeActions]));
  files.set('schema/airlock.schema.json', jsonSchemaText(targetSchemas));
  files.set(
    'src/domain/doctor/needed-permissions.generated.ts',
    neededPermissions(join(root, '.github/workflows'), [composite, ...nodeActions]),
  );
  fill('docs/doctor.md', 'findings', doctorTable());
  fill('docs/workflows.md', 'permissions', permissionBlocks(join(root, '.github/workflows')));
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const stale: string[] = [];
  for (const [path, text] of await generatedFiles()) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  console.log(
    stale.length === 0
      ? 'Generated files are up to date.'
      : `${check ? 'Stale' : 'Written'}: ${stale.join(', ')}`,
  );
  if (check && stale.length > 0) {
    console.log('Next: run `npm run generate` and commit the result.');
    process.exitCode = 1;
  }
}
