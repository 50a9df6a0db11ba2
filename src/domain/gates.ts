import type { EnvironmentSettings } from './configuration.ts';
import { isProven, type LedgerEntry } from './ledger.ts';
import { type Digest, shortDigest } from './release.ts';

/** `unknown` could not be read. It holds the release back as `shut` does. */
export type GateState = 'open' | 'shut' | 'unknown';

export interface GateResult {
  readonly gate: 'order' | 'approval' | 'newest';
  readonly state: GateState;
  readonly why: string;
  /** What a person should do; empty when the gate is open. */
  readonly next: string;
}

/** How the commit that went live last stands to the commit that wants to enter. */
export type Relation = 'same' | 'contained' | 'contains' | 'diverged' | 'unknown';

/** Whether this digest went through each environment that comes before. */
export function orderGate(
  digest: Digest,
  before: readonly { readonly environment: string; readonly entries: readonly LedgerEntry[] }[],
): GateResult {
  if (before.length === 0) return open('order', 'no environment comes before this one');
  const names = before.map(({ environment }) => environment).join(', ');
  const missing = before.filter(({ entries }) => !isProven(entries, digest));
  if (missing.length === 0) return open('order', `sha256:${shortDigest(digest)} is proven in ${names}`);
  const places = missing.map(({ environment }) => environment).join(', ');
  return {
    gate: 'order',
    state: 'shut',
    why: `sha256:${shortDigest(digest)} did not go live with passing checks in ${places}, or was found bad there since`,
    next: `Release this build into ${places} first.`,
  };
}

/**
 * Whether a person really let this run in: GitHub must ask reviewers, and one of them must have said yes.
 * The second is not implied by the first: a job without `environment:` asks nobody.
 */
export function approvalGate(
  settings: Pick<EnvironmentSettings, 'name' | 'gates'>,
  protection:
    | { readonly kind: 'known'; readonly reviewers: readonly string[] }
    | { readonly kind: 'unknown'; readonly why: string },
  approvers: readonly string[],
): GateResult {
  const { name, gates } = settings;
  if (gates.approval === 'none') return open('approval', 'airlock.yml asks for none');
  const protect = `Add required reviewers to ${name} under Settings → Environments.`;
  if (protection.kind === 'unknown') {
    return { gate: 'approval', state: 'unknown', why: protection.why, next: protect };
  }
  if (protection.reviewers.length === 0) {
    return {
      gate: 'approval',
      state: 'shut',
      why: `airlock.yml requires an approval, but GitHub lets everyone into ${name}`,
      next: protect,
    };
  }
  if (approvers.length > 0) return open('approval', `approved by ${approvers.join(', ')}`);
  return {
    gate: 'approval',
    state: 'shut',
    why: `nobody approved ${name} in this run, though GitHub would ask ${protection.reviewers.join(', ')}`,
    next: `Give the job \`environment: ${name}\`, so that GitHub asks before it starts.`,
  };
}

/**
 * Whether entering would take a newer release away: running an old run again must not be a silent way
 * back. The newer one is that which passed here last, even when something bad has taken its place since. What contains the live commit is newer. Where neither commit contains the other (a hotfix, a
 * rewritten history) the later run wins, so that pushing again always finds a way.
 */
export function newestGate(
  environment: string,
  last: LedgerEntry | undefined,
  runId: string,
  relation: Relation,
): GateResult {
  if (!last) return open('newest', `nothing went live in ${environment} with passing checks yet`);
  const { release, run } = last.payload;
  if (relation === 'same')
    return open('newest', `${release.version} went live here last, from this same commit`);
  if (relation === 'contained')
    return open('newest', `this release contains ${release.version}, which went live here last`);
  const next = 'To go back on purpose, use the rollback workflow. To go on, release a newer commit.';
  if (relation === 'contains') {
    const why = `${release.version} went live here last and contains this commit and more: entering would take it away`;
    return { gate: 'newest', state: 'shut', why, next };
  }
  const neither =
    relation === 'diverged'
      ? `neither this commit nor that of ${release.version}, which went live here last, contains the other`
      : `the commit of ${release.version}, which went live here last, is not in this repository’s history`;
  const order = compareRuns(run.id, runId);
  if (order === undefined) {
    return { gate: 'newest', state: 'unknown', why: `${neither}, and the runs cannot be ordered`, next };
  }
  return order > 0
    ? { gate: 'newest', state: 'shut', why: `${neither}, and that one is from a later run`, next }
    : open('newest', `${neither}; this run is the later one`);
}

/** GitHub counts runs up. Negative when `one` is the earlier; undefined when it cannot be told. */
function compareRuns(one: string, other: string): number | undefined {
  if (!/^\d{1,18}$/.test(one) || !/^\d{1,18}$/.test(other)) return undefined;
  const difference = BigInt(one) - BigInt(other);
  return difference === 0n ? 0 : difference > 0n ? 1 : -1;
}

/** A gate that could not be read. */
export const unreadable = (gate: GateResult['gate'], why: string, next: string): GateResult => ({
  gate,
  state: 'unknown',
  why,
  next,
});

const open = (gate: GateResult['gate'], why: string): GateResult => ({ gate, state: 'open', why, next: '' });
