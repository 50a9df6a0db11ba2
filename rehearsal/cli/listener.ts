import type { Configuration } from '../../src/domain/configuration.ts';
import type { Workflow, WorkflowFile } from '../../src/domain/doctor/facts.ts';
import { follows, hearsComments } from '../../src/domain/doctor/hearing.ts';
import { Failure } from '../../src/domain/failure.ts';

/** The workflow of the app's repository that asks and hears people where they approve by comment. */
export interface Listener {
  /** `.github/workflows/x.yml` */
  readonly path: string;
  /** What starts it when a release run has ended: that end, or the clock. */
  readonly asksOn: 'workflow_run' | 'schedule';
  /** What starts it when somebody commented. */
  readonly hearsOn: 'issue_comment' | 'schedule';
}

const NOTHING_HAPPENS =
  'On GitHub nothing would happen: the run ends waiting, and nobody’s `/approve` goes on with it.';

/**
 * Finds who asks and hears; undefined where nobody approves by comment.
 *
 * @param suite `owner/name` of the Airlock that the app calls
 * @param releasing names of the workflows that release in this rehearsal
 * @throws Failure APPROVALS_UNHEARD
 */
export function findListener(
  files: readonly WorkflowFile[],
  { environments }: Pick<Configuration, 'environments'>,
  suite: string,
  releasing: readonly string[],
): Listener | undefined {
  const names = environments.filter(({ gates }) => gates.comment).map(({ name }) => name);
  if (names.length === 0) return undefined;
  const callers = files.flatMap((one) =>
    one.kind === 'read' && callsApprove(one.workflow, suite) ? [one.workflow] : [],
  );
  const [caller] = callers.sort((one, other) => Number(hearsComments(other)) - Number(hearsComments(one)));
  if (caller === undefined)
    throw unheard(
      `airlock.yml has ${names.join(' and ')} approved by comment, and no workflow calls Airlock’s approve.yml.`,
      'Copy the caller of docs/workflows.md#approve-by-comment to .github/workflows/approve.yml.',
    );
  const { file } = caller;
  const isTimed = caller.events.includes('schedule');
  if (!hearsComments(caller) && !isTimed)
    throw unheard(
      `A new comment does not start ${file}.`,
      `In ${file}, under \`on:\`: \`issue_comment: { types: [created] }\`.`,
    );
  const missed = releasing.filter((name) => !follows(caller, name));
  if (missed.length > 0 && !isTimed)
    throw unheard(
      `The end of a run of ${missed.join(' and ')} does not start ${file}: nobody is asked.`,
      `In ${file}, under \`on:\`: \`workflow_run: { workflows: [${releasing.join(', ')}], types: [completed] }\`.`,
    );
  return {
    path: file,
    asksOn: missed.length > 0 ? 'schedule' : 'workflow_run',
    hearsOn: hearsComments(caller) ? 'issue_comment' : 'schedule',
  };
}

const unheard = (what: string, next: string) =>
  new Failure('APPROVALS_UNHEARD', `${what} ${NOTHING_HAPPENS}`, next);

const callsApprove = ({ jobs }: Workflow, suite: string): boolean =>
  jobs.some(({ calls, steps }) =>
    [...(calls === undefined ? [] : [calls]), ...steps].some(({ text }) =>
      [`${suite}/.github/workflows/approve.yml@`, `${suite}/actions/approve@`].some((part) =>
        text.toLowerCase().startsWith(part.toLowerCase()),
      ),
    ),
  );
