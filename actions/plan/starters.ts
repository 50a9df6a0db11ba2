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
    const { proven, isHidden } = await readAskers(world, question);
    for (const { login } of proven) people.set(login, 'asked for the run by comment');
    if (people.size === 0) {
      const why = `${actor || 'nobody'} did, and no comment proves who asked for it`;
      return { kind: 'unknown', why: isHidden ? `${why}${HIDDEN}` : why };
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

const HIDDEN = ': this job may not read the comment that would, which takes `pull-requests: read`';

interface Askers {
  readonly proven: readonly Account[];
  /** Whether there is a comment that this job may not see: it proves nothing. */
  readonly isHidden: boolean;
}

async function readAskers(
  { configuration: { app, environments }, holds, comments }: StarterWorld,
  { environment, commit }: Question,
): Promise<Askers> {
  const { controls } = await holds.read();
  const names = environments.map(({ name }) => name);
  const reach = [environment.name, ...names.slice(names.indexOf(environment.name) + 1)];
  const proven: Account[] = [];
  let isHidden = false;
  for (const asked of deploysAsked(controls, { app, commit, reach })) {
    const said = await orHidden(() => comments.read(asked.payload.comment));
    isHidden ||= said === 'hidden';
    const by = said === 'hidden' ? undefined : askerOf(asked, said);
    if (by && judgePermission(by, await comments.permission(by.login)).kind === 'speaks') proven.push(by);
  }
  return { proven, isHidden };
}

async function orHidden<T>(read: () => Promise<T>): Promise<T | 'hidden'> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure && error.code === 'GITHUB_PERMISSION_MISSING') return 'hidden';
    throw error;
  }
}
