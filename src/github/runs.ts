import { RequestError } from '@octokit/request-error';
import { Failure } from '../domain/failure.ts';
import type { RunState, Runs } from '../ports/runs.ts';
import { explained, type GitHub, isUncertain } from './api.ts';
import { place } from './records.ts';

const READ = 'actions: read';
const WRITE = 'actions: write';
const PAGE = 100;

/** Runs on GitHub Actions. Needs `actions: write`, and to read `actions: read`. */
export function createRuns(github: GitHub): Runs {
  const state = async (runId: string): Promise<RunState> => {
    const { data } = await github.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
      ...place(github),
      run_id: Number(runId),
    });
    return {
      attempt: data.run_attempt ?? 1,
      isOver: data.status === 'completed',
      startedAt: data.run_started_at,
    };
  };

  /** The job as the newest attempt has it: by its name, which a job of a called workflow has with its callers’. */
  const newest = async (runId: string, job: number): Promise<number> => {
    const jobs = await github.paginate('GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs', {
      ...place(github),
      run_id: Number(runId),
      filter: 'all',
      per_page: PAGE,
    });
    const name = jobs.find(({ id }) => Number(id) === job)?.name;
    const same = jobs.filter((one) => one.name === name);
    const latest = Math.max(...same.map(({ run_attempt: attempt = 1 }) => attempt));
    const [found, another] = same.filter(({ run_attempt: attempt = 1 }) => attempt === latest);
    if (name === undefined || found === undefined || another !== undefined) {
      throw new Failure(
        'JOB_NOT_FOUND',
        `Run ${runId} has no one job that waits for the approval.`,
        'Run the waiting job again by hand: the approval counts there, too.',
      );
    }
    return Number(found.id);
  };

  return {
    state: (runId) => explained(`read how run ${runId} stands`, READ, () => state(runId)),

    again: (runId, job) =>
      explained(`run a job of run ${runId} again`, WRITE, async () => {
        const before = await state(runId);
        if (!before.isOver) return 'under-way';
        const id = await newest(runId, job);
        try {
          await github.request('POST /repos/{owner}/{repo}/actions/jobs/{job_id}/rerun', {
            ...place(github),
            job_id: id,
          });
          return 'started';
        } catch (error) {
          if (error instanceof RequestError && /already running/i.test(error.message)) return 'under-way';
          if (!isUncertain(error)) throw error;
          const now = await state(runId);
          if (now.isOver && now.attempt === before.attempt) throw error;
          return 'started';
        }
      }),
  };
}
