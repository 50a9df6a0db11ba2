import { randomUUID } from 'node:crypto';
import type { Conclusion } from '../../rehearsal/executor/events.ts';
import type { OpenedRun, OpenRun, Permissions, RunService } from '../../rehearsal/executor/run-service.ts';

type Verdict = { readonly verdict: 'approved' | 'rejected'; readonly by: string };

/** The executor's service in memory: what it was asked is open to look at, reviewers answer on request. */
export class MemoryRunService implements RunService {
  readonly apiUrl = 'http://127.0.0.1:9/api/v3';
  readonly graphqlUrl = 'http://127.0.0.1:9/api/graphql';
  readonly serverUrl = 'http://127.0.0.1:9';
  readonly opened: OpenRun[] = [];
  readonly statuses: { runId: number; status: string; conclusion: Conclusion | undefined }[] = [];
  /** Every token that was minted, with what it may do. */
  readonly minted: { token: string; job: string; permissions: Permissions }[] = [];
  /** Tokens that are still good. */
  readonly valid = new Set<string>();
  /** Environment → who must say yes. */
  readonly reviewers = new Map<string, readonly string[]>();
  readonly #attempts = new Map<number, number>();
  readonly #asked = new Map<string, (verdict: Verdict) => void>();

  openRun(request: OpenRun): OpenedRun {
    this.opened.push(request);
    const id = request.rerunOf ?? 1000 + this.#attempts.size;
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    return { id, number: id - 999, attempt };
  }

  setRunStatus(runId: number, status: string, conclusion?: Conclusion): void {
    this.statuses.push({ runId, status, conclusion });
  }

  mintToken(request: { runId: number; job: string; permissions: Permissions }): string {
    const token = `ghs_${randomUUID().replaceAll('-', '')}`;
    this.minted.push({ token, job: request.job, permissions: request.permissions });
    this.valid.add(token);
    return token;
  }

  checkRun({ job }: { job: string }): number {
    return 5000 + this.minted.findLastIndex((one) => one.job === job);
  }

  revokeToken(token: string): void {
    this.valid.delete(token);
  }

  environmentReviewers(_repository: string, environment: string): readonly string[] {
    return this.reviewers.get(environment) ?? [];
  }

  awaitApproval(
    request: { runId: number; environment: string; job: string },
    signal: AbortSignal,
  ): Promise<Verdict> {
    if (this.environmentReviewers('', request.environment).length === 0)
      return Promise.resolve({ verdict: 'approved', by: 'nobody' });
    return new Promise((resolve, reject) => {
      this.#asked.set(request.job, resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /** A reviewer answers for a job that asks. */
  answer(job: string, verdict: Verdict): void {
    const resolve = this.#asked.get(job);
    if (resolve === undefined) throw new Error(`${job} does not ask for approval`);
    this.#asked.delete(job);
    resolve(verdict);
  }
}
