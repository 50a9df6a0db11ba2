import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGates } from '../actions/plan/gates.ts';
import type { GateWorld } from '../actions/plan/world.ts';
import { startFakeGitHub } from '../rehearsal/github/fake-github.ts';
import { parseConfiguration } from '../src/config/load.ts';
import { environmentNamed } from '../src/domain/route.ts';
import { connectGitHub } from '../src/github/api.ts';
import { createApprovals } from '../src/github/approvals.ts';
import { createComments } from '../src/github/command-comments.ts';
import { createGatekeeper } from '../src/github/environments.ts';
import { createHoldLedger } from '../src/github/holds.ts';
import { createIssues } from '../src/github/issues.ts';
import { createLedger } from '../src/github/ledger.ts';
import { systemClock } from '../src/runner/clock.ts';
import { processRunner } from '../src/runner/processes.ts';
import { targetSchemas } from '../src/targets/registry.ts';
import { type Figure, median } from './figure.ts';
import { approveByComment, approvedRun, digestOf, ENTRIES, fill, makeHistory } from './gates-scene.ts';

const TIMES = 9;

const APPROVALS = {
  none: 'none',
  reviewers: 'required',
  comment: '{ by: comment, approvers: [grace] }',
} as const;
type Approval = keyof typeof APPROVALS;

const configurationWith = (approval: Approval) =>
  parseConfiguration(
    Buffer.from(`version: 1
app: shop
build: { output: dist }
environments:
  staging: { target: { local: { port: 4100 } } }
  production:
    target: { local: { port: 4101 } }
    gates: { approval: ${APPROVALS[approval]}, soak: 0s }
`),
    'airlock.yml',
    targetSchemas,
  );

/** What it takes to say whether a release may enter production, where much has happened already. */
export async function gates(): Promise<Figure[]> {
  const github = await startFakeGitHub();
  const directory = await mkdtemp(join(tmpdir(), 'airlock-gates-'));
  try {
    const { live, commit } = makeHistory(directory);
    const repository = github.addRepository({ owner: 'octo', name: 'shop', directory });
    const runId = await approvedRun(github, repository, commit);
    // As the jobs of a repository read and write.
    const permissions = { actions: 'read', contents: 'read', deployments: 'write', issues: 'write' } as const;
    const token = github.mintToken({ runId, job: 'production', permissions });
    await fill(github.apiUrl, token, { live, commit });
    const event = {
      name: 'push',
      repository: { owner: 'octo', name: 'shop' },
      ref: 'refs/heads/main',
      refType: 'branch' as const,
      sha: commit,
      actor: 'ada',
      triggeringActor: 'ada',
      run: { id: String(runId), attempt: 1, url: `https://github.test/runs/${runId}` },
      payload: {},
    };
    /** What a plan has, that knows nothing yet: one connection for all that it reads. */
    const openWorld = (approval: Approval) => {
      const connection = connectGitHub({
        token,
        api: { rest: github.apiUrl, graphql: github.graphqlUrl },
        repository: { owner: 'octo', name: 'shop' },
        clock: systemClock,
      });
      return {
        configuration: configurationWith(approval),
        clock: systemClock,
        ledger: createLedger(connection),
        holds: createHoldLedger(connection),
        gatekeeper: createGatekeeper(connection),
        calendars: { read: async () => [], render: () => '' },
        approvals: createApprovals(connection),
        comments: createComments(connection),
        issues: createIssues(connection),
        event,
      };
    };
    const entryInto = ({ configuration }: Pick<GateWorld, 'configuration'>) => ({
      environment: environmentNamed(configuration, 'production'),
      digest: digestOf(ENTRIES),
      commit,
      lane: 'normal' as const,
      isAhead: false,
    });
    const git = { processes: processRunner, workspace: directory, signal: new AbortController().signal };
    let calls = 0;
    github.faults.next({
      answer: 500,
      match: () => {
        calls += 1;
        return false;
      },
    });
    /** Every gate once: how many calls, and milliseconds. */
    const decide = async (approval: Approval) => {
      const world = openWorld(approval);
      calls = 0;
      const start = performance.now();
      const { holding } = await readGates(world, git, entryInto(world));
      if (holding) throw new Error(`The gate ${holding.gate} is ${holding.state}: ${holding.why}`);
      return { calls, milliseconds: performance.now() - start };
    };
    const approved = await decide('reviewers');
    const taken: number[] = [];
    for (let time = 0; time < TIMES; time += 1) taken.push((await decide('none')).milliseconds);
    const plain = calls;
    const asking = openWorld('comment');
    await approveByComment(asking, git, entryInto(asking), repository);
    const commented = await decide('comment');
    return [
      {
        what: `gates of a release, ${ENTRIES} ledger entries: calls to GitHub`,
        measured: `${plain}`,
        target: '≤ 5',
        holds: plain <= 5,
      },
      {
        what: 'the same where GitHub’s reviewers must have approved: its environment, who said yes, who wrote the commit',
        measured: `${approved.calls}`,
        target: '≤ 5',
        holds: approved.calls <= 5,
      },
      {
        what: 'the same where somebody approved by comment: the ask, the issue, the comment as it stands now, who may approve',
        measured: `${commented.calls}`,
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
    await rm(directory, { recursive: true });
  }
}
