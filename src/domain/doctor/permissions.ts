import type { Job, Permissions, Workflow } from './facts.ts';
import { NEEDED_PERMISSIONS } from './needed-permissions.generated.ts';
import { airlockPath } from './uses.ts';

/** Permission and access, as in a `permissions:` block. */
export type Grant = readonly [name: string, access: string];

/** What a job's token may do, as the file says it; undefined where it is left to the settings. */
export const grantOf = (workflow: Workflow, job: Job): Permissions | undefined =>
  job.permissions ?? workflow.permissions;

/** What the parts of Airlock that a job uses need together. Nothing for a version of Airlock with other parts. */
export function neededBy({ calls, steps }: Job): Readonly<Record<string, string>> {
  const needed: Record<string, string> = {};
  for (const { text } of [...(calls === undefined ? [] : [calls]), ...steps]) {
    const parts = NEEDED_PERMISSIONS[airlockPath(text) ?? 'somebody else’s'] ?? {};
    for (const [name, access] of Object.entries(parts)) if (needed[name] !== 'write') needed[name] = access;
  }
  return needed;
}

/** Whether a block grants this much. */
export function isGranted(granted: Permissions, name: string, access: string): boolean {
  if (granted === 'write-all') return true;
  if (granted === 'read-all') return access === 'read';
  return granted[name] === 'write' || granted[name] === access;
}

/** What a block grants beyond what is needed. */
export function excess(granted: Permissions, needed: Readonly<Record<string, string>>): readonly Grant[] {
  if (typeof granted === 'string') return [['everything', granted]];
  return Object.entries(granted).filter(
    ([name, access]) => access !== 'none' && needed[name] !== 'write' && needed[name] !== access,
  );
}

export const shown = (grants: readonly Grant[]): string =>
  grants.map(([name, access]) => `\`${name}: ${access}\``).join(', ');
