import { describeDuration } from '../../src/domain/duration.ts';
import { details, inert, table } from '../../src/domain/markdown.ts';
import { type BundleSize, describeBytes } from '../../src/domain/size.ts';
import type { CheckResult, Verdict } from '../../src/domain/verdict.ts';
import type { Retirement } from './retire.ts';

/** GitHub takes 65,536 characters. With these bounds the longest comment has some 55,000. */
const MOST_ROWS = 20;
const LONGEST_NAME = 80;
const LONGEST_DETAIL = 160;

export interface PreviewReport {
  readonly app: string;
  /** Whether everything of it went well. */
  readonly passed: boolean;
  /** What stopped it, in words; empty when nothing did. */
  readonly stopped: string;
  /** Absent when there is none, or none that can be trusted as a link. */
  readonly url: string | undefined;
  readonly version: string;
  readonly deploymentId: string;
  readonly head: string;
  readonly checks: readonly CheckResult[];
  readonly sizes: readonly BundleSize[];
  readonly baseline: Baseline;
  /** Who lets people in, where strangers are kept out. */
  readonly guardedBy: string | undefined;
  readonly run: string;
  readonly at: Date;
}

/** What the sizes are compared with. */
export type Baseline =
  | {
      readonly kind: 'release';
      readonly environment: string;
      readonly version: string;
      readonly sizes: readonly BundleSize[];
    }
  | { readonly kind: 'none'; readonly why: string };

/** The comment of a preview. Everything from outside is data in it: no link, mention, image or markup. */
export function previewComment(report: PreviewReport): string {
  const { passed, url, stopped, guardedBy, checks } = report;
  return [
    `### ${passed ? '✅' : '❌'} Preview of ${inert(short(report.app, LONGEST_NAME))} ${passed ? 'is up' : 'failed'}`,
    url === undefined ? '' : `**[Open the preview](${url})**`,
    stopped === '' ? '' : `**Stopped** ${inert(short(stopped, LONGEST_DETAIL))}`,
    url === undefined || guardedBy === undefined
      ? ''
      : `Strangers are kept out of it: open it signed in to ${inert(guardedBy)} as a member of the team it belongs to. The checks have a key of their own.`,
    checks.length === 0 ? 'No check was asked.' : checksTable(checks),
    sizesPart(report),
    footer(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The comment once the previews are gone, or as many of them as went. */
export function removedComment(about: {
  readonly app: string;
  readonly left: Retirement['left'];
  readonly head: string;
  readonly run: string;
  readonly at: Date;
}): string {
  const { left } = about;
  return [
    left.length === 0
      ? `### 🧹 Preview of ${inert(short(about.app, LONGEST_NAME))} removed`
      : `### ❌ Preview of ${inert(short(about.app, LONGEST_NAME))} could not be removed`,
    left.length === 0
      ? 'The pull request is closed, and nothing of it is served any more.'
      : table(
          ['still there', 'why'],
          left
            .slice(0, MOST_ROWS)
            .map(({ deployment, why }) => [
              exact(short(deployment, LONGEST_NAME)),
              inert(short(why, LONGEST_DETAIL)),
            ]),
        ),
    left.length === 0 ? '' : 'Run the clean-up job again, or remove them by hand.',
    `<sub>Commit ${exact(about.head.slice(0, 7))} · ${runLink(about.run)} · ${time(about.at)}</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/**
 * An address as it may stand in a Markdown link: http or https, without credentials, and without a sign
 * that would end the link.
 */
export function linkable(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  // What is left in it is ASCII.
  return url.href.replaceAll(
    /[^A-Za-z0-9._~:/?#@!$&+,;=%-]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

const MARKS: Readonly<Record<Verdict, string>> = {
  pass: '✅',
  fail: '❌ fail',
  insufficient: '⚠️ insufficient',
  error: '⚠️ error',
};

function checksTable(checks: readonly CheckResult[]): string {
  const worstFirst = [
    ...checks.filter(({ verdict }) => verdict !== 'pass'),
    ...checks.filter(({ verdict }) => verdict === 'pass'),
  ];
  const rows = worstFirst
    .slice(0, MOST_ROWS)
    .map(({ name, verdict, detail, durationMs }) => [
      inert(short(name, LONGEST_NAME)),
      MARKS[verdict],
      describeDuration(durationMs),
      verdict === 'pass' ? '' : inert(short(detail, LONGEST_DETAIL)),
    ]);
  const more = checks.length - rows.length;
  const shown = table(['check', '', 'took', 'expected and seen'], rows);
  return more > 0 ? `${shown}\n\n… and ${more} more in the run.` : shown;
}

function sizesPart({ sizes, baseline }: PreviewReport): string {
  if (sizes.length === 0) return '';
  const before = new Map(baseline.kind === 'release' ? baseline.sizes.map((one) => [one.name, one]) : []);
  const shown = table(
    ['size', 'raw', 'gzip', 'brotli'],
    sizes.slice(0, MOST_ROWS).map((now) => {
      const then = before.get(now.name);
      return [
        inert(short(now.name, LONGEST_NAME)),
        ...(['raw', 'gzip', 'brotli'] as const).map((encoding) => change(now[encoding], then?.[encoding])),
      ];
    }),
  );
  const note =
    baseline.kind === 'release'
      ? `Compared with ${inert(short(baseline.version, LONGEST_NAME))}, the newest good release in ${inert(baseline.environment)}.`
      : `Nothing to compare with yet: ${inert(baseline.why)}.`;
  return details('Size of the build', `${shown}\n\n${note}`);
}

/** As code, and as inert: between HTML tags GitHub still makes links of addresses. */
const exact = (value: string): string => `<code>${inert(value)}</code>`;

/** `14.2 KiB`, and by how much it changed in bytes and percent where it was known before. */
export function change(now: number | undefined, before: number | undefined): string {
  if (now === undefined) return '–';
  if (before === undefined) return describeBytes(now);
  const difference = now - before;
  if (difference === 0) return `${describeBytes(now)} (±0)`;
  const sign = difference > 0 ? '+' : '−';
  const share = before === 0 ? '' : `, ${sign}${((Math.abs(difference) / before) * 100).toFixed(1)} %`;
  return `${describeBytes(now)} (${sign}${describeBytes(Math.abs(difference))}${share})`;
}

function footer({ version, deploymentId, head, run, at }: PreviewReport): string {
  const parts = [
    version === '' ? '' : `Version ${exact(short(version, LONGEST_NAME))}`,
    `commit ${exact(head.slice(0, 7))}`,
    deploymentId === '' ? '' : `deployment ${exact(short(deploymentId, LONGEST_NAME))}`,
    runLink(run),
    time(at),
  ];
  return `<sub>${parts.filter((part) => part !== '').join(' · ')}</sub>`;
}

const runLink = (run: string): string => {
  const url = linkable(run);
  return url === undefined ? '' : `[run](${url})`;
};

const time = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const short = (value: string, most: number): string => {
  const signs = [...value];
  return signs.length > most ? `${signs.slice(0, most - 1).join('')}…` : value;
};
