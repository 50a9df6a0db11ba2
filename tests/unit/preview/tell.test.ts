import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNewer, marked, newestOf, type Stamp, toldOf } from '../../../actions/preview/marker.ts';
import { type Message, tell } from '../../../actions/preview/tell.ts';
import { MemoryConversation } from '../../fakes/memory-conversation.ts';

const HEAD = 'a'.repeat(40);
const OLD = 'b'.repeat(40);

const stamp = (runId: string, changes: Partial<Stamp> = {}): Stamp => ({
  runId,
  attempt: 1,
  head: HEAD,
  state: 'passed',
  ...changes,
});
const message = (of: Stamp, changes: Partial<Message> = {}): Message => ({
  app: 'sophie',
  pullRequest: 7,
  head: HEAD,
  stamp: of,
  body: `Run ${of.runId}.${of.attempt}`,
  begins: true,
  ...changes,
});
const texts = ({ comments }: MemoryConversation) => comments.map(({ body }) => body.split('\n').at(-1));

describe('the marker', () => {
  it('gives back what was told, whatever the text below it', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 19n }),
        fc.integer({ min: 1, max: 999_999 }),
        fc.constantFrom('passed', 'failed', 'removed'),
        fc.string(),
        (run, attempt, state, body) => {
          const of = { runId: String(run), attempt, head: OLD, state } as Stamp;
          expect(toldOf('sophie', [{ id: 1, body: marked('sophie', of, body) }])).toMatchObject([
            { stamp: of },
          ]);
        },
      ),
    );
  });

  it.each([
    ['another app', marked('sophie-2', stamp('1'), '')],
    ['a comment that quotes it', `> ${marked('sophie', stamp('1'), '')}`],
    ['the marker further down', `Hello\n${marked('sophie', stamp('1'), '')}`],
    ['the marker alone', '<!-- airlock:preview:sophie -->'],
    ['a stamp that was changed', marked('sophie', stamp('1'), '').replace('attempt=1', 'attempt=x')],
    ['nothing', ''],
  ])('is not seen in %s', (_what, body) => {
    expect(toldOf('sophie', [{ id: 1, body }])).toEqual([]);
  });

  it('is read where GitHub changed the ends of lines', () => {
    const body = marked('sophie', stamp('1'), 'x').replaceAll('\n', '\r\n');
    expect(toldOf('sophie', [{ id: 1, body }])).toHaveLength(1);
  });
});

describe('what is newer', () => {
  it.each<[string, Stamp, Stamp, boolean]>([
    ['a later run', stamp('10'), stamp('9'), true],
    ['a later attempt', stamp('9', { attempt: 2 }), stamp('9'), true],
    ['an old run that is started again', stamp('9', { attempt: 5 }), stamp('10'), false],
    ['the commit of now, by an earlier run', stamp('9'), stamp('10', { head: OLD }), true],
    ['itself', stamp('9'), stamp('9'), false],
    ['a run of many digits', stamp('10000000000000000001'), stamp('10000000000000000000'), true],
  ])('%s: %#', (_what, one, other, expected) => {
    expect(isNewer(one, other, HEAD)).toBe(expected);
  });

  it('is an order: of any comments one is the newest, in whatever order they are read', () => {
    const stamps = fc.record({
      runId: fc.integer({ min: 1, max: 5 }).map(String),
      attempt: fc.integer({ min: 1, max: 3 }),
      head: fc.constantFrom(HEAD, OLD),
      state: fc.constant('passed' as const),
    });
    fc.assert(
      fc.property(fc.array(stamps, { minLength: 1 }), (all) => {
        const told = all.map((one, id) => ({ id, body: '', stamp: one }));
        const newest = newestOf(told, HEAD)?.stamp;
        expect(newestOf(told.toReversed(), HEAD)?.stamp).toEqual(newest);
        expect(all.some((one) => newest && isNewer(one, newest, HEAD))).toBe(false);
      }),
    );
  });
});

describe('the one comment', () => {
  it('is begun once and changed from then on', async () => {
    const conversation = new MemoryConversation(HEAD);
    expect(await tell(conversation, message(stamp('1')))).toEqual({ kind: 'written' });
    expect(await tell(conversation, message(stamp('1')))).toEqual({ kind: 'written' });
    expect(await tell(conversation, message(stamp('2')))).toEqual({ kind: 'written' });
    expect(conversation.changes).toEqual(['create 1', 'update 1']);
    expect(texts(conversation)).toEqual(['Run 2.1']);
  });

  it('is not begun where there is nothing to tell', async () => {
    const conversation = new MemoryConversation(HEAD);
    expect(await tell(conversation, message(stamp('1'), { begins: false }))).toEqual({ kind: 'none' });
    expect(conversation.changes).toEqual([]);
  });

  it('stays as a newer run wrote it', async () => {
    const conversation = new MemoryConversation(HEAD);
    await tell(conversation, message(stamp('2')));
    expect(await tell(conversation, message(stamp('1', { head: OLD })))).toMatchObject({
      kind: 'overtaken',
      by: { runId: '2' },
    });
    expect(await tell(conversation, message(stamp('1', { attempt: 9 })))).toMatchObject({
      kind: 'overtaken',
    });
    expect(texts(conversation)).toEqual(['Run 2.1']);
  });

  it('leaves alone what else the same identity said', async () => {
    const conversation = new MemoryConversation(HEAD);
    await conversation.create(7, 'Coverage: 80 %');
    await conversation.create(7, marked('other', stamp('9'), 'Other app'));
    await tell(conversation, message(stamp('1')));
    expect(texts(conversation)).toEqual(['Coverage: 80 %', 'Other app', 'Run 1.1']);
  });

  it.each([
    ['an older run', '1'],
    ['a newer run', '3'],
  ])('is one in the end when %s begins one at the same moment', async (_what, other) => {
    // Every place between two steps of this run where the whole of the other one may fall.
    for (let place = 1; place <= 4; place += 1) {
      const conversation = new MemoryConversation(HEAD);
      let reads = 0;
      conversation.beforeRead = async () => {
        reads += 1;
        if (reads !== place) return;
        conversation.beforeRead = () => {};
        await tell(conversation, message(stamp(other)));
      };
      await tell(conversation, message(stamp('2')));
      // The other comes again where this one ended before it began.
      conversation.beforeRead = () => {};
      await tell(conversation, message(stamp(other)));
      expect(texts(conversation), `place ${place}`).toEqual([`Run ${other === '3' ? 3 : 2}.1`]);
    }
  });

  it('is one in the end when both read that there is none', async () => {
    const conversation = new MemoryConversation(HEAD);
    const waiting: (() => void)[] = [];
    let reads = 0;
    conversation.beforeRead = () => {
      reads += 1;
      if (reads > 2) return;
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 2) for (const go of waiting) go();
      });
    };
    const both = await Promise.all([
      tell(conversation, message(stamp('1', { head: OLD }))),
      tell(conversation, message(stamp('2'))),
    ]);
    expect(both.map(({ kind }) => kind)).toEqual(['overtaken', 'written']);
    expect(texts(conversation)).toEqual(['Run 2.1']);
  });

  it('is given up with a reason when somebody changes it without end', async () => {
    const conversation = new MemoryConversation(HEAD);
    conversation.beforeRead = () => {
      conversation.comments = [{ id: 1, body: marked('sophie', stamp('1'), `${Math.random()}`) }];
    };
    await expect(tell(conversation, message(stamp('2')))).rejects.toMatchObject({
      code: 'COMMENT_CONTESTED',
    });
  });
});
