import type { Finding } from '../../src/domain/doctor/diagnose.ts';
import type { Severity } from '../../src/domain/doctor/rule.ts';
import { cell, code, details, preformatted, table, text } from '../../src/domain/markdown.ts';

const MARKS: Readonly<Record<Severity, string>> = {
  open: '🔴 open',
  unknown: '🟠 cannot tell',
  warn: '🟡 look',
  ok: '🟢 in order',
};

/** What needs somebody, then the way to mend each, then what is in order. */
export function summarize(findings: readonly Finding[]): string {
  const wrong = findings.filter(({ severity }) => severity !== 'ok');
  const well = findings.filter(({ severity }) => severity === 'ok');
  return [
    wrong.length === 0
      ? 'Nothing is open.'
      : table(
          ['', 'Where', 'What was seen', 'Why it matters', 'Finding'],
          wrong.map(({ severity, about, what, why, id }) => [
            MARKS[severity],
            cell(about),
            cell(what),
            cell(why),
            code(id),
          ]),
        ),
    ...(wrong.length === 0 ? [] : ['#### The way to mend it', ...wrong.map(mend)]),
    ...(well.length === 0
      ? []
      : [
          details(
            `${well.length} in order`,
            table(
              ['Where', 'What was seen', 'Finding'],
              well.map(({ about, what, id }) => [cell(about), cell(what), code(id)]),
            ),
          ),
        ]),
  ].join('\n\n');
}

const mend = ({ severity, about, id, fix }: Finding): string =>
  [
    `**${MARKS[severity]} · ${text(about)}** ${code(id)}  `,
    text(fix?.click ?? ''),
    ...(fix?.command === undefined ? [] : [preformatted(fix.command)]),
  ].join('\n');
