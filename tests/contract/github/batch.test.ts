import { expect, test } from 'vitest';
import type { GitHub } from '../../../src/github/api.ts';
import { explained } from '../../../src/github/api.ts';
import { askTogether } from '../../../src/github/batch.ts';
import { createGatekeeper } from '../../../src/github/environments.ts';
import { whoami } from '../../../src/github/identity.ts';
import { createLedger } from '../../../src/github/ledger.ts';
import { recentCommits } from '../../../src/github/recent-commits.ts';
import { newEntry } from './ledger-contract.ts';
import { makeWorld } from './world.ts';

/** Questions of one moment go in one request, and stay apart in it. */

const WHOLE = { deployments: 'write', contents: 'read' } as const;

async function open(permissions: Parameters<Awaited<ReturnType<typeof makeWorld>>['jobToken']>[0] = WHOLE) {
  const world = await makeWorld();
  let requests = 0;
  world.github.faults.next({
    answer: 500,
    match: () => {
      requests += 1;
      return false;
    },
  });
  return { ...world, connection: world.connect(world.jobToken(permissions)), requests: () => requests };
}

const named = ({ repository: { owner, name } }: GitHub) =>
  ({ owner: ['String!', owner], name: ['String!', name] }) as const;

/** The name of one environment, or why it cannot be told. */
const environment = (github: GitHub, name: string) =>
  explained(`read ${name}`, 'deployments: read', async () => {
    const { value } = await askTogether(github, {
      field: 'repository(owner: $owner, name: $name) { environment(name: $it) { name } }',
      variables: { ...named(github), it: ['String!', name] },
    });
    return value;
  });

test('what is asked in one moment is one request, each with its own answer', async () => {
  const { connection, commit, requests } = await open();
  const ledger = createLedger(connection);
  const staged = await ledger.open(newEntry(commit));
  const live = await ledger.open(newEntry(commit, { environment: 'production' }));
  const before = requests();
  const [staging, production, commits, who] = await Promise.all([
    ledger.entries('staging', 10),
    ledger.entries('production', 10),
    recentCommits(connection, commit),
    whoami(connection),
  ]);
  expect(requests() - before).toBe(1);
  expect([staging, production].flat().map(({ id }) => id)).toEqual([staged.id, live.id]);
  expect(commits).toMatchObject([{ sha: commit, parents: [] }]);
  expect(who).toBe('github-actions[bot]');
});

test('what is asked later, or is too much at once, is another request', async () => {
  const { connection, repository, requests } = await open();
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const name of names) repository.protect(name, { reviewers: [] });
  const answers = await Promise.all(names.map((name) => environment(connection, name)));
  expect(answers).toEqual(names.map((name) => ({ environment: { name } })));
  expect(requests()).toBe(2);
  await environment(connection, 'a');
  await environment(connection, 'b');
  expect(requests()).toBe(4);
  const other = (await open()).connection;
  await Promise.all([environment(connection, 'a'), environment(other, 'a')]);
  expect(requests()).toBe(5);
});

test.each<[string, Parameters<typeof open>[0], boolean, boolean]>([
  // A ledger that is refused is no null: it takes the repository that it stands in with it.
  ['the ledger', { contents: 'read' }, false, true],
  ['commits', { deployments: 'read' }, true, false],
])('whoever may not read %s gets the rest', async (_what, permissions, hasLedger, hasCommits) => {
  const { connection, commit, requests } = await open(permissions);
  const refusal = { code: 'GITHUB_PERMISSION_MISSING', message: expect.stringContaining('not accessible') };
  const [ledger, more, commits] = await Promise.allSettled([
    createLedger(connection).entries('staging', 10),
    createLedger(connection).entries('production', 10),
    explained('read', 'contents: read', () => recentCommits(connection, commit)),
  ]);
  expect(requests()).toBe(1);
  const refused = { status: 'rejected', reason: refusal };
  const answered = { status: 'fulfilled' };
  expect([ledger, more]).toMatchObject(hasLedger ? [answered, answered] : [refused, refused]);
  expect(commits).toMatchObject(hasCommits ? answered : refused);
});

test('an error that names no part is everybody’s', async () => {
  const { connection } = await open();
  const wrong = explained('ask', '', () =>
    askTogether(connection, {
      field: 'repository(owner: $owner, name: $name) { nothing }',
      variables: named(connection),
    }),
  );
  for (const one of await Promise.allSettled([wrong, createLedger(connection).entries('staging', 10)]))
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'GITHUB_REFUSED' } });
  // And of that moment alone.
  expect(await createLedger(connection).entries('staging', 10)).toEqual([]);
});

test('an answer that is lost is asked for again, and one that stays away is nobody’s', async () => {
  const { connection, github } = await open();
  const ask = () =>
    Promise.allSettled([
      createLedger(connection).entries('staging', 10),
      createLedger(connection).entries('production', 10),
    ]);
  github.faults.next({ match: 'graphql', answer: 'broken-query' });
  expect((await ask()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  github.faults.next({ match: 'graphql', answer: 502, times: 4 });
  for (const one of await ask()) expect(one).toMatchObject({ reason: { code: 'GITHUB_UNREACHABLE' } });
  expect(await whoami(connection)).toBe('github-actions[bot]');
});

test('who wrote a release is asked along with the ledger that says what is live', async () => {
  const { connection, repository, requests } = await open();
  const [live, head] = [repository.commit('Live'), repository.commit('Next')];
  const ledger = createLedger(connection);
  const entry = await ledger.open(newEntry(live));
  await ledger.advance(entry.id, 'succeeded', { text: 'live' });
  const before = requests();
  const commits = ledger.entries('staging', 10).then(([first]) => first?.payload.release.commit);
  await createGatekeeper(connection).authors(head, commits);
  expect(requests() - before).toBe(1);
});
