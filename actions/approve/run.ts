import { issueOf } from '../../src/domain/approval/record.ts';
import { readCommentEvent } from '../../src/domain/command/comment.ts';
import { Failure } from '../../src/domain/failure.ts';
import { branchOf, defaultBranchOf } from '../../src/domain/hotfix/branch.ts';
import { cell, table } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';
import { type Heard, hearAll } from './hear.ts';
import { attend, type Spoken, type Unheard } from './listen.ts';
import { type Tended, tend } from './tend.ts';
import { type ApproveWorld, openAsk } from './world.ts';

type Result = Outcome<Outputs<typeof contract>>;
type World = ApproveWorld & { readonly signal: AbortSignal };

/**
 * Hears what people said where they are asked, and does for every ask what is left to do. Every event does all
 * of it, so that none has to come for the work of another that was cut short, or that GitHub dropped. Only a
 * comment of somebody who has no say here ends the run at once.
 *
 * @throws Failure of the first ask that could not be seen to, when the others are
 */
export async function approve({ config }: Inputs<typeof contract>, world: World): Promise<Result> {
  const { event } = world;
  const branch = branchOf(event.ref);
  if (branch === undefined || branch !== defaultBranchOf(event)) return elsewhere(event.ref);
  const told = readCommentEvent(event);
  if (told === undefined && event.name === 'issue_comment')
    return done(nothing('the comment is not new'), []);
  const said = told && (await attend(world, told));
  return said && 'kind' in said ? done(said, []) : pass(config, world, said);
}

async function pass(config: string, world: World, said: Spoken | undefined): Promise<Result> {
  const { approvals, configuration, issues, log, signal } = world;
  let record = await approvals.read();
  const asks = record.asks.filter(({ payload }) => payload.app === configuration.app);
  const opened = await issues.opened(asks.flatMap((ask) => issueOf(record, ask) ?? []));
  const answers: Heard[] = [];
  const tended: Tended[] = [];
  const failed: Failure[] = [];
  for (const ask of asks) {
    const issue = issueOf(record, ask);
    // Closing comes last: behind a closed issue nothing is left to do.
    if (issue !== undefined && !opened.includes(issue) && said?.comment.thread !== issue) continue;
    try {
      const shown = issue === undefined ? undefined : await issues.read(issue);
      const open = openAsk(world, ask);
      if (open !== undefined && issue !== undefined) {
        const heard = await hearAll(world, record, open, { number: issue, state: shown }, said);
        answers.push(...heard);
        if (heard.some(({ kind }) => kind === 'counted')) record = await approvals.read();
      }
      tended.push(await tend(world, record, ask, shown, { config, signal }));
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'CANCELLED') throw error;
      failed.push(error);
    }
  }
  const [first, ...others] = failed;
  for (const { message, code } of others) log.error(`${message} [${code}]`);
  if (first) throw first;
  return done(tellOf(answers, said), tended);
}

/** What to tell of: of the comment that started this run, else of another one that counted. */
const tellOf = (answers: readonly Heard[], said: Spoken | undefined): Heard | Unheard =>
  answers.find(({ comment }) => comment === said?.comment.id) ??
  answers.find(({ kind }) => kind === 'counted') ??
  nothing(
    said
      ? 'the comment stands in no issue in which Airlock asks for an approval'
      : 'no new comment started this run',
  );

const nothing = (why: string): Unheard => ({ kind: 'nothing', why });

const elsewhere = (ref: string): Result => ({
  kind: 'refused',
  reason: 'NOT_DEFAULT_BRANCH',
  headline: `Nobody is asked or heard on ${ref}: only the default branch says who may approve`,
  next: 'Run the workflow on the default branch.',
  outputs: {},
  summary: '',
});

function done(heard: Heard | Unheard, tended: readonly Tended[]): Result {
  const asking = tended.flatMap(({ issue }) => issue ?? []);
  const again = tended.filter((one) => one.again).map(({ ask }) => ask.payload.run.id);
  return {
    kind: 'done',
    headline: headlineOf(heard, asking, again),
    outputs: {
      answer: heard.kind === 'counted' ? heard.word : undefined,
      issues: JSON.stringify(asking),
      runs: JSON.stringify(again),
    },
    summary: table(
      ['Approval', ''],
      [
        ['Comment', cell(heard.kind === 'counted' ? `${heard.by} said /${heard.word}` : heard.why)],
        ['Asked in', asking.length === 0 ? 'no issue' : asking.map((issue) => `#${issue}`).join(' ')],
        ['Run again', again.length === 0 ? 'none' : again.map(cell).join(', ')],
      ],
    ),
  };
}

function headlineOf(heard: Heard | Unheard, asking: readonly number[], again: readonly string[]): string {
  if (heard.kind === 'counted') {
    const next = again.length === 0 ? '' : '; its run goes on';
    return `${heard.by} said /${heard.word} to ${heard.ask.environment}${next}`;
  }
  if (heard.kind === 'refused') return `The comment did not count: ${heard.why}`;
  return asking.length === 0
    ? 'Nobody is asked for an approval now'
    : `People are asked in ${asking.map((issue) => `#${issue}`).join(', ')}`;
}
