import { beforeEach, describe, expect, it } from 'vitest';
import { readStarters } from '../../../actions/plan/starters.ts';
import type { Configuration, EnvironmentSettings } from '../../../src/domain/configuration.ts';
import { DEFAULT_GATES } from '../../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { ControlEntry } from '../../../src/domain/holds.ts';
import { MemoryComments } from '../../fakes/memory-approvals.ts';
import { at, SETTINGS } from '../approval/scene.ts';

const COMMIT = '1'.repeat(40);
const BOT = 'github-actions[bot]';
const RUN = { id: '30', attempt: 1, url: '' };

let comments: MemoryComments;
let controls: ControlEntry[];
beforeEach(() => {
  comments = new MemoryComments();
  controls = [];
});

const environment = (name: string, comment?: typeof SETTINGS) =>
  ({ name, gates: { ...DEFAULT_GATES, ...(comment ? { comment } : {}) } }) as EnvironmentSettings;

/** Carol’s comment, and the record that Airlock made of it. */
function asks(changes: Partial<ControlEntry['payload']> & { environment?: string; body?: string } = {}) {
  const { environment: where = 'production', body = `/deploy ${where}`, ...payload } = changes;
  comments.account('carol');
  const comment = payload.comment ?? comments.say({ thread: 7, by: 'carol', at: at(1), body }).id;
  controls.push({
    id: `deploy ${controls.length}`,
    environment: where,
    at: at(2).toISOString(),
    payload: {
      schema: 1,
      control: 'deploy',
      app: 'shop',
      commit: COMMIT,
      reason: '',
      lifts: [],
      run: { id: '29', attempt: 1, url: '' },
      actor: 'carol',
      comment,
      ...payload,
    },
  });
  return comment;
}

function starters(event: Partial<WorkflowEvent> = {}, into = 'production', byComment = false) {
  const environments = ['staging', 'production'].map((name) =>
    environment(name, byComment ? SETTINGS : undefined),
  );
  const world = {
    configuration: { app: 'shop', environments } as unknown as Configuration,
    event: {
      name: 'workflow_dispatch',
      repository: { owner: 'o', name: 'r' },
      ref: 'refs/heads/main',
      refType: 'branch',
      sha: COMMIT,
      actor: BOT,
      triggeringActor: event.actor ?? BOT,
      run: RUN,
      payload: {},
      ...event,
    } satisfies WorkflowEvent,
    holds: { read: async () => ({ controls, waysBack: [] }) },
    comments,
  };
  return readStarters(world, { environment: environment(into), commit: COMMIT });
}

/** Logins and what they did. */
const people = async (...question: Parameters<typeof starters>) => {
  const read = await starters(...question);
  return read.kind === 'people' ? Object.fromEntries(read.people) : read.kind;
};

describe('who started a run', () => {
  it('is who started it and who ran it again', async () => {
    expect(await people({ actor: 'ada' })).toEqual({ ada: 'started the run' });
    const again = { actor: 'ada', triggeringActor: 'bob', run: { ...RUN, attempt: 2 } };
    expect(await people(again)).toEqual({ ada: 'started the run', bob: 'started the run' });
  });

  it.each(['workflow_dispatch', 'repository_dispatch', 'push', 'schedule', 'workflow_run'])(
    'is nobody of whom one can tell when an app did by %s, also when a person ran it again',
    async (name) => {
      expect(await people({ name })).toBe('unknown');
      expect(await people({ name, triggeringActor: 'ada', run: { ...RUN, attempt: 2 } })).toBe('unknown');
    },
  );

  it('is no app that has a name like a person’s', async () => {
    const payload = { sender: { login: 'Copilot', type: 'Bot' } };
    expect(await people({ actor: 'Copilot', payload })).toBe('unknown');
    expect(await people({ actor: 'ada', payload: { sender: { login: 'ada', type: 'User' } } })).toEqual({
      ada: 'started the run',
    });
  });

  it('is not told by an app that runs it again, but where approvals by comment have it do so', async () => {
    const again = { actor: 'ada', triggeringActor: BOT, run: { ...RUN, attempt: 2 } };
    expect(await people(again)).toBe('unknown');
    expect(await people(again, 'production', true)).toEqual({ ada: 'started the run' });
  });

  it('is who asked for it by a comment', async () => {
    asks();
    expect(await people()).toEqual({ carol: 'asked for the run by comment' });
    expect(await people({ name: 'repository_dispatch' }, 'staging')).toEqual({
      carol: 'asked for the run by comment',
    });
  });

  it.each<[string, () => unknown]>([
    ['names somebody who said nothing', () => asks({ comment: 1 })],
    ['names somebody else than who said it', () => asks({ actor: 'bob' })],
    ['is of another commit', () => asks({ commit: '2'.repeat(40) })],
    ['is of another app', () => asks({ app: 'docs' })],
    ['is of an environment before', () => asks({ environment: 'staging' })],
    ['is of something else that was said', () => asks({ body: '/deploy staging' })],
    ['is of a talk about it', () => asks({ body: 'I would /deploy production' })],
    [
      'has no comment',
      () => {
        asks();
        const [one] = controls;
        if (one) Reflect.deleteProperty(one.payload, 'comment');
      },
    ],
    ['is a hold', () => asks({ control: 'hold' })],
    ['is of a comment that was edited', () => change({ isEdited: true, updatedAt: at(2).toISOString() })],
    ['is of an app’s comment in their name', () => change({ isByApp: true })],
    ['is of a bot', () => change({ author: { id: 101, login: 'carol', type: 'Bot' } })],
    ['is of a comment whose account is gone', () => change({ author: undefined })],
    ['is older than its comment', () => change({ createdAt: at(3).toISOString() })],
    ['is of last month’s comment', () => change({ createdAt: '2025-12-01T00:00:00Z' })],
    [
      'is of somebody who may not write any more',
      () => {
        asks();
        comments.account('carol', 'read');
      },
    ],
    [
      'is of a login that another account has now',
      () => {
        asks();
        comments.accounts.set('carol', 999);
      },
    ],
    [
      'uses a comment that asked for another commit',
      () => asks({ comment: asks({ commit: '2'.repeat(40) }) }),
    ],
    ['uses a comment that did something else', () => asks({ comment: asks({ control: 'lock' }) })],
  ])('is nobody when the record %s', async (_what, forge) => {
    forge();
    expect(await people()).toBe('unknown');
  });

  function change(now: object) {
    const said = comments.comments.get(asks());
    if (said) comments.comments.set(said.id, { ...said, ...now });
  }

  it('is nobody when the job may not see the comment, and not to be told when GitHub does not answer', async () => {
    asks();
    comments.read = async () => {
      throw new Failure('GITHUB_PERMISSION_MISSING', 'no', 'x');
    };
    expect(await starters()).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('`pull-requests: read`'),
    });
    comments.read = async () => {
      throw new Failure('GITHUB_UNREACHABLE', 'no', 'x');
    };
    await expect(starters()).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
  });
});
