import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { SizeBudget } from '../domain/configuration.ts';
import { type BundleSize, describeBytes } from '../domain/size.ts';
import type { Verdict } from '../domain/verdict.ts';
import { worstVerdict } from '../domain/verdict.ts';
import type { CheckReport } from '../ports/checker.ts';

type Sizes = Required<Omit<BundleSize, 'name'>>;

/** One budget held against what was measured. */
interface Judged {
  readonly files: string;
  readonly encoding: keyof Sizes;
  readonly budget: number;
  /** Absent when no file matches. */
  readonly actual: number | undefined;
  readonly verdict: Verdict;
}

/**
 * Holds files to their budgets: the sum of what matches, each file compressed on its own at the best
 * level, as servers do that compress ahead of time. A glob that matches nothing measures nothing.
 */
export async function checkBundleSize(
  budgets: readonly SizeBudget[],
  workspace: string,
  signal: AbortSignal,
): Promise<CheckReport> {
  const judged: Judged[] = [];
  const measured: BundleSize[] = [];
  for (const budget of budgets) {
    const sizes = await measure(budget.files, workspace, signal);
    judged.push(...judge(budget, sizes));
    if (sizes !== undefined) measured.push({ name: budget.files, ...sizes });
  }
  const off = judged.filter(({ verdict }) => verdict !== 'pass');
  return {
    verdict: worstVerdict(judged.map(({ verdict }) => verdict)),
    detail:
      off.length === 0
        ? `${judged.length} of ${judged.length} budgets are kept`
        : off.map(describe).join(', '),
    sizes: measured,
    figures: {
      header: ['files', 'encoding', 'budget', 'actual', 'share', 'verdict'],
      rows: judged.map(({ files, encoding, budget, actual, verdict }) => [
        files,
        encoding,
        describeBytes(budget),
        actual === undefined ? 'no files' : describeBytes(actual),
        actual === undefined ? '' : share(actual, budget),
        verdict,
      ]),
    },
  };
}

function judge({ files, rawBytes, gzipBytes, brotliBytes }: SizeBudget, sizes: Sizes | undefined): Judged[] {
  const budgets = { raw: rawBytes, gzip: gzipBytes, brotli: brotliBytes };
  return (['raw', 'gzip', 'brotli'] as const).flatMap((encoding) => {
    const budget = budgets[encoding];
    if (budget === undefined) return [];
    const actual = sizes?.[encoding];
    const verdict = actual === undefined ? 'error' : actual <= budget ? 'pass' : 'fail';
    return [{ files, encoding, budget, actual, verdict }];
  });
}

const describe = ({ files, encoding, budget, actual }: Judged): string =>
  actual === undefined
    ? `${files} matches no file`
    : `${files} is ${describeBytes(actual)} ${encoding}, ${describeBytes(actual - budget)} over its budget`;

/** Rounded up, so that 100 % is never more than the budget. */
const share = (actual: number, budget: number): string =>
  budget === 0 ? (actual === 0 ? '0 %' : '∞') : `${Math.ceil((actual / budget) * 100)} %`;

async function measure(pattern: string, workspace: string, signal: AbortSignal): Promise<Sizes | undefined> {
  const sum = { raw: 0, gzip: 0, brotli: 0 };
  let files = 0;
  for await (const match of glob(pattern, { cwd: workspace })) {
    signal.throwIfAborted();
    const file = join(workspace, match);
    const status = await stat(file);
    if (!status.isFile()) continue;
    files += 1;
    sum.raw += status.size;
    const best = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: status.size } };
    const [gzip, brotli] = await Promise.all([
      compressedSize(file, createGzip({ level: constants.Z_BEST_COMPRESSION }), signal),
      compressedSize(file, createBrotliCompress(best), signal),
    ]);
    sum.gzip += gzip;
    sum.brotli += brotli;
  }
  return files === 0 ? undefined : sum;
}

async function compressedSize(file: string, compressor: Transform, signal: AbortSignal): Promise<number> {
  let size = 0;
  const count = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) size += chunk.length;
  };
  await pipeline(createReadStream(file), compressor, count, { signal });
  return size;
}
