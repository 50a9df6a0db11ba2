import type { Ask } from '../../src/domain/approval/record.ts';
import { nameOfApprover } from '../../src/domain/approval/settings.ts';
import { describeAge } from '../../src/domain/duration.ts';
import { code, inert, table } from '../../src/domain/markdown.ts';
import { type Overview, renderOverview } from '../../src/domain/overview.ts';
import type { OpenAsk } from './world.ts';

/** For people who look for these issues; which issue asks for what stands in the ledger. */
export const LABEL = 'airlock-approval';

/** GitHub takes 65,536 characters. */
const LONGEST_BODY = 60_000;

export const titleOf = ({ ask }: OpenAsk, { built }: Overview): string =>
  `Approve ${plain(built?.version ?? ask.payload.commit.slice(0, 7))} for ${plain(ask.environment)}${ask.payload.emergency === undefined ? '' : ', an emergency'}`;

/** What people read before they answer. Approvers are named so that GitHub tells them; all else is inert. */
export function askText({ ask, settings }: OpenAsk, overview: Overview, now: Date): string {
  const { digest, emergency, plan, run, startedBy, until } = ask.payload;
  const who = settings.approvers.map((one) =>
    one.kind === 'person' ? `@${one.login}` : nameOfApprover(one),
  );
  const left = describeAge(Date.parse(until) - now.getTime());
  const head = [
    ...(emergency === undefined ? [] : [emergencyText(ask, emergency)]),
    `[Run ${run.id}](${run.url}) waits. ${settings.needed === 1 ? 'One' : settings.needed} of ${who.join(', ')} answers in a comment of their own, whose first line is exactly one of these:`,
    table(
      ['', ''],
      [
        ['`/approve`', 'the waiting job runs again, with the same files'],
        ['`/reject reason`', 'this release does not go in'],
        ['`/hold reason`', 'the same, and it is held everywhere until somebody releases it'],
      ],
    ),
    table(
      ['Asked for', ''],
      [
        ['Files', code(digest)],
        ['Plan', code(plan.whole.slice(0, 12))],
        ['Started by', startedBy.map(inert).join(', ')],
        ['Until', `${until} (${left} from now)`],
      ],
    ),
    'Only what is asked here is approved: another release, another live release, other migrations or another airlock.yml, and it is asked anew. A comment that was edited does not count.',
  ].join('\n\n');
  const rest = renderOverview(overview, now);
  const room = LONGEST_BODY - head.length;
  return `${head}\n\n${rest.length <= room ? rest : 'What would change is too long to show here: see the summary of the run.'}`;
}

/** A yes stands for more than a release that was tried before. */
const emergencyText = ({ environment, payload: { startedBy } }: Ask, reason: string): string =>
  `**Emergency:** ${inert(reason)}. ${inert(environment)} would take files that no environment before it has run. Whoever says yes stands for that beside ${startedBy.map(inert).join(', ')}, and both names are recorded.`;

export const endText = (why: string, { payload }: Ask): string =>
  `Closed: ${inert(why)}. [Run ${payload.run.id}](${payload.run.url})`;

/** A title is no Markdown, and one line. */
const plain = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll('@', '')
    .slice(0, 100);
