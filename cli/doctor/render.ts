import type { Pen } from '../../rehearsal/view/screen.ts';
import { countsOf, type Finding } from '../../src/domain/doctor/diagnose.ts';
import type { Severity } from '../../src/domain/doctor/rule.ts';
import { plainOutput } from '../../src/domain/output.ts';

const TITLES: readonly (readonly [Severity, string])[] = [
  ['open', 'Open'],
  ['unknown', 'Cannot tell'],
  ['warn', 'Worth a look'],
];

const TONES = { open: 'bad', unknown: 'asks', warn: 'asks', ok: 'good' } as const;

/** The findings as a person reads them: what needs somebody, each with its way; what is in order, counted. */
export function render(repository: string, findings: readonly Finding[], pen: Pen): string {
  const counts = countsOf(findings);
  return [
    pen.bold(`Doctor ${pen.sign.dot} ${repository}`),
    ...TITLES.flatMap(([severity, title]) => {
      const mine = findings.filter((one) => one.severity === severity);
      return mine.length === 0
        ? []
        : ['', pen.bold(`${title} (${mine.length})`), ...mine.map((one) => block(one, pen))];
    }),
    '',
    `${pen.tone('bad', `${counts.open} open`)}, ${pen.tone('asks', `${counts.unknown} unknown, ${counts.warn} to look at`)}, ${pen.tone('good', `${counts.ok} in order`)}`,
    '',
  ].join('\n');
}

/** Names in it come from GitHub and from files: they must not move the cursor. */
function block({ severity, id, about, what, why, fix, at }: Finding, pen: Pen): string {
  const place = at?.line === undefined ? about : `${at.file}:${at.line}`;
  const lines = [
    `  ${pen.mark(TONES[severity])} ${pen.bold(plain(place))} ${plain(what)} ${pen.dim(`[${id}]`)}`,
    `      ${pen.dim(why)}`,
    ...(fix === undefined ? [] : [`      ${pen.sign.arrow} ${plain(fix.click)}`]),
    ...(fix?.command === undefined ? [] : [`        ${pen.blue(plain(fix.command))}`]),
  ];
  return lines.join('\n');
}

const plain = (text: string): string => plainOutput(text).replaceAll('\n', ' ');
