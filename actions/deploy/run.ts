import { entryOf } from '../../src/cycle/ledger-entries.ts';
import { type EnvironmentSettings, PREVIEW } from '../../src/domain/configuration.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { Failure } from '../../src/domain/failure.ts';
import { cell, code, table } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import {
  describeRelease,
  identityOf,
  type Release,
  sameRelease,
  shortDigest,
} from '../../src/domain/release.ts';
import type { BundleSize } from '../../src/domain/size.ts';
import { judgePreview } from '../../src/domain/trust.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Target } from '../../src/ports/target.ts';
import type { Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

export interface DeployWorld {
  readonly environment: EnvironmentSettings;
  /** Verified against its digest. */
  readonly release: Release;
  /** What the build weighs: a later one is compared with it. */
  readonly sizes: readonly BundleSize[];
  /** Absolute path of the verified files of the app. */
  readonly directory: string;
  readonly target: Target;
  readonly ledger: Ledger;
  readonly event: WorkflowEvent;
  readonly log: Log;
  /** Keeps the ledger entry's id for the step after the job. */
  keepEntry(id: string): void;
}

/** Stages a release beside the live one. Run twice, it finds what it staged before. */
export async function deploy(
  world: DeployWorld,
  signal: AbortSignal,
): Promise<Outcome<Outputs<typeof contract>>> {
  const { environment, release, target, ledger, log } = world;
  const before = await target.observe({ signal });
  log.info(
    `${environment.name}: live is ${before.live ? before.live.version : 'nothing yet'}; staging ${describeRelease(release)} beside it.`,
  );
  const entry = await ledger.open(
    entryOf('deploy', environment.name, world.event, {
      release,
      target: { provider: environment.target.provider },
      // Where staging is going live, this is what there is to go back to.
      ...(target.stagesLive && before.live && !sameRelease(before.live, release)
        ? { previous: { deploymentId: before.live.id, ...identityOf(before.live) } }
        : {}),
      ...(world.sizes.length === 0 ? {} : { sizes: world.sizes }),
      ...pullRequestOf(world),
    }),
  );
  world.keepEntry(entry.id);
  let deployment: Deployment;
  try {
    deployment = await target.stage({ release, directory: world.directory, event: world.event }, signal);
  } catch (error) {
    const cancelled = error instanceof Failure && error.code === 'CANCELLED';
    await ledger.advance(entry.id, cancelled ? 'cancelled' : 'failed', {
      text: cancelled
        ? 'Cancelled while staging'
        : `Staging failed${error instanceof Failure ? `: ${error.code}` : ''}`,
    });
    throw error;
  }
  if (!sameRelease(deployment, release)) {
    throw new Failure(
      'STAGED_OTHER_RELEASE',
      `The target staged ${describeRelease(deployment)} where ${describeRelease(release)} was asked for.`,
      'Nothing was made live. Run the job again; if it stays, report it with the log of this step.',
    );
  }
  if (entry.state === 'started') {
    await ledger.advance(entry.id, 'staged', {
      text: `Staged ${release.version}`,
      ...(deployment.url === undefined ? {} : { url: deployment.url }),
    });
  }
  return {
    kind: 'done',
    headline:
      deployment.state === 'live'
        ? `${release.version} is live in ${environment.name} already; nothing to stage`
        : `${release.version} is staged in ${environment.name} beside ${before.live?.version ?? 'nothing'}`,
    outputs: {
      'deployment-id': deployment.id,
      url: deployment.url,
      digest: release.digest,
      version: release.version,
      entry: entry.id,
    },
    summary: table(
      ['slot', 'version', 'commit', 'digest', 'address'],
      [slotRow('live', before.live), slotRow(deployment.state === 'live' ? 'live' : 'staged', deployment)],
    ),
  };
}

/** A preview is cleaned up by its pull request. */
function pullRequestOf({ environment, event }: DeployWorld): { readonly pullRequest?: number } {
  const right = judgePreview(event);
  return environment.name === PREVIEW && right.kind === 'deploys'
    ? { pullRequest: right.pullRequest.number }
    : {};
}

function slotRow(slot: string, deployment: Deployment | undefined): string[] {
  if (!deployment) return [slot, 'nothing yet', '', '', ''];
  return [
    slot,
    cell(deployment.version),
    code(deployment.commit.slice(0, 7)),
    deployment.digest ? code(shortDigest(deployment.digest)) : '',
    cell(deployment.url ?? ''),
  ];
}
