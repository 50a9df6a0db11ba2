import { readGates } from '../actions/plan/gates.ts';
import { type FakeGitHub, startFakeGitHub } from '../rehearsal/github/fake-github.ts';
import type { RepositoryHandle } from '../rehearsal/github/repository-handle.ts';
import { parseConfiguration } from '../src/config/load.ts';
import { environmentNamed } from '../src/domain/route.ts';
import { connectGitHub } from '../src/github/api.ts';
import { createApprovals } from '../src/github/approvals.ts';
import { createComments } from '../src/github/command-comments.ts';
import { createGatekeeper } from '../src/github/environments.ts';
import { createHoldLedger } from '../src/github/holds.ts';
import { createIssues } from '../src/github/issues.ts';
import { createLedger } from '../src/github/ledger.ts';
import { writeControl, writePayload } from '../src/github/payload.ts';
import { systemClock } from '../src/runner/clock.ts';
import { processRunner } from '../src/runner/processes.ts';
import { targetSchemas } from '../src/targets/registry.ts';
import { type Figure, median } from './figure.ts';

const ENTRIES = 10_000;
/** Of a hundred entries one is a way back or somebody's word. */
const EVERY = 128;
const TIMES = 9;

const configurationWith = (approval: 'none' | 'required') =>
  parseConfiguration(
    Buffer.from(`version: 1
app: shop
build: { output: dist }
environments:
  staging: { target: { local: { port: 4100 } } }
  production:
    target: { local: { port: 4101 } }
    gates: { approval: ${approval}, soak: 0s }
`),
    'airlock.yml',
    targetSchemas,
  );

/** What it takes to say whether a release may enter production, where much has happened already. */
export async function gates(): Promise<Figure[]> {
  const github = await startFakeGitHub();
  try {
    const repository = github.addRepository({ owner: 'octo', name: 'shop' });
    const commit = repository.commit('First');
    const runId = await approvedRun(github, repository, commit);
    // As the jobs of a repository read and write.
    const permissions = { actions: 'read', contents: 'read', deployments: 'write' } as const;
    const token = github.mintToken({ runId, job: 'production', permissions });
    await fill(github.apiUrl, token, commit);
    const connection = connectGitHub({
      token,
      api: { rest: github.apiUrl, graphql: github.graphqlUrl },
      repository: { owner: 'octo', name: 'shop' },
      clock: systemClock,
    });
    const world = {
      clock: systemClock,
      ledger: createLedger(connection),
      holds: createHoldLedger(connection),
      gatekeeper: createGatekeeper(connection),
      calendars: { read: async () => [], render: () => '' },
      approvals: createApprovals(connection),
      comments: createComments(connection),
      issues: createIssues(connection),
      event: {
        name: 'push',
        repository: { owner: 'octo', name: 'shop' },
        ref: 'refs/heads/main',
        refType: 'branch' as const,
        sha: commit,
        actor: 'ada',
        triggeringActor: 'ada',
        run: { id: String(runId), attempt: 1, url: `https://github.test/runs/${runId}` },
        payload: {},
      },
    };
    const entry = {
      digest: digestOf(ENTRIES),
      commit,
      lane: 'normal' as const,
      isAhead: false,
    };
    const git = { processes: processRunner, workspace: '.', signal: new AbortController().signal };
    let calls = 0;
    github.faults.next({
      answer: 500,
      match: () => {
        calls += 1;
        return false;
      },
    });
    /** Every gate once: how many calls, and milliseconds. */
    const decide = async (approval: 'none' | 'required') => {
      const configuration = configurationWith(approval);
      const environment = environmentNamed(configuration, 'production');
      calls = 0;
      const start = performance.now();
      const { holding } = await readGates({ ...world, configuration }, git, { ...entry, environment });
      if (holding) throw new Error(`The gate ${holding.gate} is ${holding.state}: ${holding.why}`);
      return { calls, milliseconds: performance.now() - start };
    };
    const approved = await decide('required');
    const taken: number[] = [];
    for (let time = 0; time < TIMES; time += 1) taken.push((await decide('none')).milliseconds);
    return [
      {
        what: `gates of a release, ${ENTRIES} ledger entries: calls to GitHub`,
        measured: `${calls}`,
        target: '≤ 5',
        holds: calls <= 5,
      },
      {
        what: 'the same where GitHub’s reviewers must have approved: its environment, who said yes, who wrote the commit',
        measured: `${approved.calls}`,
        target: 'told',
      },
      {
        what: `gates of a release, ${ENTRIES} ledger entries, on the fake GitHub`,
        measured: `${median(taken).toFixed(0)} ms`,
        target: '≤ 1 s',
        holds: median(taken) <= 1_000,
      },
    ];
  } finally {
    await github.close();
  }
}

/** A run of somebody’s that somebody else let into production. */
async function approvedRun(github: FakeGitHub, repository: RepositoryHandle, sha: string): Promise<number> {
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

const digestOf = (index: number) => `sha256:${index.toString(16).padStart(64, '0')}` as const;

/** Releases through staging and production, one after the other, each the one before the next. */
async function fill(api: string, token: string, commit: string): Promise<void> {
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
