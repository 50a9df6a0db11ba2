import { randomBytes } from 'node:crypto';
import type { RunService } from '../executor/run-service.ts';
import { mayReview, review, waitAtGate } from './gate.ts';
import { ensureEnvironment, newRun, type Repository, type Run, type State } from './state.ts';

/** What people and time do to a run, from outside the executor. */
export interface RunReviews {
  /** A reviewer's answer for the jobs of a run that wait at an environment: what the terminal asks for. */
  review(answer: {
    runId: number;
    environment: string;
    verdict: 'approved' | 'rejected';
    by: string;
    comment?: string;
  }): void;
  /** How a job of a run ended; without it the job ends as its run does. */
  setJobConclusion(runId: number, job: string, conclusion: NonNullable<Run['conclusion']>): void;
}

/** What happens to runs: the executor's side, and a reviewer's. */
export function runService(
  state: State,
): Omit<RunService, 'apiUrl' | 'graphqlUrl' | 'serverUrl'> & RunReviews {
  return {
    openRun(request) {
      const earlier = request.rerunOf === undefined ? undefined : runOf(state, request.rerunOf);
      if (earlier !== undefined) {
        earlier.attempt += 1;
        earlier.triggeredBy = request.actor;
        earlier.startedAt = state.now();
        setStatus(state, earlier, 'queued');
        return { id: earlier.id, number: earlier.number, attempt: earlier.attempt };
      }
      repositoryOf(state, request.repository);
      const run = newRun(state, request);
      state.runs.set(run.id, run);
      return { id: run.id, number: run.number, attempt: 1 };
    },

    setRunStatus: (runId, status, conclusion) => setStatus(state, runOf(state, runId), status, conclusion),

    mintToken({ runId, job, permissions }) {
      const run = runOf(state, runId);
      run.jobs.push({
        id: state.nextId(),
        name: job,
        attempt: run.attempt,
        status: 'in_progress',
        conclusion: undefined,
        startedAt: state.now(),
        completedAt: undefined,
      });
      const secret = `ghs_${randomBytes(18).toString('hex')}`;
      const { repository } = run.opened;
      state.tokens.set(secret, { kind: 'job', repository, runId, job, permissions, revoked: false });
      return secret;
    },

    checkRun({ runId, job: name }) {
      const job = runOf(state, runId).jobs.findLast((one) => one.name === name);
      if (job === undefined) throw new Error(`Run ${runId} has no job ${name}.`);
      return job.id;
    },

    revokeToken(secret) {
      const token = state.tokens.get(secret);
      if (token !== undefined) token.revoked = true;
    },

    environmentReviewers: (repository, environment) =>
      ensureEnvironment(state, repositoryOf(state, repository), environment).protection.reviewers,

    awaitApproval({ runId, ...request }, signal) {
      const run = runOf(state, runId);
      return waitAtGate(state, repositoryOf(state, run.opened.repository), run, request, signal);
    },

    review({ runId, environment, verdict, by, comment = '' }) {
      const run = runOf(state, runId);
      const found = ensureEnvironment(state, repositoryOf(state, run.opened.repository), environment);
      if (!mayReview(found, run, by)) throw new Error(`${by} may not review ${environment} for this run.`);
      review(run, [found], { state: verdict, by, comment });
    },

    setJobConclusion(runId, name, conclusion) {
      const job = runOf(state, runId).jobs.findLast((one) => one.name === name);
      if (job === undefined) throw new Error(`Run ${runId} has no job ${name}.`);
      Object.assign(job, { status: 'completed', conclusion, completedAt: state.now() });
    },
  };
}

function setStatus(state: State, run: Run, status: Run['status'], conclusion?: Run['conclusion']): void {
  run.status = status;
  run.conclusion = conclusion;
  run.updatedAt = state.now();
  if (status !== 'completed') return;
  for (const job of run.jobs)
    if (job.status !== 'completed')
      Object.assign(job, { status, conclusion: conclusion ?? 'cancelled', completedAt: state.now() });
}

function runOf(state: State, id: number): Run {
  const run = state.runs.get(id);
  if (run === undefined) throw new Error(`The fake GitHub has no run ${id}.`);
  return run;
}

function repositoryOf(state: State, name: string): Repository {
  const repository = state.repositories.get(name);
  if (repository === undefined) throw new Error(`The fake GitHub has no repository ${name}.`);
  return repository;
}
