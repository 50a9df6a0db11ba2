import { mkdir } from 'node:fs/promises';
import type { StepRef } from '../executor/events.ts';
import { type Lanes, type Run, type RunResult, startRun } from '../executor/executor.ts';
import type { JobResult } from '../executor/request.ts';
import type { Commit } from '../view/story.ts';
import type { World } from '../world/world.ts';
import { LOGIN, type Play, SUITE } from './play.ts';
import type { Recorder } from './recorder.ts';
import type { Way } from './way.ts';

/** How one run of the workflow is meant to go. */
export interface RunPlan {
  readonly play: Play;
  readonly way: Way;
  readonly world: World;
  readonly recorder: Recorder;
  /** Shared by the runs of one rehearsal. */
  readonly lanes: Lanes;
  /** Folder for the runner's own files. */
  readonly workRoot: string;
  /** Aborted when a person cancels the run. */
  readonly cancelled: AbortSignal;
  /** A reviewer's answer; the signal is aborted when nobody waits for it any more. */
  readonly review: (environment: string, signal: AbortSignal) => Promise<'approved' | 'rejected'>;
  /** The run that runs again: all of it, or the one job with those behind it. */
  readonly rerunOf?: number;
  readonly rerunJob?: { readonly job: string; readonly earlier: readonly JobResult[] };
  /** Who had it run again, where that is not who started it. */
  readonly againBy?: string;
  /** Whether the run is to be cancelled while this step runs. */
  readonly strikesAt?: (environment: string | undefined, step: StepRef) => boolean;
}

/** The job in which a run was cancelled. */
export interface Struck {
  readonly environment: string | undefined;
}

/** One attempt of a run. */
interface RunningAttempt {
  readonly done: Promise<RunResult & { readonly struck: Struck | undefined }>;
  kill(): void;
}

/** Takes one commit through the caller's workflow, as far as it gets by itself and by GitHub's reviewers. */
export async function startAttempt(commit: Commit, plan: RunPlan): Promise<RunningAttempt> {
  const { play, way, world, recorder, cancelled } = plan;
  const over = new AbortController();
  const processes = new Map<string, number>();
  let struck: Struck | undefined;
  let run: Run | undefined;
  const strike = (job: string, step: StepRef) => {
    const environment = recorder.state.run?.jobs.find(({ id }) => id === job)?.environment;
    if (struck || !plan.strikesAt?.(environment, step)) return;
    struck = { environment };
    run?.cancel();
  };
  const answer = async (environment: string, runId: number) => {
    try {
      const verdict = await plan.review(environment, AbortSignal.any([over.signal, cancelled]));
      world.github.review({ runId, environment, verdict, by: LOGIN });
    } catch (error) {
      if (over.signal.aborted || cancelled.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      recorder.tell({ type: 'note', text: `no answer could be given for ${environment}: ${why}` });
      run?.cancel();
    }
  };
  await mkdir(plan.workRoot, { recursive: true });
  const started = startRun({
    repository: play.repository,
    source: play.directory,
    workflowPath: way.workflow,
    event: {
      name: way.inputs === undefined ? 'push' : 'workflow_dispatch',
      payload: payloadOf(play.repository, way, commit),
    },
    ref: way.ref,
    sha: commit.sha,
    actor: way.by,
    ...(way.inputs === undefined ? {} : { inputs: way.inputs }),
    ...(plan.rerunOf === undefined ? {} : { rerunOf: plan.rerunOf }),
    ...(plan.rerunJob === undefined ? {} : { rerunJob: plan.rerunJob }),
    ...(plan.againBy === undefined ? {} : { triggeringActor: plan.againBy }),
    suite: { repository: play.caller.suite, directory: SUITE },
    service: world.github,
    lanes: plan.lanes,
    secrets: world.repositorySecrets,
    environmentSecrets: world.secrets,
    variables: {},
    environmentVariables: play.stageSet.variables,
    node24: process.execPath,
    workRoot: plan.workRoot,
    hooks: {
      onProcess(job, step, pid) {
        processes.set(keyOf(job, step), pid);
        strike(job, step);
      },
    },
    onEvent(event) {
      if (event.type === 'step-ended') {
        processes.delete(keyOf(event.job, event.step));
        // A stand-in has no process: then its end is the moment to strike.
        strike(event.job, event.step);
      }
      recorder.show(event);
      if (event.type === 'approval-wanted') void answer(event.environment, event.runId);
    },
  });
  run = started;
  const cancel = () => started.cancel();
  if (cancelled.aborted) cancel();
  cancelled.addEventListener('abort', cancel, { once: true });
  return {
    done: started.done.then((result) => {
      over.abort(new Error('the run is over'));
      return { ...result, struck };
    }),
    kill() {
      for (const pid of processes.values()) endGroup(pid);
    },
  };
}

const keyOf = (job: string, step: StepRef): string => `${job} ${step.id} ${step.stage}`;

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** The webhook body that GitHub would send, as far as anyone reads it. */
const payloadOf = (repository: string, { ref, by }: Way, { sha, subject }: Commit) => ({
  ref,
  after: sha,
  repository: repositoryOf(repository),
  sender: { login: by },
  head_commit: { id: sha, message: subject },
});

/** A repository in a webhook body. */
export const repositoryOf = (repository: string) => {
  const [owner = '', name = ''] = repository.split('/');
  return { name, full_name: repository, default_branch: 'main', owner: { login: owner }, fork: false };
};
