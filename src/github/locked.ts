import { RequestError } from '@octokit/request-error';
import type { GitHub } from './api.ts';
import { place } from './records.ts';

/** Lets only those comment in a thread who may write to the repository. Needs `issues: write`. */
export async function lock(github: GitHub, number: number): Promise<void> {
  await github.request('PUT /repos/{owner}/{repo}/issues/{issue_number}/lock', {
    ...place(github),
    issue_number: number,
  });
}

/**
 * Does something in a thread that may be locked: GitHub lets an app lock and unlock one, but not speak in it.
 * It is locked again, also where the work failed. Whoever is killed in between leaves it open.
 */
export async function whileLocked<T>(github: GitHub, number: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 403) throw error;
  }
  await github.request('DELETE /repos/{owner}/{repo}/issues/{issue_number}/lock', {
    ...place(github),
    issue_number: number,
  });
  try {
    return await work();
  } finally {
    await lock(github, number);
  }
}
