import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { FaultPlan } from '../faults/plan-fault.ts';
import type { Commit } from '../view/story.ts';
import type { WorkTree } from '../world/work-tree.ts';

/** The two commits of a rehearsal: one to be live first, and one to take through. */
export interface TwoReleases {
  commitBaseline(): Promise<Commit>;
  commitRelease(fault: FaultPlan | undefined): Promise<Commit>;
}

/** Sets an app up for its two commits. `config` is the path of its airlock.yml. */
export async function twoReleases(
  tree: WorkTree,
  configuration: Configuration,
  config: string,
): Promise<TwoReleases> {
  const kept = new Map<string, string>();
  return {
    async commitBaseline() {
      // What the baseline does not have yet, the release brings.
      for (const path of await laterMigration(tree, configuration)) {
        kept.set(path, await tree.read(path));
        await tree.remove(path);
      }
      const commit = await tree.commit('The release that is live');
      await tree.tag('v1.0.0');
      return commit;
    },
    async commitRelease(fault) {
      for (const [path, text] of kept) await tree.write(path, text);
      await changeVisibly(tree);
      if (fault?.configurationText !== undefined) await tree.write(config, fault.configurationText);
      for (const [path, text] of Object.entries(fault?.files ?? {})) await tree.write(path, text);
      return tree.commit('Greet the visitors of the rehearsal');
    },
  };
}

const GREETING = '<p>Hello from the rehearsal.</p>';

/** A line on the first page that there is; a file where there is none. */
async function changeVisibly(tree: WorkTree): Promise<void> {
  const pages = (await tree.files()).filter((path) => path.endsWith('.html'));
  const shortest = pages.sort((one, other) => one.length - other.length);
  for (const page of shortest) {
    const text = await tree.read(page);
    const end = Math.max(text.lastIndexOf('</main>'), text.lastIndexOf('</body>'));
    if (end === -1) continue;
    return tree.write(page, `${text.slice(0, end)}${GREETING}\n${text.slice(end)}`);
  }
  await tree.write('REHEARSAL.md', 'Hello from the rehearsal.\n');
}

/**
 * The files of the newest migration, when the app before it cannot miss it: one that only creates
 * indexes. So that the rehearsal has a migration to show where that is safe.
 */
async function laterMigration(tree: WorkTree, { database }: Configuration): Promise<readonly string[]> {
  if (database === undefined) return [];
  const names = await readdir(join(tree.directory, database.migrations)).catch(() => []);
  const inFolder = names
    .filter((name) => name.endsWith('.sql'))
    .map((name) => `${database.migrations}/${name}`);
  const idOf = (path: string) => path.replace(/(\.up|\.down)?\.sql$/, '');
  const newest = inFolder.map(idOf).sort().at(-1);
  const files = inFolder.filter((path) => idOf(path) === newest);
  const up = files.find((path) => !path.endsWith('.down.sql'));
  const others = inFolder.length > files.length;
  return up !== undefined && others && onlyCreatesIndexes(await tree.read(up)) ? files : [];
}

export function onlyCreatesIndexes(sql: string): boolean {
  const statements = sql
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  return statements.length > 0 && statements.every((statement) => /^create\s+index\b/i.test(statement));
}
