import { isMapping } from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema';
import { pairs } from './evaluate.ts';
import { StartupFailure } from './refusals.ts';
import type { Permissions } from './run-service.ts';
import type { DeclaredPermissions, Job, Workflow } from './workflow.ts';

type Level = Permissions[string];
const RANK: Readonly<Record<Level, number>> = { none: 0, read: 1, write: 2 };

/** What a token may do when no `permissions:` says otherwise, in a repository with GitHub's restricted default. */
export const RESTRICTED_PERMISSIONS: Permissions = { contents: 'read', packages: 'read' };

/** Every permission that GitHub's schema knows, with the levels it can have. */
const KNOWN: ReadonlyMap<string, readonly Level[]> = knownPermissions();

/** What a `permissions:` key gives: a name that it leaves out is `none`. */
export function readDeclaredPermissions(token: TemplateToken | undefined): DeclaredPermissions | undefined {
  if (token === undefined) return undefined;
  const line = token.line ?? 0;
  if (isMapping(token)) {
    const permissions = [...pairs(token)].map(([key, value]) => [String(key), asLevel(String(value))]);
    return { permissions: Object.fromEntries(permissions), line };
  }
  const all: Level = String(token) === 'write-all' ? 'write' : 'read';
  const permissions = [...KNOWN].map(([name, levels]) => [name, highest(levels, all)]);
  return { permissions: Object.fromEntries(permissions), line };
}

/** The permissions of a job's token. */
export const permissionsOf = (workflow: Workflow, job: Job, ceiling: Permissions): Permissions =>
  (job.permissions ?? workflow.permissions)?.permissions ?? ceiling;

/**
 * Checks the whole nest below `workflow`, jobs that would be skipped too: what a called workflow declares
 * must not go beyond the job that calls it. Throws `StartupFailure`, after which GitHub starts no job.
 *
 * @param given what the workflow was started with: the default token, or the calling job's permissions
 */
export function checkCeilings(workflow: Workflow, given: Permissions): void {
  for (const job of workflow.jobs.values()) {
    if (job.kind !== 'call') continue;
    const ceiling = permissionsOf(workflow, job, given);
    for (const nested of job.callee.jobs.values()) {
      const asked = nested.permissions ?? job.callee.permissions;
      if (asked !== undefined)
        requireWithin(asked, ceiling, { workflow, job: job.line, uses: job.uses, nested });
    }
    checkCeilings(job.callee, ceiling);
  }
}

function requireWithin(
  asked: DeclaredPermissions,
  ceiling: Permissions,
  call: { workflow: Workflow; job: number; uses: string; nested: Job },
): void {
  const excess = Object.entries(asked.permissions).filter(
    ([name, level]) => RANK[level] > RANK[ceiling[name] ?? 'none'],
  );
  if (excess.length === 0) return;
  const wants = excess.map(([name, level]) => `${name}: ${level}`).join(', ');
  const has = excess.map(([name]) => `${name}: ${ceiling[name] ?? 'none'}`).join(', ');
  throw new StartupFailure(
    `The workflow is not valid. ${call.workflow.path} (Line: ${call.job}): Error calling workflow '${call.uses}'. ` +
      `The nested job '${call.nested.id}' is requesting '${wants}', but is only allowed '${has}'.`,
  );
}

const asLevel = (text: string): Level => (text === 'write' || text === 'read' ? text : 'none');

const highest = (levels: readonly Level[], limit: Level): Level =>
  levels.filter((level) => RANK[level] <= RANK[limit]).reduce((a, b) => (RANK[a] >= RANK[b] ? a : b), 'none');

function knownPermissions(): ReadonlyMap<string, readonly Level[]> {
  const definition: unknown = getWorkflowSchema().definitions['permissions-mapping'];
  const properties = (definition as { properties: Readonly<Record<string, { type: string }>> }).properties;
  const levels: Readonly<Record<string, readonly Level[]>> = {
    'permission-level-any': ['none', 'read', 'write'],
    'permission-level-read-or-no-access': ['none', 'read'],
    'permission-level-write-or-no-access': ['none', 'write'],
  };
  return new Map(Object.entries(properties).map(([name, { type }]) => [name, levels[type] ?? ['none']]));
}
