import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type FakeGitHub, startFakeGitHub } from '../../rehearsal/github/fake-github.ts';
import {
  type CallerRepository,
  type CallerRequest,
  openCaller,
  type Start,
} from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The real workflow files and the real bundles. */
export const SUITE = { repository: 'airlock-actions/airlock', directory: root };
const HARBOR = fileURLToPath(new URL('../fixtures/apps/harbor', import.meta.url));
/** A site on Vercel. */
export const QUAY = fileURLToPath(new URL('../fixtures/apps/quay', import.meta.url));
export const REVIEWER = 'grace';

/** How `server.js` misbehaves, by environment. */
export type Behaviour = Readonly<
  Record<string, readonly ('wrong-version' | 'fails-live' | 'breaks' | 'dies' | 'tells' | 'slow')[]>
>;

export interface Scene {
  readonly github: FakeGitHub;
  /** A caller with the harbor app in a new repository of the suite's owner. */
  open(request?: Partial<CallerRequest>): Promise<CallerRepository>;
}

/** One fake GitHub for a file of tests. Every test ends without a request or answer that GitHub does not know. */
export function scene(): Scene {
  let github: FakeGitHub | undefined;
  const callers: CallerRepository[] = [];
  const started = (): FakeGitHub => {
    if (github === undefined) throw new Error('The fake GitHub is started before the first test.');
    return github;
  };
  beforeAll(async () => {
    github = await startFakeGitHub();
  });
  afterEach(() => expect(started().problems).toEqual([]));
  afterAll(async () => {
    await Promise.all(callers.map((caller) => caller.close()));
    await github?.close();
    expect(callers.flatMap((caller) => remainsOf(caller))).toEqual([]);
  });
  return {
    get github() {
      return started();
    },
    async open(request = {}) {
      const caller = await openCaller({
        app: HARBOR,
        repository: `airlock-actions/harbor-${callers.length + 1}`,
        github: started(),
        suite: SUITE,
        ...request,
      });
      callers.push(caller);
      return caller;
    },
  };
}

/** Processes that still work in a caller's folder, and the folder itself. */
function remainsOf({ root: folder }: CallerRepository): readonly string[] {
  const commands = globSync('/proc/[0-9]*/cmdline').map((path) => {
    try {
      return readFileSync(path, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  });
  return [...commands.filter((command) => command.includes(folder)), ...globSync(folder)];
}

/** Commits a release and tags it, so that it has this very version. */
export async function makeRelease(
  caller: CallerRepository,
  version: string,
  behaviour: Behaviour = {},
): Promise<string> {
  const sha = await caller.commit(`Release ${version}`, { 'behaviour.json': JSON.stringify(behaviour) });
  await caller.git('tag', `v${version}`);
  return sha;
}

/** Makes a release and takes it through the pipeline, to the end. */
export async function release(
  caller: CallerRepository,
  version: string,
  behaviour: Behaviour = {},
  start: Start = {},
): Promise<WatchedRun & { readonly conclusion: string }> {
  const sha = await makeRelease(caller, version, behaviour);
  return finish(await caller.start({ sha, ...start }));
}

/** Waits for a run's end. */
export const finish = async (run: WatchedRun): Promise<WatchedRun & { readonly conclusion: string }> => {
  const { conclusion } = await run.done;
  return { ...run, conclusion };
};

/** Answers for the reviewer as soon as the run asks. */
export async function answer(
  github: FakeGitHub,
  run: WatchedRun,
  environment: string,
  verdict: 'approved' | 'rejected',
): Promise<void> {
  await run.event('approval-wanted', (event) => event.environment === environment);
  github.review({ runId: run.id, environment, verdict, by: REVIEWER });
}

/** The version that every visitor of an environment gets. Fails when one gets anything else than an answer. */
export async function live(caller: CallerRepository, environment: string): Promise<string | undefined> {
  const answers = await Promise.all(Array.from({ length: 8 }, () => caller.serves(environment)));
  const [first] = answers;
  expect(
    answers.every((one) => one?.version === first?.version && one?.deployment === first?.deployment),
  ).toBe(true);
  if (first !== undefined) expect(first.status).toBe(200);
  return first?.version;
}

/** The ledger of an environment, oldest first: `promote 1.0.0: success`, with the reason where there is one. */
export const ledger = (caller: CallerRepository, environment: string): readonly string[] =>
  caller
    .ledger(environment)
    .map(({ task, payload, states }) =>
      [`${task} ${payload.release.version}: ${states.at(-1) ?? 'nothing'}`, payload.reason]
        .filter((part) => part !== undefined)
        .join(', '),
    )
    .reverse();

/** Conclusions by job, without the part that every job has in common. */
export const jobs = async (run: WatchedRun): Promise<Record<string, string>> => {
  const { jobs: all } = await run.done;
  return Object.fromEntries(all.map(({ id, conclusion }) => [id.replace(/^airlock \/ /, ''), conclusion]));
};
