import { describeDuration } from '../../src/domain/duration.ts';
import { totalBytes } from '../../src/domain/manifest.ts';
import { cell, code, details, preformatted, table, text } from '../../src/domain/markdown.ts';
import { outputTail } from '../../src/domain/output.ts';
import { describeBytes } from '../../src/domain/size.ts';
import { timeline } from '../../src/domain/timeline.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import type { SealedRelease } from '../../src/ports/release-store.ts';
import type { FinishedCheck } from './run-checks.ts';

const VERDICT: Readonly<Record<Verdict, string>> = {
  pass: '✅ pass',
  fail: '❌ fail',
  error: '⚠️ could not be checked',
  insufficient: '⏸️ not run',
};

/** The step's summary: what was checked, what it printed where it failed, and what was sealed. */
export function summarize(checks: readonly FinishedCheck[], sealed: SealedRelease | undefined): string {
  return [
    checks.length === 0 ? '' : checksTable(checks),
    ...checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'error').map(failureOutput),
    ...checks.map(figures),
    sealed === undefined ? '' : sealedTable(sealed),
    whoRanWhen(checks),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const checksTable = (checks: readonly FinishedCheck[]): string =>
  table(
    ['check', 'verdict', 'time', 'what was seen'],
    checks.map(({ name, verdict, durationMs, detail, startedAt }) => [
      cell(name),
      VERDICT[verdict],
      startedAt === undefined ? '' : describeDuration(durationMs),
      cell(detail),
    ]),
  );

const failureOutput = ({ name, output }: FinishedCheck): string =>
  output === undefined || output.trim() === ''
    ? ''
    : details(`Output of ${code(name)}`, preformatted(outputTail(output)));

const figures = ({ name, figures: found }: FinishedCheck): string =>
  found === undefined
    ? ''
    : `**${text(name)}**\n\n${table(
        found.header.map(cell),
        found.rows.map((row) => row.map(cell)),
      )}`;

function sealedTable({ release, manifest, archiveBytes, warnings }: SealedRelease): string {
  const facts = table(
    ['sealed release', ''],
    [
      ['version', cell(release.version)],
      ['commit', code(release.commit)],
      ['digest', code(release.digest)],
      ['files', `${manifest.length}, ${describeBytes(totalBytes(manifest))}`],
      ['packed', describeBytes(archiveBytes)],
    ],
  );
  return [facts, ...warnings.map((warning) => `⚠️ ${text(warning)}`)].join('\n\n');
}

function whoRanWhen(checks: readonly FinishedCheck[]): string {
  const spans = checks.flatMap(({ name, startedAt, durationMs }) =>
    startedAt === undefined ? [] : [{ name, from: startedAt, to: startedAt + durationMs }],
  );
  return spans.length < 2 ? '' : details('Who ran when', preformatted(timeline(spans)));
}
