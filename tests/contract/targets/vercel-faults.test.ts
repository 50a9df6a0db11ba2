import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../rehearsal/vercel/faults.ts';
import type { Course } from '../../../src/ports/target.ts';
import { sampled } from '../../sample.ts';
import { NEVER, VercelUnderTest } from './vercel-environment.ts';

const ACTIVATIONS: Readonly<Record<string, Course>> = {
  promote: { intent: 'promote', steps: [100], pauseMs: 0 },
  rollback: { intent: 'rollback', steps: [100], pauseMs: 0 },
  'rolling release': { intent: 'promote', steps: [10, 50, 100], pauseMs: 0 },
};

type Kind = Pick<Fault, 'answer' | 'when'>;

const FAULTS: readonly Kind[] = [
  { answer: 500, when: 'before' },
  { answer: 500, when: 'after' },
  { answer: 429, when: 'before' },
  { answer: 'timeout', when: 'before' },
  { answer: 'timeout', when: 'after' },
  { answer: 'reset', when: 'before' },
  { answer: 'reset', when: 'after' },
  { answer: 'truncated', when: 'after' },
];

/** Short, so that no answer at all is soon known for one; long enough for a machine with much to do. */
const TIMEOUT_MS = 150;

describe.each(sampled(Object.entries(ACTIVATIONS), 2))('each request of a %s', (_name, course) => {
  let vercel: VercelUnderTest;
  let pair: readonly [string, string];

  beforeAll(async () => {
    vercel = await VercelUnderTest.open({ plan: 'enterprise', looks: 1 });
    pair = [await vercel.goLive('1.0.0'), await vercel.goLive('2.0.0')];
  });
  afterAll(async () => {
    expect(vercel.fake.problems).toEqual([]);
    await vercel.close();
  });

  const activate = async (id: string, signal = NEVER, timeoutMs = 5_000): Promise<void> => {
    const target = await vercel.connect({}, { timeoutMs });
    for (const weight of course.steps) await target.activate(id, weight, signal, course);
  };

  const theOther = (): string => pair[vercel.project.live() === pair[0] ? 1 : 0] ?? '';

  const holdsProduction = async (id: string): Promise<void> => {
    expect(vercel.project.live()).toBe(id);
    const { live, deployments } = await (await vercel.connect()).observe();
    expect(live).toMatchObject({ id, weight: 100 });
    expect(deployments.filter(({ weight }) => weight > 0)).toHaveLength(1);
    expect(deployments).toHaveLength(2);
  };

  /**
   * Activates the other one of the pair while one request is hit, and once more in peace.
   *
   * @param nth number of the request among those that match, starting with 0
   * @returns whether there was such a request
   */
  const survives = async (
    nth: number,
    kind: Kind,
    matches: (request: Request) => boolean,
  ): Promise<boolean> => {
    const wanted = theOther();
    let seen = -1;
    let armed = true;
    const match = (request: Request) => {
      if (!armed || !matches(request)) return false;
      seen += 1;
      return seen === nth;
    };
    vercel.fake.faults.next({ ...kind, match, retryAfter: 2 });
    const went = await activate(wanted, NEVER, TIMEOUT_MS).then(
      () => 'well',
      () => 'wrong',
    );
    armed = false;
    // Whoever says that it went well must be right.
    if (went === 'well') await holdsProduction(wanted);
    await activate(wanted);
    await holdsProduction(wanted);
    return seen >= nth;
  };

  it('may be hit by something, and a rerun ends with one live, right deployment', async () => {
    let hits = 0;
    while (await survives(hits, FAULTS[hits % FAULTS.length] ?? { answer: 500 }, () => true)) hits += 1;
    expect(hits).toBeGreaterThanOrEqual(course.steps.length * 10);
  });

  it('may be the last of a run that is ended, and a rerun goes on from there', async () => {
    let whole = false;
    let ends = 0;
    for (; !whole; ends += 1) {
      const wanted = theOther();
      const end = new AbortController();
      let seen = -1;
      const match = () => {
        seen += 1;
        if (seen === ends) end.abort();
        return false;
      };
      vercel.fake.faults.next({ match, answer: 500 });
      whole = await activate(wanted, end.signal).then(
        () => true,
        () => false,
      );
      await activate(wanted);
      await holdsProduction(wanted);
    }
    expect(ends).toBeGreaterThanOrEqual(course.steps.length * 10);
  });

  it.each(sampled(FAULTS, 2))('that writes may be hit by $answer, done $when', async (kind) => {
    for (const nth of course.steps.keys())
      expect(await survives(nth, kind, ({ method }) => method !== 'GET')).toBe(true);
  });
});
