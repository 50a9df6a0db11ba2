import { type ApprovalRecord, type Ask, issueOf } from '../../src/domain/approval/record.ts';
import { cell, table } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';
import { type Heard, hear } from './hear.ts';
import { type Tended, tend } from './tend.ts';
import { LABEL } from './words.ts';
import type { ApproveWorld } from './world.ts';

type Result = Outcome<Outputs<typeof contract>>;

/**
 * Hears the comment that started the run, if one did, and then does for every ask what is left to do. Every
 * event does all of it, so that none has to come for the work of another that was cut short.
 */
export async function approve(
  { config }: Inputs<typeof contract>,
  world: ApproveWorld & { readonly signal: AbortSignal },
): Promise<Result> {
  const before = await world.approvals.read();
  const heard = await hear(world, before);
  const record = heard.kind === 'counted' ? await world.approvals.read() : before;
  const opened = await world.issues.opened(LABEL);
  const tended: Tended[] = [];
  for (const ask of unfinished(record, world, opened, heard))
    tended.push(await tend(world, record, ask, { opened, config, signal: world.signal }));
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

/**
 * Asks of this app whose issue is not closed, as that comes last, and the one that was answered now. A
 * repository may hold several apps.
 */
const unfinished = (
  record: ApprovalRecord,
  { configuration }: ApproveWorld,
  opened: readonly number[],
  heard: Heard,
): readonly Ask[] =>
  record.asks.filter((ask) => {
    const issue = issueOf(record, ask);
    const isHeard = heard.kind === 'counted' && heard.ask.id === ask.id;
    return (
      ask.payload.app === configuration.app && (isHeard || issue === undefined || opened.includes(issue))
    );
  });

function headlineOf(heard: Heard, asking: readonly number[], again: readonly string[]): string {
  if (heard.kind === 'counted') {
    const next = again.length === 0 ? '' : '; its run goes on';
    return `${heard.by} said /${heard.word} to ${heard.ask.environment}${next}`;
  }
  if (heard.kind === 'refused') return `The comment did not count: ${heard.why}`;
  return asking.length === 0
    ? 'Nobody is asked for an approval now'
    : `People are asked in ${asking.map((issue) => `#${issue}`).join(', ')}`;
}
