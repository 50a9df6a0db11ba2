import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Contract } from '../../src/runner/contract.ts';

type Access = 'read' | 'write';
interface Job {
  permissions?: Record<string, Access>;
  uses?: string;
}

/** Names of the workflows that other repositories may call; those of this repository's own start with a dot. */
export const publicWorkflows = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort();

/**
 * What a job that calls this workflow must grant: GitHub refuses the whole run, with no job and no log,
 * when any job of the nest asks for more than its caller has.
 */
export function callerPermissions(directory: string, workflow: string): Record<string, Access> {
  const { jobs } = parse(readFileSync(join(directory, workflow), 'utf8')) as { jobs: Record<string, Job> };
  const needed: Record<string, Access> = {};
  const add = (permissions: Record<string, Access>) => {
    for (const [name, access] of Object.entries(permissions)) {
      if (needed[name] !== 'write') needed[name] = access;
    }
  };
  for (const { permissions, uses } of Object.values(jobs)) {
    add(permissions ?? {});
    const called = uses?.match(/^\$\/\.github\/workflows\/(.+)$/)?.[1];
    if (called) add(callerPermissions(directory, called));
  }
  return Object.fromEntries(Object.entries(needed).sort(([a], [b]) => a.localeCompare(b)));
}

/** One copyable block a workflow, for docs/workflows.md. */
export const permissionBlocks = (directory: string): string =>
  publicWorkflows(directory)
    .map((workflow) => {
      const lines = Object.entries(callerPermissions(directory, workflow)).map(
        ([name, access]) => `  ${name}: ${access}`,
      );
      return `**\`${workflow}\`**\n\n\`\`\`yaml\npermissions:\n${lines.join('\n')}\n\`\`\``;
    })
    .join('\n\n');

/** What each public workflow and action needs, by its path in this repository, for the doctor to judge callers by. */
export function neededPermissions(directory: string, contracts: readonly Contract[]): string {
  const entries = [
    ...publicWorkflows(directory).map((name) => [
      `.github/workflows/${name}`,
      callerPermissions(directory, name),
    ]),
    ...contracts.flatMap((contract) => {
      const needed = Object.entries(contract.permissions).map(([name, { access }]) => [name, access]);
      const paths = contract.name === 'release' ? ['', 'actions/release'] : [`actions/${contract.name}`];
      return paths.map((path) => [path, Object.fromEntries(needed)]);
    }),
  ];
  return `// Generated from the contracts and the public workflows by \`npm run generate\`. Do not edit.

/** What each part of Airlock needs of a caller's token, by its path in Airlock's repository. */
export const NEEDED_PERMISSIONS: Readonly<Record<string, Readonly<Record<string, 'read' | 'write'>>>> =
  ${JSON.stringify(Object.fromEntries(entries), undefined, 2).replaceAll('\n', '\n  ')};
`;
}
