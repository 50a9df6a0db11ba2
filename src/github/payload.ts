import * as z from 'zod';
import type { EntryPayload, Task } from '../domain/ledger.ts';
import { type Digest, isDigest } from '../domain/release.ts';

/** The one key of a deployment's payload that says: this is Airlock's. */
const MARKER = 'airlock';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not a digest');
const commit = z.string().regex(/^[0-9a-f]{40}$/);
const verdict = z.enum(['pass', 'fail', 'insufficient', 'error']);
export const task: z.ZodType<Task> = z.enum([
  'deploy',
  'promote',
  'rollback',
  'hold',
  'release-hold',
  'override',
]);

const bytes = z.number().int().nonnegative();

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
  run: z.strictObject({ id: z.string(), attempt: z.number().int().positive(), url: z.string() }),
  actor: z.string(),
  approvers: z.array(z.string()),
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
    }),
  ),
}) satisfies z.ZodType<EntryPayload>;

/** What a deployment's payload turned out to be. */
export type ReadPayload =
  | { readonly kind: 'entry'; readonly payload: EntryPayload }
  /** Somebody else's deployment: not the ledger's business. */
  | { readonly kind: 'foreign' }
  /** Carries the marker, but cannot be understood: nobody may act on what is left of the ledger. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** A payload as it is written to GitHub. Throws a `ZodError` for one that could not be read back. */
export const writePayload = (entry: EntryPayload): Record<string, unknown> => ({
  [MARKER]: payload.parse(entry),
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
  const parsed = payload.safeParse(marked);
  return parsed.success
    ? { kind: 'entry', payload: parsed.data }
    : { kind: 'unreadable', why: z.prettifyError(parsed.error) };
}
