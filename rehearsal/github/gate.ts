import { invalid } from './call.ts';
import { type Environment, ensureEnvironment, type Repository, type Run, type State } from './state.ts';

export interface GateAnswer {
  readonly verdict: 'approved' | 'rejected';
  readonly by: string;
}

/** Who asked for this run: neither the actor nor the one who started it again may review it themselves. */
const askedFor = (run: Run, login: string): boolean =>
  run.opened.actor === login || run.triggeredBy === login;

/** Whether this person may let the run into the environment. */
export const mayReview = (environment: Environment, run: Run, login: string): boolean =>
  environment.protection.reviewers.includes(login) &&
  !(environment.protection.preventSelfReview && askedFor(run, login));

/** Whether the environment takes runs of this ref. With no protected branch, `protected` lets all in. */
function takesRef(environment: Environment, ref: string): boolean {
  if (environment.protection.branches !== 'custom') return true;
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  return environment.protection.branchPatterns.some((pattern) =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((text) => text.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'))
        .join('[^/]*')}$`,
    ).test(name),
  );
}

/**
 * Lets one job wait at the gate until a reviewer answers. Approval is per job: the next job of the same
 * run that names the environment waits again.
 */
export function waitAtGate(
  state: State,
  repository: Repository,
  run: Run,
  request: { environment: string; job: string },
  signal: AbortSignal,
): Promise<GateAnswer> {
  const environment = ensureEnvironment(state, repository, request.environment);
  if (signal.aborted) return Promise.reject(signal.reason);
  if (!takesRef(environment, run.opened.ref))
    return Promise.resolve({ verdict: 'rejected', by: 'deployment branch policy' });
  if (environment.protection.reviewers.length === 0) return Promise.resolve({ verdict: 'approved', by: '' });
  return new Promise((resolve, reject) => {
    const leave = () => {
      run.pending.splice(run.pending.indexOf(waiting), 1);
      signal.removeEventListener('abort', abort);
    };
    const abort = () => {
      leave();
      reject(signal.reason);
    };
    const waiting = {
      ...request,
      answer: (verdict: GateAnswer['verdict'], by: string) => {
        leave();
        resolve({ verdict, by });
      },
    };
    run.pending.push(waiting);
    signal.addEventListener('abort', abort);
  });
}

/** A person's answer for every job of the run that waits at these environments now. */
export function review(
  run: Run,
  environments: readonly Environment[],
  answer: { state: GateAnswer['verdict']; by: string; comment: string },
): void {
  for (const environment of environments)
    if (!mayReview(environment, run, answer.by))
      throw invalid(
        'PendingDeployment',
        'environment_ids',
        `${answer.by} may not review ${environment.name} for this run`,
      );
  const names = environments.map((one) => one.name);
  run.reviews.push({ environments: names, state: answer.state, by: answer.by, comment: answer.comment });
  for (const waiting of run.pending.filter((one) => names.includes(one.environment)))
    waiting.answer(answer.state, answer.by);
}
