import * as z from 'zod';
import { type GitHub, type GraphqlAnswer, shaped } from './api.ts';

/** As whom the token of every job writes, whatever its workflow. */
const JOB = 'github-actions[bot]';

/** Asks in a query of any kind who it is that asks, so that it costs no call of its own. */
export const VIEWER = 'viewer { login }';
const viewer = z.object({ viewer: z.object({ login: z.string().min(1) }) });

/** What a query asks of whoever did something. */
export const ACTOR = '{ __typename login }';
export const actor = z.nullable(z.object({ __typename: z.string(), login: z.string() }));

/**
 * An actor's login as REST has it. GraphQL leaves out what an app's ends with, so that a person may be called
 * the same. Empty for whatever is neither a person nor an app.
 */
export function loginOf(who: z.infer<typeof actor>): string {
  if (who?.__typename === 'User') return who.login;
  return who?.__typename === 'Bot' ? `${who.login.replace(/\[bot\]$/, '')}[bot]` : '';
}

const known = new WeakMap<GitHub, Promise<string>>();

/** Login of the token’s own identity. A job’s token has no REST way to ask who it is. */
export function whoami(github: GitHub): Promise<string> {
  const asked = known.get(github) ?? github.query(`query { ${VIEWER} }`, {}).then(viewerIn);
  known.set(github, asked);
  asked.catch(() => known.delete(github));
  return asked;
}

/** The same from the answer to a query that asked it beside something else. */
export function heardViewer(github: GitHub, answer: unknown): string {
  const login = viewerIn(answer);
  known.set(github, Promise.resolve(login));
  return login;
}

/** The same from one that is under way: whoever needs it meanwhile waits for that, and asks for nothing. */
export function awaitViewer(github: GitHub, answer: Promise<GraphqlAnswer>): void {
  if (known.has(github)) return;
  const asked = answer.then(({ data }) => viewerIn(data));
  known.set(github, asked);
  asked.catch(() => known.delete(github));
}

const viewerIn = (answer: unknown): string => shaped(viewer, answer).viewer.login;

/** Tells by a login whether Airlock itself wrote something. */
export type IsOwn = (login: string) => boolean;

/** Airlock writes as whoever asks, and as the jobs of the repository do by themselves. Nobody else is it. */
export const ownFor =
  (viewerLogin: string): IsOwn =>
  (login) =>
    login === JOB || login === viewerLogin;

/** The same for those who wrote what REST told: who asks is asked only where that matters. */
export const ownAmong = async (github: GitHub, writers: readonly string[]): Promise<IsOwn> =>
  ownFor(writers.every((login) => login === JOB) ? JOB : await whoami(github));
