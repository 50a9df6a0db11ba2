import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

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
