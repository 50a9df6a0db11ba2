import type { WorkflowEvent } from '../event.ts';
import { branchOf, defaultBranchOf } from '../hotfix/branch.ts';
import { type RouteSettings, ruleFor } from './settings.ts';

/** How far a trusted run goes by itself. */
export interface Reach {
  /** The last environment that it may enter; undefined for none. */
  readonly to: string | undefined;
  readonly why: string;
}

/** What started a run, as far as it matters here. */
type Started = Pick<WorkflowEvent, 'name' | 'ref' | 'refType' | 'payload'>;

/** How far what started a run carries it. For a run that may enter environments at all. */
export function reachOf(routes: RouteSettings, event: Started): Reach {
  switch (event.name) {
    case 'workflow_dispatch':
    case 'repository_dispatch':
      return reach('a run by hand', 'manual', routes.manual);
    case 'schedule':
    case 'workflow_run':
      return reach(
        `\`${event.name}\` runs the default branch, which`,
        'default-branch',
        routes.defaultBranch,
      );
    default:
      return event.refType === 'tag' ? tagReach(routes, event) : branchReach(routes, event);
  }
}

function tagReach({ tags }: RouteSettings, event: Started): Reach {
  const tag = event.ref.replace(/^refs\/tags\//, '');
  const rule = ruleFor(tags, tag);
  return rule ? reach(`tag ${tag}`, rule.pattern, rule.to) : nowhere(`tag ${tag}`, 'tags');
}

function branchReach({ branches, defaultBranch }: RouteSettings, event: Started): Reach {
  const branch = branchOf(event.ref);
  if (branch === undefined) return { to: undefined, why: `${event.ref} is no branch` };
  const isDefault = branch === defaultBranchOf(event);
  const rule = branches.find(({ pattern }) => pattern === branch);
  if (rule === undefined && isDefault)
    return reach(`${branch}, the default branch,`, 'default-branch', defaultBranch);
  const found = rule ?? ruleFor(branches, branch);
  return found ? reach(branch, found.pattern, found.to) : nowhere(branch, 'branches');
}

const reach = (what: string, by: string, to: string | undefined): Reach => ({
  to,
  why:
    to === undefined
      ? `${what} goes to no environment (\`${by}\` in \`routes:\`)`
      : `${what} goes to ${to} (\`${by}\` in \`routes:\`)`,
});

const nowhere = (what: string, among: string): Reach => ({
  to: undefined,
  why: `${what} is none of the ${among} that \`routes:\` names`,
});
