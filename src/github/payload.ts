import * as z from 'zod';
import { type ApprovalPayload, WORDS } from '../domain/approval/record.ts';
import type { ControlPayload } from '../domain/holds.ts';
import type { LaneOwner } from '../domain/lane.ts';
import type { EntryPayload, Task } from '../domain/ledger.ts';
import { type Digest, isDigest } from '../domain/release.ts';

/** The one key of a deployment's payload that says: this is Airlock's. */
const MARKER = 'airlock';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not a digest');
const commit = z.string().regex(/^[0-9a-f]{40}$/);
const verdict = z.enum(['pass', 'fail', 'insufficient', 'error']);
export const task: z.ZodType<Task> = z.enum(['deploy', 'promote', 'rollback']);

const bytes = z.number().int().nonnegative();
const run = z.strictObject({ id: z.string(), attempt: z.number().int().positive(), url: z.string() });

const payload = z.strictObject({
  schema: z.literal(1),
  release: z.strictObject({
    app: z.string(),
    version: z.string(),
    commit,
    builtAt: z.string(),
    digest,
  }),
  target: z.strictObject({ provider: z.string(), deploymentId: z.exactOptional(z.string()) }),
  previous: z.exactOptional(
    z.strictObject({
      deploymentId: z.string(),
      digest: z.exactOptional(digest),
      version: z.string(),
      commit: z.string(),
    }),
  ),
  migrations: z.array(z.string()),
  verdicts: z.record(z.string(), verdict),
  run,
  actor: z.string(),
  approvers: z.array(z.string()),
  overridden: z.exactOptional(z.array(z.string())),
  reason: z.exactOptional(z.string()),
  undoes: z.exactOptional(z.string()),
  condemns: z.exactOptional(z.literal(true)),
  foreign: z.exactOptional(z.strictObject({ version: z.string(), commit: z.string() })),
  sizes: z.exactOptional(
    z.array(
      z.strictObject({
        name: z.string(),
        raw: bytes,
        gzip: z.exactOptional(bytes),
        brotli: z.exactOptional(bytes),
      }),
    ),
  ),
  pullRequest: z.exactOptional(z.number().int().positive()),
  hotfix: z.exactOptional(
    z.strictObject({
      branch: z.string(),
      base: commit,
      skipped: z.array(z.string()),
      emergency: z.exactOptional(z.string()),
      approvedIn: z.exactOptional(z.string()),
    }),
  ),
}) satisfies z.ZodType<EntryPayload>;

const controlPayload = z.strictObject({
  schema: z.literal(1),
  control: z.enum(['lock', 'unlock', 'hold', 'release', 'override', 'deploy']),
  app: z.string(),
  commit,
  digest: z.exactOptional(digest),
  version: z.exactOptional(z.string()),
  gate: z.exactOptional(z.string()),
  reason: z.string(),
  until: z.exactOptional(z.iso.datetime()),
  lifts: z.array(z.string()),
  run,
  actor: z.string(),
  second: z.exactOptional(z.string()),
  comment: z.exactOptional(z.number().int().positive()),
}) satisfies z.ZodType<ControlPayload>;

/** A ticket of an app's lane; its environment is that of the deployment. */
export interface LanePayload {
  readonly schema: 1;
  readonly lane: { readonly app: string; readonly owner: LaneOwner };
}

const lanePayload = z.strictObject({
  schema: z.literal(1),
  lane: z.strictObject({ app: z.string(), owner: z.strictObject({ run, job: z.string() }) }),
}) satisfies z.ZodType<LanePayload>;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const id = z.number().int().positive();
const ofApproval = { schema: z.literal(1), app: z.string(), commit, run };

const approvalPayload = z.discriminatedUnion('approval', [
  z.strictObject({
    ...ofApproval,
    approval: z.literal('ask'),
    digest,
    plan: z.strictObject({
      whole: hash,
      parts: z.strictObject({ release: hash, live: hash, migrations: hash, environment: hash }),
    }),
    until: z.iso.datetime(),
    startedBy: z.array(z.string()),
    job: id,
    emergency: z.exactOptional(z.string()),
  }),
  z.strictObject({ ...ofApproval, approval: z.literal('issue'), ask: z.string(), issue: id }),
  z.strictObject({
    ...ofApproval,
    approval: z.literal('answer'),
    word: z.enum(WORDS),
    ask: z.string(),
    digest,
    plan: hash,
    issue: id,
    comment: id,
    by: z.strictObject({ id, login: z.string() }),
    reason: z.string(),
    waited: z.number().int().positive(),
  }),
]) satisfies z.ZodType<ApprovalPayload>;

/** What a deployment's payload turned out to be. */
export type ReadPayload =
  | { readonly kind: 'entry'; readonly payload: EntryPayload }
  /** Says something of an environment or a release: it is no entry about an activation. */
  | { readonly kind: 'control'; readonly payload: ControlPayload }
  | { readonly kind: 'lane'; readonly payload: LanePayload }
  | { readonly kind: 'approval'; readonly payload: ApprovalPayload }
  /** Somebody else's deployment: not the ledger's business. */
  | { readonly kind: 'foreign' }
  /** Carries the marker, but cannot be understood: nobody may act on what is left of the ledger. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** A payload as it is written to GitHub. As its twins below, throws a `ZodError` for one that could not be read back. */
export const writePayload = (entry: EntryPayload): Record<string, unknown> => ({
  [MARKER]: payload.parse(entry),
});

export const writeControl = (control: ControlPayload): Record<string, unknown> => ({
  [MARKER]: controlPayload.parse(control),
});

export const writeLane = (lane: LanePayload): Record<string, unknown> => ({
  [MARKER]: lanePayload.parse(lane),
});

export const writeApproval = (approval: ApprovalPayload): Record<string, unknown> => ({
  [MARKER]: approvalPayload.parse(approval),
});

/** Reads a payload from REST (JSON or a text) or GraphQL (a text, of a text perhaps). */
export function readPayload(raw: unknown): ReadPayload {
  let value = raw;
  for (let layer = 0; typeof value === 'string' && layer < 3; layer += 1)
    try {
      value = JSON.parse(value);
    } catch {
      return String(value).includes(`"${MARKER}"`)
        ? { kind: 'unreadable', why: 'its payload is not JSON' }
        : { kind: 'foreign' };
    }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, MARKER))
    return { kind: 'foreign' };
  const marked = (value as Record<string, unknown>)[MARKER];
  const schema = z.object({ schema: z.number() }).safeParse(marked);
  if (schema.success && schema.data.schema !== 1)
    return { kind: 'unreadable', why: `it has schema ${schema.data.schema}, and this Airlock knows 1` };
  if (Object.hasOwn(marked ?? {}, 'control'))
    return read(controlPayload, marked, (found) => ({ kind: 'control', payload: found }));
  if (Object.hasOwn(marked ?? {}, 'lane'))
    return read(lanePayload, marked, (found) => ({ kind: 'lane', payload: found }));
  if (Object.hasOwn(marked ?? {}, 'approval'))
    return read(approvalPayload, marked, (found) => ({ kind: 'approval', payload: found }));
  return read(payload, marked, (found) => ({ kind: 'entry', payload: found }));
}

function read<T>(schema: z.ZodType<T>, marked: unknown, as: (payload: T) => ReadPayload): ReadPayload {
  const parsed = schema.safeParse(marked);
  return parsed.success ? as(parsed.data) : { kind: 'unreadable', why: z.prettifyError(parsed.error) };
}
