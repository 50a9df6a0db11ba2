import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type FakeGitHub, startFakeGitHub } from '../../../rehearsal/github/fake-github.ts';
import { makeWorld, type World } from './world.ts';

const seen = new Set<string>();
const routed = new Set<string>();

/** A world whose use counts for the last test of this file. */
async function world(): Promise<World & { maintainer: string; at: string }> {
  const made = await makeWorld();
  counted.push(made.github);
  return { ...made, maintainer: made.github.mintUserToken('mary'), at: '/repos/octo/sophie' };
}
const counted: FakeGitHub[] = [];

afterAll(() => {
  for (const github of counted) {
    for (const operation of github.exercised) seen.add(operation);
    for (const operation of github.operations) routed.add(operation);
  }
  expect([...routed].filter((operation) => !seen.has(operation))).toEqual([]);
});

const names = (list: unknown, key: string): unknown[] =>
  (list as Record<string, unknown>[]).map((one) => one[key]);

describe('what a repository holds', () => {
  test('refs, tags and commits of a real git folder', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'airlock-git-'));
    try {
      const git = (...args: string[]) =>
        execFileSync(
          'git',
          ['-C', directory, '-c', 'user.name=Sophie', '-c', 'user.email=s@example.com', ...args],
          {
            encoding: 'utf8',
          },
        ).trim();
      git('init', '-q', '-b', 'main');
      git('commit', '-q', '--allow-empty', '-m', 'First');
      git('tag', '-a', 'v1.0.0', '-m', 'One');
      git('commit', '-q', '--allow-empty', '-m', 'Second');
      const { github, call, maintainer } = await world();
      github.addRepository({ owner: 'octo', name: 'real', directory });
      const at = '/repos/octo/real';
      expect((await call(maintainer, 'GET', `${at}/contents/.github%2Fworkflows`)).status).toBe(404);
      await mkdir(join(directory, '.github/workflows/old'), { recursive: true });
      await writeFile(join(directory, '.github/workflows/w.yml'), 'on: push\n');
      await writeFile(join(directory, '.github/workflows/old/w.yml'), 'on: push\n');
      git('switch', '-q', '-c', 'other');
      git('add', '--all');
      git('commit', '-q', '-m', 'Workflows');
      expect((await call(maintainer, 'GET', `${at}/contents/.github%2Fworkflows`)).status).toBe(404);
      expect((await call(maintainer, 'GET', `${at}/contents/.github%2Fworkflows?ref=none`)).status).toBe(404);
      const listed = await call(maintainer, 'GET', `${at}/contents/.github%2Fworkflows?ref=other`);
      expect(listed.body).toMatchObject([
        { type: 'dir', path: '.github/workflows/old' },
        { type: 'file', path: '.github/workflows/w.yml', size: 9 },
      ]);
      git('switch', '-q', 'main');
      git('branch', '-q', '-D', 'other');
      const head = git('rev-parse', 'HEAD');
      const first = git('rev-parse', 'HEAD~1');

      expect((await call(maintainer, 'GET', at)).body).toMatchObject({
        default_branch: 'main',
        private: true,
      });
      expect((await call(maintainer, 'GET', `${at}/commits/main`)).body).toMatchObject({ sha: head });
      expect(names((await call(maintainer, 'GET', `${at}/commits`)).body, 'sha')).toEqual([head, first]);
      expect((await call(maintainer, 'GET', `${at}/compare/v1.0.0...main`)).body).toMatchObject({
        status: 'ahead',
        ahead_by: 1,
        commits: [{ sha: head }],
      });
      const compared = `${at}/compare/v1.0.0...main`;
      expect((await call(maintainer, 'GET', `${compared}?per_page=1&page=2`)).body).toMatchObject({
        total_commits: 1,
        commits: [],
      });
      expect((await call(maintainer, 'GET', `${at}/compare/main...v1.0.0`)).body).toMatchObject({
        status: 'behind',
        behind_by: 1,
        merge_base_commit: { sha: first },
        commits: [],
      });
      expect((await call(maintainer, 'GET', `${at}/tags`)).body).toMatchObject([
        { name: 'v1.0.0', commit: { sha: first } },
      ]);
      expect((await call(maintainer, 'GET', `${at}/git/ref/heads/main`)).body).toMatchObject({
        ref: 'refs/heads/main',
        object: { sha: head },
      });
      // What happens in the folder later is seen.
      git('tag', 'v1.1.0');
      expect(names((await call(maintainer, 'GET', `${at}/git/matching-refs/tags/v1`)).body, 'ref')).toEqual([
        'refs/tags/v1.0.0',
        'refs/tags/v1.1.0',
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('a ref moves forward only, and once', async () => {
    const { call, repository, commit, maintainer, at } = await world();
    const ref = { ref: 'refs/tags/v1', sha: commit };
    expect((await call(maintainer, 'POST', `${at}/git/refs`, ref)).status).toBe(201);
    expect((await call(maintainer, 'POST', `${at}/git/refs`, ref)).status).toBe(422);
    const next = repository.commit('Second');
    expect((await call(maintainer, 'PATCH', `${at}/git/refs/tags/v1`, { sha: next })).status).toBe(200);
    expect((await call(maintainer, 'PATCH', `${at}/git/refs/tags/v1`, { sha: commit })).status).toBe(422);
    expect((await call(maintainer, 'GET', `${at}/git/ref/tags/v1`)).body).toMatchObject({
      object: { sha: next },
    });
  });

  test('releases', async () => {
    const { call, maintainer, at } = await world();
    expect((await call(maintainer, 'GET', `${at}/releases/latest`)).status).toBe(404);
    const release = { tag_name: 'v1.0.0', name: 'One', body: 'Notes' };
    expect((await call(maintainer, 'POST', `${at}/releases`, release)).status).toBe(201);
    expect(await call(maintainer, 'POST', `${at}/releases`, release)).toMatchObject({
      status: 422,
      body: { errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }] },
    });
    await call(maintainer, 'POST', `${at}/releases`, { tag_name: 'v2.0.0-rc.1', prerelease: true });
    expect((await call(maintainer, 'GET', `${at}/releases/latest`)).body).toMatchObject({
      tag_name: 'v1.0.0',
    });
    expect(names((await call(maintainer, 'GET', `${at}/releases`)).body, 'tag_name')).toEqual([
      'v2.0.0-rc.1',
      'v1.0.0',
    ]);
    expect((await call(maintainer, 'GET', `${at}/releases/tags/v1.0.0`)).body).toMatchObject({
      body: 'Notes',
    });
    expect((await call(maintainer, 'GET', `${at}/git/ref/tags/v1.0.0`)).status).toBe(200);
  });

  test('a release that GitHub would not take', async () => {
    const { call, maintainer, at, jobToken, repository } = await world();
    const make = (body: object, token = maintainer) => call(token, 'POST', `${at}/releases`, body);
    const wrong = async (body: object) => {
      const { status, body: answer } = await make(body);
      return [status, (answer as { errors: { field?: string; code: string; message?: string }[] }).errors[0]];
    };
    expect(await wrong({ tag_name: 'a..b' })).toMatchObject([
      422,
      { message: 'tag_name is not a valid tag' },
    ]);
    expect(await wrong({ tag_name: 'v1', target_commitish: 'nowhere' })).toMatchObject([
      422,
      { code: 'invalid', field: 'target_commitish' },
    ]);
    expect(await wrong({ tag_name: 'v1', prerelease: true, make_latest: 'true' })).toMatchObject([
      422,
      { message: 'Latest release cannot be draft or prerelease.' },
    ]);
    expect(await wrong({ tag_name: 'v1', body: 'x'.repeat(125_001) })).toMatchObject([
      422,
      { field: 'body' },
    ]);
    expect((await make({ tag_name: 'v1' }, jobToken({ contents: 'read' }))).status).toBe(403);
    const { body } = await make({ tag_name: 'v1', draft: true });
    const draft = `${at}/releases/${(body as { id: number }).id}`;
    expect((await call(maintainer, 'GET', `${at}/releases/tags/v1`)).status).toBe(404);
    expect((await call(jobToken({ contents: 'read' }), 'GET', `${at}/releases`)).body).toEqual([]);
    expect((await call(jobToken({ contents: 'read' }), 'PATCH', draft, { draft: false })).status).toBe(403);
    expect((await call(maintainer, 'PATCH', `${at}/releases/1`, { draft: false })).status).toBe(404);
    const rule = { id: 1, name: 'v', enforcement: 'active', target: 'tag', bypass: [] } as const;
    repository.configure({ rulesets: [{ ...rule, include: ['~ALL'], rules: ['creation'] }] });
    expect((await call(maintainer, 'PATCH', draft, { draft: false })).status).toBe(422);
    repository.configure({ rulesets: [] });
    expect((await call(maintainer, 'PATCH', draft, { draft: false })).status).toBe(200);
    expect((await call(maintainer, 'GET', `${at}/releases/tags/v1`)).status).toBe(200);
  });

  test('pull requests, what was pushed to their branches, and runs started by hand', async () => {
    const { call, repository, github, maintainer, at } = await world();
    const head = repository.commit('Cart', 'cart');
    const pull = repository.openPullRequest({ title: 'Cart', head, author: 'mary', branch: 'cart' });
    expect((await call(maintainer, 'GET', `${at}/pulls/${pull}`)).body).toMatchObject({
      head: { ref: 'cart', sha: head, repo: { full_name: 'octo/sophie' } },
    });
    const next = repository.commit('More', 'cart');
    repository.changePullRequest(pull, { head: next });
    const pushes = await call(maintainer, 'GET', `${at}/activity?ref=cart`);
    expect(names(pushes.body, 'after')).toEqual([next, head]);
    expect(names(pushes.body, 'activity_type')).toEqual(['push', 'branch_creation']);
    const start = (body: object) =>
      call(maintainer, 'POST', `${at}/actions/workflows/deploy.yml/dispatches`, body);
    expect((await start({ ref: 'cart', inputs: { until: 'staging' } })).status).toBe(204);
    expect((await start({ ref: 'nowhere' })).status).toBe(422);
    expect(github.takeDispatches()).toMatchObject([{ ref: 'refs/heads/cart', by: 'mary' }]);
  });

  // GitHub answers `x-accepted-github-permissions: issues=write; pull_requests=write` to either, and wants
  // the one of the thread that it is.
  test('comments of a pull request, which `issues: write` does not reach', async () => {
    const { call, repository, commit, jobToken, maintainer, at } = await world();
    await call(maintainer, 'POST', `${at}/issues`, { title: 'An issue' });
    const pull = repository.openPullRequest({ title: 'A change', head: commit, author: 'mary' });
    const text = { body: 'Hello' };
    const permissions = ['issues', 'pull-requests'] as const;
    const answers = await Promise.all(
      permissions.flatMap((permission) =>
        [1, pull].map((number) =>
          call(jobToken({ [permission]: 'write' }), 'POST', `${at}/issues/${number}/comments`, text),
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 403, 403, 201]);
    expect(answers[1]?.headers.get('x-accepted-github-permissions')).toBe(
      'issues=write; pull_requests=write',
    );
    const reader = jobToken({ 'pull-requests': 'read' });
    expect(names((await call(reader, 'GET', `${at}/issues/${pull}/comments`)).body, 'body')).toEqual([
      'Hello',
    ]);
    const { id, node_id: node } = (answers.at(-1) as { body: { id: number; node_id: string } }).body;
    // Nor does `issues: read` reach one comment of it, by either API.
    const one = `${at}/issues/comments/${id}`;
    const ofIssues = jobToken({ issues: 'read' });
    expect((await call(ofIssues, 'GET', one)).status).toBe(403);
    expect((await call(reader, 'GET', one)).status).toBe(200);
    const edited = { query: `{ nodes(ids: ["${node}"]) { ... on IssueComment { lastEditedAt } } }` };
    expect((await call(ofIssues, 'POST', '/graphql', edited)).body).toMatchObject({
      data: { nodes: [null] },
      errors: [{ type: 'FORBIDDEN' }],
    });
    expect((await call(reader, 'POST', '/graphql', edited)).body).not.toHaveProperty('errors');
    for (const method of ['PATCH', 'DELETE'])
      expect(
        (await call(reader, method, `${at}/issues/comments/${id}`, method === 'PATCH' ? text : undefined))
          .status,
      ).toBe(403);
  });

  test('a locked issue is spoken in by those who may write alone: by no app, though it may lock it', async () => {
    const { call, maintainer, repository, at, jobToken } = await world();
    repository.configure({ administrators: ['mary'] });
    const job = jobToken({ issues: 'write' });
    const says = async (token: string) =>
      (await call(token, 'POST', `${at}/issues/1/comments`, { body: 'Hello' })).status;
    await call(job, 'POST', `${at}/issues`, { title: 'Approve' });
    expect((await call(job, 'PUT', `${at}/issues/1/lock`)).status).toBe(204);
    expect([await says(job), await says(maintainer)]).toEqual([403, 201]);
    expect((await call(job, 'DELETE', `${at}/issues/1/lock`)).status).toBe(204);
    expect(await says(job)).toBe(201);
  });

  test('issues and comments', async () => {
    const { call, maintainer, at } = await world();
    const issue = await call(maintainer, 'POST', `${at}/issues`, { title: 'Obligation', labels: ['hotfix'] });
    expect(issue).toMatchObject({ status: 201, body: { number: 1, state: 'open', user: { login: 'mary' } } });
    const { body: comment } = await call(maintainer, 'POST', `${at}/issues/1/comments`, { body: 'First' });
    const { id } = comment as { id: number };
    await call(maintainer, 'PATCH', `${at}/issues/comments/${id}`, { body: 'Edited' });
    expect(names((await call(maintainer, 'GET', `${at}/issues/1/comments`)).body, 'body')).toEqual([
      'Edited',
    ]);
    const { body: second } = await call(maintainer, 'POST', `${at}/issues/1/comments`, { body: 'Second' });
    const gone = `${at}/issues/comments/${(second as { id: number }).id}`;
    expect((await call(maintainer, 'DELETE', gone)).status).toBe(204);
    expect((await call(maintainer, 'DELETE', gone)).status).toBe(404);
    await call(maintainer, 'PATCH', `${at}/issues/1`, { state: 'closed' });
    expect((await call(maintainer, 'GET', `${at}/issues/1`)).body).toMatchObject({
      state: 'closed',
      comments: 1,
    });
    expect((await call(maintainer, 'GET', `${at}/issues`)).body).toEqual([]);
    expect((await call(maintainer, 'GET', `${at}/issues?state=all&labels=hotfix`)).body).toHaveLength(1);
  });
});

describe('deployments', () => {
  const deployment = { ref: 'main', required_contexts: [], environment: 'staging' };

  test('statuses are newest first, and say what they were given', async () => {
    const { call, maintainer, at } = await world();
    const { body } = await call(maintainer, 'POST', `${at}/deployments`, {
      ...deployment,
      payload: { a: 1 },
    });
    const { id } = body as { id: number };
    const statuses = `${at}/deployments/${id}/statuses`;
    for (const state of ['in_progress', 'success'])
      expect((await call(maintainer, 'POST', statuses, { state, environment_url: '' })).status).toBe(201);
    const list = await call(maintainer, 'GET', statuses);
    expect(names(list.body, 'state')).toEqual(['success', 'in_progress']);
    const [newest] = list.body as [{ id: number }];
    expect((await call(maintainer, 'GET', `${statuses}/${newest.id}`)).body).toMatchObject({
      state: 'success',
    });
    expect((await call(maintainer, 'GET', `${at}/deployments/${id}`)).body).toMatchObject({
      payload: { a: 1 },
    });
  });

  test('a list has thirty to a page and links to the others', async () => {
    const { call, maintainer, at } = await world();
    for (let count = 0; count < 31; count += 1)
      await call(maintainer, 'POST', `${at}/deployments`, deployment);
    const first = await call(maintainer, 'GET', `${at}/deployments?environment=staging`);
    expect(first.body).toHaveLength(30);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1];
    const second = await call(maintainer, 'GET', (next ?? '').replace(/^https?:\/\/[^/]+/, ''));
    expect(second.body).toHaveLength(1);
    expect(second.headers.get('link')).toContain('rel="prev"');
    expect(second.headers.get('link')).not.toContain('rel="next"');
    expect((await call(maintainer, 'GET', `${at}/deployments?environment=production`)).body).toEqual([]);
  });

  test('success ends earlier ones that are not production, unless told not to', async () => {
    const { call, github, maintainer, at } = await world();
    const deployed = async (body: object, status: object) => {
      const made = await call(maintainer, 'POST', `${at}/deployments`, { ...deployment, ...body });
      const { id } = made.body as { id: number };
      await call(maintainer, 'POST', `${at}/deployments/${id}/statuses`, { state: 'success', ...status });
    };
    await deployed({}, {});
    await deployed({ production_environment: true }, {});
    await deployed({ environment: 'other' }, {});
    await deployed({}, { auto_inactive: false });
    await deployed({ transient_environment: true }, {});
    const last = github.snapshot().repositories[0]?.deployments.map((one) => one.statuses.at(-1)?.state);
    expect(last).toEqual(['inactive', 'success', 'success', 'inactive', 'success']);
  });

  test('checks that failed, and branches that are behind, stand in the way', async () => {
    const { call, repository, commit, maintainer, at } = await world();
    repository.reportChecks(commit, [{ context: 'ci', state: 'failure' }]);
    const conflict = await call(maintainer, 'POST', `${at}/deployments`, { ref: 'main' });
    expect(conflict).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('checks failed') },
    });
    const named = { ref: 'main', required_contexts: ['never-ran'] };
    expect((await call(maintainer, 'POST', `${at}/deployments`, named)).status).toBe(409);
    repository.commit('On a branch', 'behind');
    repository.commit('On main');
    const behind = { ...deployment, ref: 'behind' };
    expect((await call(maintainer, 'POST', `${at}/deployments`, behind)).status).toBe(202);
    expect(
      (await call(maintainer, 'POST', `${at}/deployments`, { ...behind, auto_merge: false })).status,
    ).toBe(201);
  });

  test.each([
    ['a ref that is none', { ...deployment, ref: 'nowhere' }],
    ['no ref', { environment: 'staging' }],
    ['a long description', { ...deployment, description: 'x'.repeat(141) }],
    ['a misspelt key', { ...deployment, enviroment: 'staging' }],
    ['a wrong type', { ...deployment, auto_merge: 'no' }],
  ])('%s is a 422 in GitHub’s shape', async (_, body) => {
    const { call, maintainer, at } = await world();
    const answer = await call(maintainer, 'POST', `${at}/deployments`, body);
    expect(answer).toMatchObject({
      status: 422,
      body: { message: expect.any(String), errors: [{ code: expect.any(String) }] },
    });
    expect((await call(maintainer, 'GET', `${at}/deployments`)).body).toEqual([]);
  });

  test('naming an environment makes it', async () => {
    const { call, maintainer, at } = await world();
    expect((await call(maintainer, 'GET', `${at}/environments/staging`)).status).toBe(404);
    await call(maintainer, 'POST', `${at}/deployments`, deployment);
    expect((await call(maintainer, 'GET', `${at}/environments/staging`)).body).toMatchObject({
      protection_rules: [],
    });
    expect((await call(maintainer, 'GET', `${at}/environments`)).body).toMatchObject({ total_count: 1 });
  });

  test('GraphQL is a real schema: wrong fields and pages are errors, ids are past an Int', async () => {
    const { call, maintainer, at } = await world();
    await call(maintainer, 'POST', `${at}/deployments`, { ...deployment, payload: '{"a":1}' });
    const ask = async (fields: string) =>
      (
        await call(maintainer, 'POST', '/graphql', {
          query: `{ repository(owner: "octo", name: "sophie") { ${fields} } }`,
        })
      ).body as { data?: unknown; errors?: { message: string; type?: string }[] };
    expect((await ask('deployments(first: 1) { nodes { payload state } }')).data).toEqual({
      repository: { deployments: { nodes: [{ payload: '"{\\"a\\":1}"', state: 'PENDING' }] } },
    });
    expect((await ask('deployments(first: 1) { nodes { colour } }')).errors?.[0]?.message).toContain(
      'colour',
    );
    expect((await ask('deployments(first: 101) { totalCount }')).errors?.[0]?.type).toBe(
      'EXCESSIVE_PAGINATION',
    );
    expect((await ask('deployments { totalCount }')).errors?.[0]?.type).toBe('MISSING_PAGINATION_BOUNDARIES');
    expect((await ask('deployments(first: 1) { nodes { databaseId } }')).errors?.[0]?.message).toContain(
      '32-bit',
    );
    expect(
      (await ask('environment(name: "staging") { name latestCompletedDeployment { id } }')).data,
    ).toEqual({
      repository: { environment: { name: 'staging', latestCompletedDeployment: null } },
    });
  });
});

describe('commits of GraphQL', () => {
  test('stand in the order of git log, each with those who made it, by their accounts', async () => {
    const { repository, call, jobToken, commit } = await world();
    const head = repository.commit(
      'Pair\n\nCo-authored-by: Ada <7+ada@users.noreply.github.com>\nCo-authored-by: X <x@example.com>',
    );
    const token = jobToken({ contents: 'read' });
    const ask = async (oid: string, fields: string, by = token) =>
      (
        await call(by, 'POST', '/graphql', {
          query: `query ($oid: GitObjectID!) { repository(owner: "octo", name: "sophie") { object(oid: $oid) { oid ... on Commit { ${fields} } } } }`,
          variables: { oid },
        })
      ).body as { data?: unknown; errors?: { type?: string }[] };
    const one = (object: unknown) => ({ data: { repository: { object } } });
    const people = 'authors(first: 10) { nodes { user { login } } }';
    expect(
      await ask(
        head,
        `${people} parents(first: 1) { totalCount nodes { oid } } history(first: 2) { nodes { oid } }`,
      ),
    ).toEqual(
      one({
        oid: head,
        authors: { nodes: [{ user: null }, { user: { login: 'ada' } }, { user: null }] },
        parents: { totalCount: 1, nodes: [{ oid: commit }] },
        history: { nodes: [{ oid: head }, { oid: commit }] },
      }),
    );
    expect(await ask('f'.repeat(40), 'message')).toEqual(one(null));
    expect((await ask(head, 'history { nodes { oid } }')).errors?.[0]?.type).toBe(
      'MISSING_PAGINATION_BOUNDARIES',
    );
    const wide = `history(first: 100) { nodes { history(first: 100) { nodes { ${people} } } } }`;
    expect((await ask(head, wide)).errors).toBeUndefined();
    expect((await ask(head, wide.replace('first: 10)', 'first: 50)'))).errors?.[0]?.type).toBe(
      'MAX_NODE_LIMIT_EXCEEDED',
    );
    expect(await ask(head, 'message', jobToken({ deployments: 'read' }))).toMatchObject({
      ...one(null),
      errors: [{ type: 'FORBIDDEN' }],
    });
  });
});

describe('tokens', () => {
  test('none, an unknown one and a revoked one are 401', async () => {
    const { call, github, jobToken, at } = await world();
    const token = jobToken({ contents: 'read' });
    expect((await call(token, 'GET', at)).status).toBe(200);
    github.revokeToken(token);
    expect(await call(token, 'GET', at)).toMatchObject({ status: 401, body: { message: 'Bad credentials' } });
    expect((await call('ghs_unknown', 'GET', at)).status).toBe(401);
    expect((await fetch(`${github.apiUrl}${at}`)).status).toBe(401);
  });

  test.each([
    ['GET', '/deployments', undefined, 'deployments=read'],
    ['POST', '/deployments', { ref: 'main' }, 'deployments=write'],
    ['GET', '/environments/staging', undefined, 'actions=read'],
    ['GET', '/releases', undefined, 'contents=read'],
    ['POST', '/issues', { title: 'x' }, 'issues=write'],
    ['PUT', '/environments/staging', {}, 'administration=write'],
  ])('%s %s is 403 without its permission, and says which', async (method, path, body, wanted) => {
    const { call, github, jobToken, at } = await world();
    const answer = await call(
      jobToken({ checks: 'write', deployments: 'none' }),
      method,
      `${at}${path}`,
      body,
    );
    expect(answer).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    });
    expect(answer.headers.get('x-accepted-github-permissions')).toBe(wanted);
    const person = github.mintUserToken('ada', {});
    expect((await call(person, method, `${at}${path}`, body)).body).toMatchObject({
      message: 'Resource not accessible by personal access token',
    });
  });

  test('what a job may not see is not there; a public repository may be read only', async () => {
    const { call, github, jobToken } = await world();
    github.addRepository({ owner: 'octo', name: 'secret' });
    github.addRepository({ owner: 'octo', name: 'open', visibility: 'public' });
    const token = jobToken({ contents: 'write', deployments: 'write' });
    expect((await call(token, 'GET', '/repos/octo/secret')).status).toBe(404);
    expect((await call(token, 'GET', '/repos/octo/nowhere')).status).toBe(404);
    expect((await call(token, 'GET', '/repos/octo/open')).status).toBe(200);
    expect((await call(token, 'POST', '/repos/octo/open/deployments', { ref: 'main' })).status).toBe(403);
  });
});

describe('runs and approvals', () => {
  const wait = (github: FakeGitHub, runId: number, job: string, signal = new AbortController().signal) =>
    github.awaitApproval({ runId, environment: 'production', job }, signal);

  test('a run, its jobs and their ends are told', async () => {
    const { call, github, maintainer, openRun, commit, at } = await world();
    const runId = openRun();
    github.setRunStatus(runId, 'in_progress');
    github.mintToken({ runId, job: 'build', permissions: {} });
    github.mintToken({ runId, job: 'stage', permissions: {} });
    github.setJobConclusion(runId, 'build', 'success');
    github.setRunStatus(runId, 'completed', 'failure');
    expect((await call(maintainer, 'GET', `${at}/actions/runs/${runId}`)).body).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      head_branch: 'main',
      run_attempt: 1,
    });
    expect((await call(maintainer, 'GET', `${at}/actions/runs/${runId}/jobs`)).body).toMatchObject({
      total_count: 2,
      jobs: [
        { name: 'build', conclusion: 'success' },
        { name: 'stage', conclusion: 'failure' },
      ],
    });
    expect(
      (await call(maintainer, 'GET', `${at}/actions/runs?head_sha=${commit}&status=failure`)).body,
    ).toMatchObject({
      total_count: 1,
      workflow_runs: [{ id: runId }],
    });
  });

  test('a reviewer’s click lets the waiting job in, and only that one', async () => {
    const { call, github, repository, maintainer, openRun, at } = await world();
    repository.protect('production', { reviewers: ['mary'], preventSelfReview: true });
    const runId = openRun();
    const pending = `${at}/actions/runs/${runId}/pending_deployments`;
    const first = wait(github, runId, 'stage');
    const { body } = await call(maintainer, 'GET', pending);
    expect(body).toMatchObject([
      {
        current_user_can_approve: true,
        environment: { name: 'production' },
        reviewers: [{ reviewer: { login: 'mary' } }],
      },
    ]);
    const [{ environment }] = body as [{ environment: { id: number } }];
    const review = { environment_ids: [environment.id], state: 'approved', comment: 'Ship it' };
    expect((await call(maintainer, 'POST', pending, review)).status).toBe(200);
    expect(await first).toEqual({ verdict: 'approved', by: 'mary' });
    expect((await call(maintainer, 'GET', `${at}/actions/runs/${runId}/approvals`)).body).toMatchObject([
      {
        state: 'approved',
        user: { login: 'mary' },
        comment: 'Ship it',
        environments: [{ name: 'production' }],
      },
    ]);

    const second = wait(github, runId, 'report');
    expect((await call(maintainer, 'GET', pending)).body).toHaveLength(1);
    await call(maintainer, 'POST', pending, { ...review, state: 'rejected' });
    expect(await second).toEqual({ verdict: 'rejected', by: 'mary' });
    expect((await call(maintainer, 'POST', pending, review)).status).toBe(422);
  });

  test('who started the run, who is no reviewer and the job itself may not approve', async () => {
    const { call, github, repository, jobToken, openRun, at } = await world();
    repository.protect('production', { reviewers: ['mary', 'sophie'], preventSelfReview: true });
    const runId = openRun();
    const leave = new AbortController();
    const waiting = wait(github, runId, 'stage', leave.signal);
    const pending = `${at}/actions/runs/${runId}/pending_deployments`;
    const sophie = github.mintUserToken('sophie');
    const { body } = await call(sophie, 'GET', pending);
    expect(body).toMatchObject([{ current_user_can_approve: false }]);
    const [{ environment }] = body as [{ environment: { id: number } }];
    const review = { environment_ids: [environment.id], state: 'approved', comment: '' };
    expect((await call(sophie, 'POST', pending, review)).status).toBe(422);
    expect((await call(github.mintUserToken('eve'), 'POST', pending, review)).status).toBe(422);
    expect((await call(jobToken({ deployments: 'write' }), 'POST', pending, review)).status).toBe(403);
    expect(() =>
      github.review({ runId, environment: 'production', verdict: 'approved', by: 'sophie' }),
    ).toThrow('sophie');
    expect(github.snapshot().runs.find((run) => run.id === runId)?.reviews).toEqual([]);
    leave.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(github.snapshot().runs.find((run) => run.id === runId)?.pending).toEqual([]);
  });

  test('an open environment lets jobs in at once, a branch policy keeps others out', async () => {
    const { call, github, repository, maintainer, openRun, at } = await world();
    expect(github.environmentReviewers('octo/sophie', 'production')).toEqual([]);
    expect(await wait(github, openRun(), 'stage')).toEqual({ verdict: 'approved', by: '' });
    repository.protect('production', { branches: 'custom', branchPatterns: ['release/*'] });
    expect(await wait(github, openRun(), 'stage')).toMatchObject({ verdict: 'rejected' });
    const { body: user } = (await call(maintainer, 'POST', `${at}/issues`, { title: 'x' })) as {
      body: { user: { id: number } };
    };
    const rules = { reviewers: [{ type: 'User', id: user.user.id }], prevent_self_review: true };
    expect((await call(maintainer, 'PUT', `${at}/environments/production`, rules)).body).toMatchObject({
      protection_rules: [{ type: 'required_reviewers', prevent_self_review: true }],
    });
    expect(github.environmentReviewers('octo/sophie', 'production')).toEqual(['mary']);
  });

  test('a rerun is the next attempt of the same run', async () => {
    const { github, commit, openRun } = await world();
    const id = openRun();
    const again = github.openRun({
      repository: 'octo/sophie',
      workflowPath: '.github/workflows/release.yml',
      workflowName: 'Release',
      event: 'push',
      ref: 'refs/heads/main',
      sha: commit,
      actor: 'mary',
      rerunOf: id,
    });
    expect(again).toEqual({ id, number: 1, attempt: 2 });
  });
});

describe('what an owner set up', () => {
  const RULESET = {
    id: 7,
    name: 'versions',
    target: 'tag',
    enforcement: 'active',
    include: ['refs/tags/v*'],
    rules: ['creation', 'update', 'deletion'],
    bypass: [{ type: 'RepositoryRole', id: 5, mode: 'always' }],
  } as const;

  test('is told to who may read it', async () => {
    const { call, repository, maintainer, at } = await world();
    repository.protect('production', { branches: 'custom', branchPatterns: ['main', 'refs/tags/v*'] });
    repository.configure({
      owner: { kind: 'Organization', plan: 'team' },
      administrators: ['mary'],
      branchProtection: { main: { reviews: true, admins: false, forcePushes: false, deletions: false } },
      rulesets: [RULESET, { ...RULESET, id: 8, target: 'branch', include: ['~ALL'], rules: ['deletion'] }],
      actions: { enabled: true, allowed: 'selected', patterns: ['octo/*'], shaPinning: true },
      secrets: { repository: ['A'], organization: ['B'], environments: { production: ['C'] } },
      runners: [{ id: 1, name: 'one', status: 'online', labels: ['self-hosted'], version: undefined }],
    });
    const get = async (path: string) => (await call(maintainer, 'GET', path)).body;

    expect(await get('/orgs/octo')).toMatchObject({ login: 'octo', plan: { name: 'team' } });
    expect(names(await get(`${at}/branches?protected=true`), 'name')).toEqual(['main']);
    expect(await get(`${at}/branches?protected=false`)).toEqual([]);
    expect(names(await get(`${at}/collaborators?permission=admin`), 'login')).toEqual(['mary']);
    expect(await get(`${at}/branches/main/protection`)).toMatchObject({
      enforce_admins: { enabled: false },
      required_pull_request_reviews: { required_approving_review_count: 1 },
    });
    expect(await get(`${at}/rules/branches/main`)).toMatchObject([{ type: 'deletion', ruleset_id: 8 }]);
    expect(names(await get(`${at}/rulesets?targets=tag`), 'id')).toEqual([7]);
    expect(await get(`${at}/rulesets/7`)).toMatchObject({
      conditions: { ref_name: { include: ['refs/tags/v*'] } },
      bypass_actors: [{ actor_id: 5 }],
    });
    expect(await get(`${at}/environments/production/deployment-branch-policies`)).toMatchObject({
      branch_policies: [
        { name: 'main', type: 'branch' },
        { name: 'v*', type: 'tag' },
      ],
    });
    expect(await get(`${at}/actions/permissions`)).toMatchObject({ allowed_actions: 'selected' });
    expect(await get(`${at}/actions/permissions/selected-actions`)).toMatchObject({
      patterns_allowed: ['octo/*'],
    });
    expect(await get(`${at}/actions/permissions/workflow`)).toEqual({
      default_workflow_permissions: 'read',
      can_approve_pull_request_reviews: false,
    });
    expect(await get(`${at}/actions/secrets`)).toMatchObject({ secrets: [{ name: 'A' }] });
    expect(await get(`${at}/actions/organization-secrets`)).toMatchObject({ secrets: [{ name: 'B' }] });
    expect(await get(`${at}/environments/production/secrets`)).toMatchObject({ secrets: [{ name: 'C' }] });
    const { runners } = (await get(`${at}/actions/runners`)) as { runners: unknown[] };
    expect(runners).toMatchObject([{ name: 'one' }]);
    expect(runners[0]).not.toHaveProperty('version');
  });

  test('is kept from a job and from who may not change it', async () => {
    const { call, github, repository, jobToken, at } = await world();
    repository.configure({ rulesets: [RULESET] });
    repository.protect('production', {});
    const job = jobToken({ contents: 'read', actions: 'read' });
    for (const path of ['/actions/permissions', '/actions/secrets', '/environments/production/secrets'])
      expect((await call(job, 'GET', `${at}${path}`)).status).toBe(403);
    expect((await call(job, 'GET', `${at}/branches/main/protection`)).status).toBe(403);
    const reader = github.mintUserToken('rita', { administration: 'read' });
    expect((await call(reader, 'GET', `${at}/rulesets/7`)).body).not.toHaveProperty('bypass_actors');
    expect((await call(reader, 'GET', '/orgs/octo')).body).not.toHaveProperty('plan');
    const unprotected = await call(reader, 'GET', `${at}/branches/main/protection`);
    expect(unprotected).toMatchObject({ status: 404, body: { message: 'Branch not protected' } });
  });
});

describe('pull requests', () => {
  test('are opened between branches, once, and refused as GitHub refuses them', async () => {
    const { call, maintainer, jobToken, repository, at } = await world();
    const head = repository.commit('Fix', 'fix');
    const request = { title: 'Fix', head: 'fix', base: 'main' };
    const open = (token: string, change = {}) =>
      call(token, 'POST', `${at}/pulls`, { ...request, ...change });
    const job = jobToken({ 'pull-requests': 'write' });

    expect(await open(jobToken({ contents: 'write' }))).toMatchObject({ status: 403 });
    expect((await open(job)).body).toMatchObject({
      message: 'GitHub Actions is not permitted to create or approve pull requests.',
    });
    repository.configure({ workflowToken: { access: 'read', mayApprove: true } });
    expect(await open(job)).toMatchObject({ status: 201, body: { state: 'open', head: { sha: head } } });
    expect(await open(maintainer)).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'A pull request already exists for octo:fix.' }] },
    });
    expect((await open(job, { head: 'main' })).body).toMatchObject({
      errors: [{ message: 'No commits between main and main' }],
    });
    expect((await open(job, { head: 'nobody' })).status).toBe(422);

    const list = async (query: string) =>
      names((await call(maintainer, 'GET', `${at}/pulls?${query}`)).body, 'number');
    expect(await list('head=octo:fix&base=main')).toEqual([1]);
    expect(await list('head=octo:other')).toEqual([]);
    repository.changePullRequest(1, { state: 'closed' });
    expect(await list('head=octo:fix')).toEqual([]);
    expect(await list('state=all')).toEqual([1]);
  });
});

describe('the fake watches itself', () => {
  test('a path without a route is a problem and not an empty answer', async () => {
    const github = await startFakeGitHub();
    try {
      const answer = await fetch(`${github.apiUrl}/repos/octo/sophie/traffic/views`);
      expect(answer.status).toBe(501);
      expect(github.problems).toEqual(['no route for GET /repos/octo/sophie/traffic/views']);
    } finally {
      await github.close();
    }
  });
});

describe('people and their comments', () => {
  test('a comment is read alone; what its author may do and to which team they belong is told', async () => {
    const { repository, maintainer, call, at, jobToken } = await world();
    repository.configure({ collaborators: { alice: 'write' }, teams: { core: ['alice'] } });
    await call(maintainer, 'POST', `${at}/issues`, { title: 'Approve' });
    const id = repository.say(1, { by: 'alice', body: '/approve' });
    const job = jobToken({ issues: 'read' });
    expect((await call(job, 'GET', `${at}/issues/comments/${id}`)).body).toMatchObject({ body: '/approve' });
    const may = await call(job, 'GET', `${at}/collaborators/alice/permission`);
    expect(may.body).toMatchObject({ permission: 'write' });
    const membership = '/orgs/octo/teams/core/memberships/alice';
    expect((await call(maintainer, 'GET', membership)).body).toMatchObject({ state: 'active' });
    expect((await call(job, 'GET', membership)).status).toBe(403);
  });

  test('a job runs again only after its run has ended, and once', async () => {
    const { github, openRun, maintainer, call, at } = await world();
    const run = openRun();
    const token = github.mintToken({
      runId: run,
      job: 'production / stage',
      permissions: { actions: 'write' },
    });
    const { body } = await call(token, 'GET', `${at}/actions/runs/${run}/jobs`);
    const [id] = names((body as { jobs: unknown }).jobs, 'id');
    const rerun = () => call(maintainer, 'POST', `${at}/actions/jobs/${id}/rerun`);
    expect((await rerun()).status).toBe(403);
    github.setRunStatus(run, 'completed', 'success');
    expect((await rerun()).status).toBe(201);
    expect((await rerun()).status).toBe(403);
    expect(github.takeReruns()).toEqual([{ runId: run, job: 'production / stage', by: 'mary' }]);
  });
});
