import { execFileSync } from 'node:child_process';
import { writeAsk } from '../actions/plan/comment-approval.ts';
import type { Entry, GateWorld } from '../actions/plan/world.ts';
import type { FakeGitHub } from '../rehearsal/github/fake-github.ts';
import type { RepositoryHandle } from '../rehearsal/github/repository-handle.ts';
import { markOf } from '../src/domain/approval/issue.ts';
import { writeControl, writePayload } from '../src/github/payload.ts';
import type { Issues } from '../src/ports/issues.ts';

export const ENTRIES = 10_000;
/** Of a hundred entries one is a way back or somebody's word. */
const EVERY = 128;

/** What is live, and a release of thirty commits and a merge after it. */
export function makeHistory(directory: string) {
  const git = (args: readonly string[], input = '') =>
    execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8', input }).trim();
  const commit = (mark: number, ...from: readonly string[]) =>
    [
      'commit refs/heads/main',
      `mark :${mark}`,
      `committer ada <1+ada@users.noreply.github.com> ${1_790_000_000 + mark} +0000`,
      'data 4',
      'More',
      ...from,
      '',
    ].join('\n');
  git(['init', '--quiet', '--initial-branch=main']);
  const line = Array.from({ length: 30 }, (_, at) => commit(at + 2, `from :${at + 1}`));
  const merge = commit(32, 'from :31', 'merge :20');
  git(['fast-import', '--quiet'], [commit(1), ...line, merge].join(''));
  return { live: git(['rev-list', '--max-parents=0', 'main']), commit: git(['rev-parse', 'main']) };
}

/** A run of somebody’s that somebody else let into production. */
export async function approvedRun(
  github: FakeGitHub,
  repository: RepositoryHandle,
  sha: string,
): Promise<number> {
  repository.protect('production', { reviewers: ['grace'] });
  const { id } = github.openRun({
    repository: 'octo/shop',
    workflowPath: '.github/workflows/deploy.yml',
    workflowName: 'Deploy',
    event: 'push',
    ref: 'refs/heads/main',
    sha,
    actor: 'ada',
  });
  const asked = { runId: id, environment: 'production', job: 'production' };
  const waiting = github.awaitApproval(asked, new AbortController().signal);
  github.review({ ...asked, verdict: 'approved', by: 'grace' });
  await waiting;
  return id;
}

/** Has production ask in an issue, and somebody say yes there. */
export async function approveByComment(
  world: GateWorld & { readonly issues: Issues },
  git: Parameters<typeof writeAsk>[1],
  entry: Entry & { readonly digest: ReturnType<typeof digestOf> },
  repository: RepositoryHandle,
): Promise<void> {
  const { comment: settings } = entry.environment.gates;
  if (!settings) throw new Error('Production asks nobody by comment.');
  repository.configure({ collaborators: { grace: 'write' } });
  const { ask } = await writeAsk(world, git, entry, settings, '1');
  const about = { title: 'May it go in?', body: 'What would change', label: 'airlock-approval' };
  const issue = await world.issues.open({ mark: markOf(ask), ...about });
  const { app, commit, digest, plan, run } = ask.payload;
  const common = { schema: 1, app, commit, run, ask: ask.id, issue } as const;
  await world.approvals.record('production', { ...common, approval: 'issue' });
  const comment = repository.say(issue, { by: 'grace', body: '/approve' });
  const by = (await world.comments.read(comment))?.author;
  if (!by) throw new Error('Nobody said yes.');
  await world.approvals.record('production', {
    ...common,
    approval: 'answer',
    word: 'approve',
    digest,
    plan: plan.whole,
    comment,
    by: { id: by.id, login: by.login },
    reason: '',
    waited: 1,
  });
}

export const digestOf = (index: number) => `sha256:${index.toString(16).padStart(64, '0')}` as const;

/** Releases through staging and production, one after the other, each the one before the next. */
export async function fill(
  api: string,
  token: string,
  commits: { readonly live: string; readonly commit: string },
): Promise<void> {
  const post = async (path: string, body: unknown): Promise<{ id: number }> => {
    const headers = { authorization: `Bearer ${token}` };
    const url = `${api}/repos/octo/shop/deployments${path}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: number };
  };
  const run = { id: '1', attempt: 1, url: 'https://github.test/runs/1' };
  for (let index = 1; index <= ENTRIES; index += 1) {
    const isNewest = index > ENTRIES - 2;
    // The last two: proven in staging, and what is live in production.
    const environment = index % 2 === 1 ? 'staging' : 'production';
    const commit = isNewest && environment === 'staging' ? commits.commit : commits.live;
    const task = isNewest
      ? 'promote'
      : index % EVERY === 0
        ? 'rollback'
        : index % 4 < 2
          ? 'deploy'
          : 'promote';
    const digest = digestOf(isNewest && environment === 'staging' ? ENTRIES : index);
    const bad = { deploymentId: 'green', version: '0.9.0', commit, digest: digestOf(0) };
    const isWord = index % EVERY === 1 && !isNewest;
    const payload = isWord
      ? writeControl({
          schema: 1,
          control: 'unlock',
          app: 'shop',
          commit,
          reason: 'over',
          lifts: [],
          run,
          actor: 'ada',
        })
      : writePayload({
          schema: 1,
          release: { app: 'shop', version: `1.0.${index}`, commit, builtAt: '2026-01-01T00:00:00Z', digest },
          target: { provider: 'local', deploymentId: `blue-${index}` },
          migrations: [],
          verdicts: {},
          run,
          actor: 'ada',
          approvers: [],
          ...(task === 'rollback' ? { condemns: true, previous: bad } : {}),
        });
    const { id } = await post('', {
      ref: commit,
      task: isWord ? 'control' : task,
      environment,
      payload,
      auto_merge: false,
      required_contexts: [],
    });
    await post(`/${id}/statuses`, { state: isNewest ? 'success' : 'inactive', auto_inactive: false });
  }
}
