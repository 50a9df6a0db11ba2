import type { Repository } from '../../src/cycle/history.ts';
import { nameOfApprover } from '../../src/domain/approval/settings.ts';
import type { GateResult } from '../../src/domain/gates/gate.ts';
import { cell, code, table } from '../../src/domain/markdown.ts';
import type { Annotation } from '../../src/domain/outcome.ts';
import { type Digest, shortDigest } from '../../src/domain/release.ts';
import { type Asked, writeAsk } from './comment-approval.ts';
import type { Entry, GateWorld } from './world.ts';

/** How a run tells that it waits: it ends without failing, and nobody may take that for a release. */
export interface Waiting {
  readonly headline: string;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

/**
 * Asks people by comment, where their answer is all that is missing; undefined where it is not.
 *
 * @param gates without those that open with the answer
 * @throws Failure JOB_UNKNOWN, and what the ledger throws
 */
export async function waitFor(
  world: GateWorld,
  repository: Repository,
  entry: Entry & { readonly digest: Digest },
  gates: readonly GateResult[],
  job: string,
): Promise<Waiting | undefined> {
  const { name, gates: settings } = entry.environment;
  const shut = gates.filter(({ state }) => state === 'shut' || state === 'unknown');
  const [only] = shut;
  const waits = shut.length === 1 && only?.state === 'shut' && only.reason === 'WAITS_FOR_APPROVAL';
  if (!waits || settings.comment === undefined) return undefined;
  const { ask, issue }: Asked = await writeAsk(world, repository, entry, settings.comment, job);
  const { approvers, needed } = settings.comment;
  const { emergency } = ask.payload;
  const headline = `${name} waits for approval: nothing was released`;
  return {
    headline,
    summary: table(
      ['Waits for approval', ''],
      [
        ['Release', code(`sha256:${shortDigest(ask.payload.digest)}`)],
        ...(emergency === undefined ? [] : [['Emergency', cell(emergency)]]),
        ['Who may', `${needed} of ${approvers.map((one) => cell(nameOfApprover(one))).join(', ')}`],
        [
          'Where',
          issue === undefined
            ? 'in the issue that approve.yml opens when this run has ended'
            : `in issue #${issue}`,
        ],
        ['Until', cell(ask.payload.until)],
        ['Then', 'this job runs again by itself, with the same files'],
      ],
    ),
    annotations: [{ level: 'warning', message: `${headline}. It goes on when it is approved by comment.` }],
  };
}
