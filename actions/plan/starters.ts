import { askerOf, deploysAsked } from '../../src/domain/command/asker.ts';
import { judgePermission } from '../../src/domain/command/author.ts';
import type { Account } from '../../src/domain/command/comment.ts';
import { Failure } from '../../src/domain/failure.ts';
import { isPerson, type Starters } from '../../src/domain/gates/starters.ts';
import type { Entry, GateWorld } from './world.ts';

type StarterWorld = Pick<GateWorld, 'configuration' | 'event' | 'comments'> & {
  readonly holds: Pick<GateWorld['holds'], 'read'>;
};
type Question = Pick<Entry, 'environment' | 'commit'>;

/**
 * Who started this run and this attempt of it. Apps are nobody: for a run that one started, those count who
 * asked for it by a comment that still proves it.
 *
 * @throws Failure where the ledger or GitHub does not answer
 */
export async function readStarters(world: StarterWorld, question: Question): Promise<Starters> {
  const { configuration, event } = world;
  const { actor, triggeringActor, run } = event;
  const people = new Map<string, string>();
  if (isPerson(actor, event)) people.set(actor, 'started the run');
  else {
    for (const { login } of await provenAskers(world, question))
      people.set(login, 'asked for the run by comment');
    if (people.size === 0) {
      return { kind: 'unknown', why: `${actor || 'nobody'} did, and no comment proves who asked for it` };
    }
  }
  if (isPerson(triggeringActor, event)) people.set(triggeringActor, 'started the run');
  else if (run.attempt > 1 && !configuration.environments.some(({ gates }) => gates.comment)) {
    return {
      kind: 'unknown',
      why: `${triggeringActor} ran it again, though nobody approves by comment here`,
    };
  }
  return { kind: 'people', people };
}

async function provenAskers(
  { configuration: { app, environments }, holds, comments }: StarterWorld,
  { environment, commit }: Question,
): Promise<readonly Account[]> {
  const { controls } = await holds.read();
  const names = environments.map(({ name }) => name);
  const reach = [environment.name, ...names.slice(names.indexOf(environment.name) + 1)];
  const found: Account[] = [];
  for (const asked of deploysAsked(controls, { app, commit, reach })) {
    const by = askerOf(asked, await orHidden(() => comments.read(asked.payload.comment)));
    if (by && judgePermission(by, await comments.permission(by.login)).kind === 'speaks') found.push(by);
  }
  return found;
}

/** What this job may not see proves nothing. */
async function orHidden<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure && error.code === 'GITHUB_PERMISSION_MISSING') return undefined;
    throw error;
  }
}
