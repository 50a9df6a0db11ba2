import type { Verdict } from '../../src/domain/verdict.ts';
import { cut, nameOf, type Pen, pad, type Tone } from './screen.ts';
import type { Question } from './state.ts';
import type { Change } from './story.ts';

const VERDICT_TONES: Readonly<Record<Verdict, Tone>> = {
  pass: 'good',
  fail: 'bad',
  insufficient: 'asks',
  error: 'bad',
};

/** The approval question: what a yes would change, and the two keys. */
export function questionLines(question: Question, columns: number, pen: Pen): readonly string[] {
  const title = pen.tone(
    'asks',
    pen.bold(cut(`${pen.sign.mark.asks} ${question.environment} asks for your approval`, columns, pen)),
  );
  const facts = question.change === undefined ? [] : changeFacts(question.change, pen);
  const widest = Math.max(0, ...facts.map((fact) => fact.name.length));
  const rows = facts.map(
    ({ name, text, tone }) =>
      `  ${pen.dim(pad(name, widest))}  ${tone === undefined ? '' : `${pen.mark(tone)} `}${cut(text, columns - widest - 4 - (tone === undefined ? 0 : 2), pen)}`,
  );
  const keys = `  ${pen.bold('[a]')} approve   ${pen.bold('[r]')} reject`;
  return [title, ...rows, keys];
}

/** What is about to change, a fact a line; also what the plain lines and the summary say. */
export function changeFacts(
  change: Change,
  pen: Pick<Pen, 'sign'>,
): readonly { name: string; text: string; tone?: Tone }[] {
  const { commit, live, migrations } = change;
  const release = nameOf({ version: change.version ?? 'not known yet', commit: commit.sha });
  return [
    { name: 'goes live', text: `${release}  ${commit.subject}` },
    {
      name: 'live now',
      text: live === undefined ? 'nothing yet' : nameOf(live),
    },
    { name: 'migrations', ...migrationFact(migrations) },
    ...change.before.map(({ environment, verdict, detail }) => ({
      name: environment,
      text: detail === '' ? verdict : `${verdict} ${pen.sign.dot} ${detail}`,
      tone: VERDICT_TONES[verdict],
    })),
  ];
}

function migrationFact(migrations: Change['migrations']): { text: string; tone?: Tone } {
  if (typeof migrations === 'string') return { text: migrations, tone: 'bad' };
  if (migrations.length === 0) return { text: 'none pending' };
  return { text: migrations.map(({ id, reversibility }) => `${id} (${undoing(reversibility)})`).join(', ') };
}

function undoing(reversibility: string): string {
  switch (reversibility) {
    case 'free':
      return 'can be undone';
    case 'lossy':
      return 'undoing loses data';
    case 'irreversible':
      return 'cannot be undone';
    default:
      return 'unknown whether it can be undone';
  }
}
