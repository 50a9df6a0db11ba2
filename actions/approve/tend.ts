import { interestedIn, weighYeses } from '../../src/cycle/approvals.ts';
import { authorsFor } from '../../src/cycle/authors.ts';
import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { readOverview } from '../../src/cycle/overview.ts';
import { distrust, type IssueState, markOf } from '../../src/domain/approval/issue.ts';
import type { Answer, ApprovalRecord, Ask } from '../../src/domain/approval/record.ts';
import { issueOf, letsOneselfApprove } from '../../src/domain/approval/record.ts';
import { standingOf } from '../../src/domain/approval/standing.ts';
import { inert } from '../../src/domain/markdown.ts';
import { askText, endText, LABEL, titleOf } from './words.ts';
import { type ApproveWorld, type OpenAsk, openAsk } from './world.ts';

/** What became of an ask. */
export interface Tended {
  readonly ask: Ask;
  /** Number of the issue in which people are asked still. */
  readonly issue?: number;
  /** Whether its run was started again. */
  readonly again: boolean;
}

/**
 * Does for one ask what is left to do: opens its issue, runs its job again, closes the issue. What was done
 * before stays as it is, so that being cut short anywhere is mended by the next run.
 *
 * @param shown its issue as it stands now; undefined where there is none
 */
export async function tend(
  world: ApproveWorld,
  record: ApprovalRecord,
  ask: Ask,
  shown: IssueState | undefined,
  { config, signal }: { readonly config: string; readonly signal: AbortSignal },
): Promise<Tended> {
  const open = openAsk(world, ask);
  const issue = issueOf(record, ask);
  const place = { ask, issue, isOpen: shown?.isOpen === true };
  if (open === undefined) return end(world, place, 'airlock.yml asks nobody by comment here any more');
  if (issue !== undefined && shown?.isOpen && !shown.isLocked) await world.issues.lock(issue);
  const standing = standingOf(record, ask, open.settings.needed, world.clock.now());
  switch (standing.kind) {
    case 'waits': {
      if (issue === undefined) return { ask, issue: await begin(world, open, config, signal), again: false };
      const doubt = distrust(shown, ask);
      return doubt === undefined
        ? { ask, issue, again: false }
        : end(world, place, `${doubt}; run the waiting job again to ask anew`);
    }
    case 'granted':
      return goOn(world, place, open, standing.yes);
    case 'rejected': {
      const again = await runAgain(world, ask, standing.no);
      const { by, reason, word } = standing.no.payload;
      const why = `${by.login} said /${word}: ${reason}`;
      return { ...(await end(world, place, why)), again };
    }
    case 'superseded':
      return end(world, place, `${ask.environment} was asked for anew`);
    case 'expired':
      return end(world, place, 'nobody answered in time; run the waiting job again to ask anew');
  }
}

/** Asks people in an issue, and writes down in which. */
async function begin(
  world: ApproveWorld,
  open: OpenAsk,
  config: string,
  signal: AbortSignal,
): Promise<number> {
  const { ask, environment } = open;
  const { app, commit, digest } = ask.payload;
  const { processes, workspace, event } = world;
  const overview = await readOverview(
    world,
    { processes, workspace, signal },
    { environment, digest, commit, config },
  );
  const issue = await world.issues.open({
    mark: markOf(ask),
    title: titleOf(open, overview),
    body: askText(open, overview, world.clock.now()),
    label: LABEL,
  });
  await world.approvals.record(ask.environment, {
    schema: 1,
    approval: 'issue',
    app,
    commit,
    run: event.run,
    ask: ask.id,
    issue,
  });
  return issue;
}

/** Runs the waiting job again, when every yes still counts. */
async function goOn(
  world: ApproveWorld,
  place: Place,
  { environment, settings }: OpenAsk,
  yes: readonly Answer[],
): Promise<Tended> {
  const { ask, issue, isOpen } = place;
  const { selfApproval } = environment.gates;
  const authors = selfApproval
    ? []
    : await authorsFor(world, { app: ask.payload.app, environment: ask.environment }, ask.payload.commit);
  const interested = interestedIn(authors, ask.payload.startedBy);
  const weighed = await weighYeses(world, { ask, issue }, yes, {
    settings,
    selfApproval: letsOneselfApprove(ask, environment.gates),
    interested,
  });
  const counted = new Set(weighed.flatMap(({ by, refused }) => (refused === undefined ? [by.login] : [])));
  if (counted.size < settings.needed) {
    if (issue !== undefined && isOpen)
      for (const { by, refused } of weighed)
        if (refused !== undefined)
          await world.issues.note(
            issue,
            `void ${ask.id} ${by.id}`,
            `The yes of ${inert(by.login)} counts no more: ${inert(refused)}.`,
          );
    return { ask, ...(issue === undefined ? {} : { issue }), again: false };
  }
  const [last] = yes;
  const again = last !== undefined && (await runAgain(world, ask, last));
  const why = `approved by ${[...counted].join(', ')}; the run goes on`;
  return { ...(await end(world, place, why)), again };
}

/** Runs the job again that waited when the last word was said; not when its run has gone on since. */
async function runAgain({ ledger, log, runs }: ApproveWorld, ask: Ask, last: Answer): Promise<boolean> {
  const { run, job, app } = ask.payload;
  const { attempt, isOver } = await runs.state(run.id);
  if (attempt !== last.payload.waited || !isOver) return false;
  const entries = await readEntries(ledger, { app, environment: ask.environment }, (read) => read.length > 0);
  if (entries.some(({ payload, openedAt }) => payload.run.id === run.id && openedAt > ask.at)) return false;
  const outcome = await runs.again(run.id, job);
  if (outcome === 'under-way') log.warning(`Run ${run.id} is under way: its own gate reads the answer.`);
  return outcome === 'started';
}

/** Where people are asked, and whether they are still. */
interface Place {
  readonly ask: Ask;
  readonly issue: number | undefined;
  readonly isOpen: boolean;
}

async function end({ issues }: ApproveWorld, { ask, issue, isOpen }: Place, why: string): Promise<Tended> {
  if (issue !== undefined && isOpen) {
    await issues.note(issue, `end ${ask.id}`, endText(why, ask));
    await issues.close(issue);
  }
  return { ask, again: false };
}
