import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { CheckReport } from '../ports/checker.ts';
import type { CheckerHost } from './host.ts';

const LEVELS = ['info', 'low', 'moderate', 'high', 'critical'] as const;
type Level = (typeof LEVELS)[number];
type Counts = Readonly<Record<Level, number>>;

const COUNTS = z.object({
  info: z.int().nonnegative(),
  low: z.int().nonnegative(),
  moderate: z.int().nonnegative(),
  high: z.int().nonnegative(),
  critical: z.int().nonnegative(),
});

/** What npm, pnpm and Yarn say when they could not ask the registry. */
const REFUSED = z.object({
  error: z.object({
    code: z.string().optional(),
    summary: z.string().optional(),
    message: z.string().optional(),
  }),
});

interface Auditor {
  readonly program: string;
  readonly lockfiles: readonly string[];
  readonly args: readonly string[];
  /** Counts by level out of what was printed; throws on anything else. */
  read(output: string): Counts;
}

const NPM_REPORT = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.enum(LEVELS) })),
  metadata: z.object({ vulnerabilities: COUNTS.extend({ total: z.int().nonnegative() }) }),
});
const PNPM_REPORT = z.object({
  advisories: z.record(z.string(), z.unknown()),
  metadata: z.object({ vulnerabilities: COUNTS }),
});
const YARN_SUMMARY = z.object({
  type: z.literal('auditSummary'),
  data: z.object({ vulnerabilities: COUNTS }),
});

const AUDITORS: readonly Auditor[] = [
  {
    program: 'npm',
    lockfiles: ['package-lock.json', 'npm-shrinkwrap.json'],
    args: ['audit', '--json'],
    read(output) {
      const { vulnerabilities, metadata } = NPM_REPORT.parse(json(output));
      const { total, ...counts } = metadata.vulnerabilities;
      // Three ways in which the report says how many there are: all have to agree.
      if (sum(counts) !== total || Object.keys(vulnerabilities).length !== total)
        throw new Error('its counts contradict each other');
      return counts;
    },
  },
  {
    program: 'pnpm',
    lockfiles: ['pnpm-lock.yaml'],
    args: ['audit', '--json'],
    read(output) {
      const { advisories, metadata } = PNPM_REPORT.parse(json(output));
      if (Object.keys(advisories).length > 0 && sum(metadata.vulnerabilities) === 0)
        throw new Error('its counts contradict each other');
      return metadata.vulnerabilities;
    },
  },
  {
    program: 'yarn',
    lockfiles: ['yarn.lock'],
    args: ['audit', '--json'],
    read(output) {
      const lines = output.split('\n').filter((line) => line.trim() !== '');
      const summaries = lines
        .map((line) => YARN_SUMMARY.safeParse(json(line)))
        .filter(({ success }) => success);
      const [only] = summaries;
      if (summaries.length !== 1 || only?.data === undefined) throw new Error('it has no summary');
      return only.data.data.vulnerabilities;
    },
  },
];

/** Longest wait for the registry, its client's own retries included. */
const AUDIT_TIMEOUT_MS = 3 * 60_000;
/** Reports of large trees have megabytes. */
const REPORT_LIMIT = 64 * 1024 * 1024;

/**
 * Asks the package manager that the lockfile belongs to for known vulnerabilities. Its exit code says
 * nothing certain, so the report is read, strictly: an audit that cannot be had is an error, never a pass.
 */
export async function checkAudit(
  level: Level,
  { workspace, processes }: Pick<CheckerHost, 'workspace' | 'processes'>,
  signal: AbortSignal,
): Promise<CheckReport> {
  const auditor = await auditorOf(workspace);
  const { stdout, timedOut } = await processes.run(auditor.program, auditor.args, {
    cwd: workspace,
    timeoutMs: AUDIT_TIMEOUT_MS,
    outputLimit: REPORT_LIMIT,
    signal,
  });
  if (timedOut) throw new Error(`${auditor.program} audit gave no answer within three minutes`);
  const counts = countsIn(stdout, auditor);
  const found = LEVELS.slice(LEVELS.indexOf(level)).reduce((total, one) => total + counts[one], 0);
  return {
    verdict: found === 0 ? 'pass' : 'fail',
    detail: `${found} at level ${level} or above, by ${auditor.program} audit (${LEVELS.map((one) => `${counts[one]} ${one}`).join(', ')})`,
    figures: { header: LEVELS, rows: [LEVELS.map((one) => String(counts[one]))] },
  };
}

async function auditorOf(workspace: string): Promise<Auditor> {
  const exists = (name: string) =>
    access(join(workspace, name)).then(
      () => true,
      () => false,
    );
  for (const auditor of AUDITORS)
    for (const lockfile of auditor.lockfiles) {
      if (!(await exists(lockfile))) continue;
      if (auditor.program === 'yarn' && (await exists('.yarnrc.yml')))
        throw new Error('audits of Yarn 2 and later cannot be read; use a `run` check with `yarn npm audit`');
      return auditor;
    }
  throw new Error(
    `there is no lockfile to audit (${AUDITORS.flatMap(({ lockfiles }) => lockfiles).join(', ')})`,
  );
}

function countsIn(output: string, auditor: Auditor): Counts {
  try {
    return auditor.read(output);
  } catch (error) {
    const refused = REFUSED.safeParse(tryJson(output));
    const { code, summary, message } = refused.data?.error ?? {};
    const why = refused.success
      ? [code, (summary ?? message)?.split('\n')[0]].filter(Boolean).join(': ') || 'it gave no reason'
      : error instanceof z.ZodError
        ? `${error.issues[0]?.path.join('.') || 'report'}: ${error.issues[0]?.message}`
        : String(error instanceof Error ? error.message : error);
    throw new Error(`${auditor.program} audit has no usable report: ${why.slice(0, 300)}`);
  }
}

const sum = (counts: Counts): number => LEVELS.reduce((total, level) => total + counts[level], 0);

function json(text: string): unknown {
  const value = tryJson(text);
  if (value === undefined) throw new Error('it is not JSON');
  return value;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
