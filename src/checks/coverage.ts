import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { BuildCheckSettings } from '../domain/configuration.ts';
import { worstVerdict } from '../domain/verdict.ts';
import type { CheckReport } from '../ports/checker.ts';

type CoverageSettings = BuildCheckSettings & { kind: 'coverage' };

const MEASURES = ['lines', 'statements', 'functions', 'branches'] as const;

/** Istanbul writes `"Unknown"` for a measure of nothing at all. */
const MEASURE = z.object({
  total: z.int().nonnegative(),
  covered: z.int().nonnegative(),
  pct: z.union([z.number().min(0).max(100), z.literal('Unknown')]),
});
/** Newer istanbul adds measures of its own (`branchesTrue`): they are not ours to judge. */
const SUMMARY = z.object({
  total: z.object({
    lines: MEASURE.optional(),
    statements: MEASURE.optional(),
    functions: MEASURE.optional(),
    branches: MEASURE.optional(),
  }),
});

/**
 * Holds the totals of an istanbul `coverage-summary.json` to their minimums. What was not measured is an
 * error: no coverage is not good coverage.
 *
 * @param file absolute path of the summary
 */
export async function checkCoverage(
  file: string,
  { summary, minimum }: CoverageSettings,
): Promise<CheckReport> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT'
        ? `${summary} does not exist; have the tests write it, and name their check under \`needs\``
        : `${summary} cannot be read (${error.code})`,
    );
  });
  const total = readTotals(text, summary);
  const judged = MEASURES.flatMap((measure) => {
    const least = minimum[measure];
    return least === undefined ? [] : [{ measure, least, ...judge(total[measure], least) }];
  });
  return {
    verdict: worstVerdict(judged.map(({ verdict }) => verdict)),
    detail: judged.map(({ measure, seen, least }) => `${measure} ${seen} of at least ${least} %`).join(', '),
    figures: {
      header: ['measure', 'minimum', 'measured', 'verdict'],
      rows: judged.map(({ measure, least, seen, verdict }) => [measure, `${least} %`, seen, verdict]),
    },
  };
}

function readTotals(text: string, summary: string): z.infer<typeof SUMMARY>['total'] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${summary} is not JSON`);
  }
  const parsed = SUMMARY.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${summary} is no istanbul summary: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  return parsed.data.total;
}

/** From the counts, not from the rounded percentage: 79.999 % is not 80 %. */
function judge(found: z.infer<typeof MEASURE> | undefined, least: number) {
  if (found === undefined || found.pct === 'Unknown' || found.total === 0)
    return { verdict: 'error', seen: 'not measured' } as const;
  if (found.covered > found.total) return { verdict: 'error', seen: 'more covered than there is' } as const;
  const share = (found.covered / found.total) * 100;
  return {
    verdict: share >= least ? 'pass' : 'fail',
    seen: `${(Math.floor(share * 100) / 100).toFixed(2)} %`,
  } as const;
}
