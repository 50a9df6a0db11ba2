import { Failure } from '../domain/failure.ts';
import type { Relation } from '../domain/gates/newest.ts';
import { highestVersion, type VersionQuestion } from '../domain/version.ts';
import type { ProcessResult, ProcessRunner } from '../ports/process.ts';

export interface Repository {
  readonly processes: ProcessRunner;
  /** Absolute path of the checkout. */
  readonly workspace: string;
  readonly signal: AbortSignal;
}

const GIT_TIMEOUT_MS = 60_000;
const GIT_OUTPUT_BYTES = 32 * 1024 * 1024;
export const SHA = /^[0-9a-f]{40}$/;

/**
 * The commit that is checked out.
 *
 * @throws Failure NOT_A_REPOSITORY, COMMIT_MISMATCH when it is not the run's own commit: the event was
 *   judged for that one
 */
export async function headCommit(repository: Repository, expected: string): Promise<string> {
  const head = await resolveCommit(repository, 'HEAD');
  if (head.commit === undefined) {
    throw new Failure(
      'NOT_A_REPOSITORY',
      `The workspace is not a checkout with a commit${said(head.stderr)}.`,
      'Run actions/checkout with `fetch-depth: 0` before this step.',
    );
  }
  const { commit } = head;
  if (commit === expected) return commit;
  // An event may name an annotated tag itself instead of the commit it is at.
  if (SHA.test(expected) && (await resolveCommit(repository, expected)).commit === commit) return commit;
  throw new Failure(
    'COMMIT_MISMATCH',
    `Commit ${commit.slice(0, 7)} is checked out, but this run is for ${expected.slice(0, 7)}.`,
    'Leave out `ref:` at actions/checkout, or start the run on the commit you want.',
  );
}

async function resolveCommit(repository: Repository, revision: string) {
  const { code, stdout, stderr } = await git(repository, [
    'rev-parse',
    '--verify',
    '--quiet',
    `${revision}^{commit}`,
  ]);
  const commit = stdout.trim();
  return { commit: code === 0 && SHA.test(commit) ? commit : undefined, stderr };
}

/**
 * What the history says about the version of the checked-out commit.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED
 */
export async function versionQuestion(
  repository: Repository,
  commit: string,
  startedBy: string | undefined,
): Promise<VersionQuestion> {
  await requireWholeHistory(repository);
  const [tagsHere, tagsBefore] = await Promise.all([
    tags(repository, '--points-at=HEAD'),
    tags(repository, '--merged=HEAD'),
  ]);
  const base = highestVersion(tagsBefore);
  const since = base === undefined ? [] : [`^refs/tags/${base.tag}`];
  const count = await lines(repository, ['rev-list', '--count', '--end-of-options', 'HEAD', ...since, '--']);
  return { commit, tagsHere, startedBy, base, commits: Number(count[0]) };
}

/**
 * How the live commit stands to the checked-out one.
 *
 * @throws Failure HISTORY_SHALLOW: a cut history cannot tell older from unrelated
 */
export async function relationTo(repository: Repository, commit: string, live: string): Promise<Relation> {
  if (live === commit) return 'same';
  if (!SHA.test(live)) return 'unknown';
  await requireWholeHistory(repository);
  const exists = await git(repository, ['cat-file', '-e', `${live}^{commit}`]);
  if (exists.code !== 0) return 'unknown';
  if (await isAncestor(repository, live, commit)) return 'contained';
  return (await isAncestor(repository, commit, live)) ? 'contains' : 'diverged';
}

/** Whether one commit is in the history of another; both must be there. */
export async function isAncestor(repository: Repository, older: string, newer: string): Promise<boolean> {
  const result = await git(repository, ['merge-base', '--is-ancestor', older, newer]);
  if (result.code > 1) throw failed(result);
  return result.code === 0;
}

/**
 * The newest commit of the default branch.
 *
 * @throws Failure DEFAULT_BRANCH_MISSING
 */
export async function defaultBranchHead(repository: Repository, main: string): Promise<string> {
  const { commit } = await resolveCommit(repository, `refs/remotes/origin/${main}`);
  if (commit !== undefined) return commit;
  throw new Failure(
    'DEFAULT_BRANCH_MISSING',
    `The checkout has no ${main} to hold this commit against.`,
    'Run actions/checkout with `fetch-depth: 0`, which fetches every branch.',
  );
}

/** @throws Failure HISTORY_SHALLOW */
export async function requireWholeHistory(repository: Repository): Promise<void> {
  const [isShallow] = await lines(repository, ['rev-parse', '--is-shallow-repository']);
  if (isShallow !== 'true') return;
  throw new Failure(
    'HISTORY_SHALLOW',
    'The checkout has only a part of the history, so neither the version nor the newer of two commits can be told.',
    'Add `fetch-depth: 0` to actions/checkout in this job.',
  );
}

const tags = (repository: Repository, which: string) =>
  lines(repository, ['for-each-ref', which, '--format=%(refname:strip=2)', 'refs/tags']);

/** A command’s lines of output. Throws `Failure` GIT_FAILED when it does not end well. */
export async function lines(repository: Repository, args: readonly string[]): Promise<readonly string[]> {
  const result = await git(repository, args);
  if (result.code !== 0) throw failed(result);
  return result.stdout.split('\n').filter((line) => line !== '');
}

/** Runs git on the checkout; what its exit code means is the caller’s to know. */
export function git(repository: Repository, args: readonly string[]): Promise<ProcessResult> {
  // Container jobs check out as another user. Only refs and commits are read: nothing in the checkout runs.
  const trust = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];
  return repository.processes.run('git', [...trust, ...args], {
    cwd: repository.workspace,
    environment: { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' },
    timeoutMs: GIT_TIMEOUT_MS,
    // A list of tags that was cut short would be another version.
    outputLimit: GIT_OUTPUT_BYTES,
    signal: repository.signal,
  });
}

export const failed = ({ stderr, timedOut }: ProcessResult) =>
  new Failure(
    'GIT_FAILED',
    timedOut ? 'git did not answer within a minute.' : `git could not read the history${said(stderr)}.`,
    'Run actions/checkout with `fetch-depth: 0` before this step, and look whether git works on the runner.',
  );

const said = (stderr: string): string => {
  const first = stderr.trim().split('\n')[0]?.slice(0, 200) ?? '';
  return first === '' ? '' : `: ${first}`;
};
