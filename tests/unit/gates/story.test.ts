import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_GATES } from '../../../src/domain/configuration.ts';
import { approvalGate } from '../../../src/domain/gates/approval.ts';
import { calendarGate } from '../../../src/domain/gates/calendar.ts';
import { decide } from '../../../src/domain/gates/engine.ts';
import { GATES, type GateAnswer, type GateName } from '../../../src/domain/gates/gate.ts';
import { holdGate } from '../../../src/domain/gates/hold.ts';
import { newestGate } from '../../../src/domain/gates/newest.ts';
import { orderGate } from '../../../src/domain/gates/order.ts';
import { soakGate } from '../../../src/domain/gates/soak.ts';
import { type ControlEntry, type ControlPayload, holdsIn, overridesIn } from '../../../src/domain/holds.ts';
import { type EntryState, type LedgerEntry, lastPassed } from '../../../src/domain/ledger.ts';
import type { Digest } from '../../../src/domain/release.ts';
import { trials } from '../../sample.ts';

/**
 * Stories of two environments, told twice: to the gates as ledger entries, and to a plain memory of what
 * happened. A release enters exactly when the memory knows of nothing against it, or of an override for
 * each thing that is.
 */

const SEED = Number(process.env.AIRLOCK_TEST_SEED ?? Date.now() % 2 ** 31);
const STORIES = Number(process.env.AIRLOCK_TEST_SEQUENCES ?? trials(1_500, 6_000));

const MINUTE = 60_000;
const SOAK = 60 * MINUTE;
const FRESH = 600 * MINUTE;
const START = Date.parse('2026-03-01T00:00:00Z');
const FREEZE = { from: START + 300 * MINUTE, to: START + 420 * MINUTE };
const instant = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
const CALENDAR = {
  zone: 'UTC',
  windows: [],
  freezes: [{ from: instant(FREEZE.from), to: instant(FREEZE.to), why: 'rest', verbs: ['deploy' as const] }],
};
const PLACES = ['staging', 'production'] as const;
type Place = (typeof PLACES)[number];

const digestOf = (release: number): Digest => `sha256:${String(release).repeat(64)}`;
const releaseOf = (release: number) => ({
  app: 'shop',
  version: `1.${release}.0`,
  commit: String(release).repeat(40),
  builtAt: instant(START),
  digest: digestOf(release),
});

const release = fc.integer({ min: 1, max: 4 });
const place = fc.constantFrom(...PLACES);
const gate = fc.constantFrom<GateName>(...GATES);
const EVENT = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('enter' as const),
      place,
      release,
      passes: fc.boolean(),
      approver: fc.constantFrom('grace', 'grace', 'grace', 'ada', ''),
      unread: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: gate }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 20, max: 120 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('go back' as const), place }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lock' as const),
      place,
      minutes: fc.integer({ min: 1, max: 300 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), release }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), release }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('override' as const),
      place,
      gate,
      release: fc.option(release, { nil: undefined }),
      second: fc.option(fc.constantFrom('ada', 'grace'), { nil: undefined }),
      minutes: fc.integer({ min: 1, max: 300 }),
    }),
  },
);
type Told = typeof EVENT extends fc.Arbitrary<infer T> ? T : never;
type Enter = Extract<Told, { do: 'enter' }>;

/** What happened in one environment, in plain words. */
interface Memory {
  live: number | undefined;
  liveSince: number;
  /** By release: when it last passed, and whether that was taken away since. */
  readonly passed: Map<number, { at: number; stands: boolean }>;
  /** What would be live without the live one. */
  readonly stack: number[];
  lastPassed: number | undefined;
}

class Story {
  now = START;
  readonly entered = { staging: 0, production: 0, byOverride: 0 };
  refused = 0;
  #count = 0;
  readonly #entries: Record<Place, LedgerEntry[]> = { staging: [], production: [] };
  readonly #controls: ControlEntry[] = [];
  readonly #memory: Record<Place, Memory> = { staging: blank(), production: blank() };
  /** Release → the ends of what holds it, none for without an end. */
  readonly #held = new Set<number>();
  readonly #heldIds = new Map<number, string[]>();
  readonly #locks: { place: Place; until: number }[] = [];
  readonly #overrides: {
    place: Place;
    gate: GateName;
    release: number | undefined;
    second: string | undefined;
    until: number;
  }[] = [];

  tell(told: Told): void {
    // No two things happen at once.
    this.now += 1_000;
    switch (told.do) {
      case 'wait':
        this.now += told.minutes * MINUTE;
        return;
      case 'enter':
        this.#enter(told);
        return;
      case 'go back':
        this.#goBack(told.place);
        return;
      case 'lock': {
        const until = this.now + told.minutes * MINUTE;
        this.#locks.push({ place: told.place, until });
        this.#say(told.place, { control: 'lock', until: instant(until) });
        return;
      }
      case 'hold': {
        const id = this.#say('staging', { control: 'hold', digest: digestOf(told.release) });
        this.#hold(told.release, id);
        return;
      }
      case 'release':
        this.#say('production', {
          control: 'release',
          digest: digestOf(told.release),
          lifts: this.#heldIds.get(told.release) ?? [],
        });
        this.#held.delete(told.release);
        this.#heldIds.delete(told.release);
        return;
      case 'override': {
        const { place, gate, release, second } = told;
        const until = this.now + told.minutes * MINUTE;
        this.#overrides.push({ place, gate, release, second, until });
        this.#say(place, {
          control: 'override',
          gate,
          until: instant(until),
          ...(release === undefined ? {} : { digest: digestOf(release) }),
          ...(second === undefined ? {} : { second }),
        });
      }
    }
  }

  #enter(told: Enter): void {
    const { gates, holding } = decide(this.#ask(told), {
      lane: 'normal',
      skips: ['soak', 'calendar', 'approval'],
      overrides: overridesIn(this.#controls, 'shop', new Date(this.now)).filter(
        (one) =>
          one.environment === told.place &&
          (one.digest === undefined || one.digest === digestOf(told.release)),
      ),
    });
    const against = this.#against(told);
    const open = against.every((gate) => this.#isOverridden(gate, told));
    const context = JSON.stringify({ told, against, gates });
    expect(holding === undefined, context).toBe(open);
    // What let it in is written: each gate open, or overridden by name.
    if (open)
      expect(
        gates
          .filter(({ state }) => state === 'overridden')
          .map(({ gate }) => gate)
          .sort(),
        context,
      ).toEqual([...against].sort());
    if (!open) {
      this.refused += 1;
      return;
    }
    this.entered[told.place] += 1;
    if (against.length > 0) this.entered.byOverride += 1;
    this.#activate(told.place, told.release, told.passes);
  }

  /** What the gates say, from the ledger. */
  #ask({ place, release, approver, unread }: Enter): readonly GateAnswer[] {
    const now = new Date(this.now);
    const digest = digestOf(release);
    const before = place === 'staging' ? [] : [{ environment: 'staging', entries: this.#entries.staging }];
    const last = lastPassed(this.#entries[place]);
    const lastRelease = Number(last?.payload.release.commit[0]);
    const relation = lastRelease === release ? 'same' : lastRelease < release ? 'contained' : 'contains';
    const holds = holdsIn({ controls: this.#controls, waysBack: this.#waysBack() }, 'shop', now);
    const guarded = place === 'production';
    const settings = {
      name: place,
      gates: { ...DEFAULT_GATES, approval: guarded ? ('required' as const) : ('none' as const) },
    };
    return [
      holdGate(holds, place, digest),
      orderGate(digest, before, FRESH, now),
      soakGate(digest, before, guarded ? SOAK : 0, now),
      calendarGate(guarded ? CALENDAR : undefined, 'normal', now),
      newestGate(place, last, '1', relation),
      approvalGate({
        settings,
        protection: { kind: 'known', reviewers: ['ada', 'grace'], preventsSelfReview: false },
        approvers: approver === '' ? [] : [approver],
        starters: { kind: 'people', people: new Map([['ada', 'started the run']]) },
        isAhead: false,
      }),
    ].filter(({ gate }) => gate !== unread);
  }

  /** What stands against it, from memory. */
  #against({ place, release, approver, unread }: Enter): readonly GateName[] {
    const guarded = place === 'production';
    const own = this.#memory[place];
    const { passed, live, liveSince } = this.#memory.staging;
    const proof = passed.get(release);
    const stands = proof?.stands === true;
    const isStale = !stands || this.now - (proof?.at ?? 0) > FRESH;
    const soaked = stands && live === release && this.now - liveSince >= SOAK;
    const isLocked = this.#locks.some((lock) => lock.place === place && this.now < lock.until);
    const against: readonly [GateName, boolean][] = [
      ['hold', isLocked || this.#held.has(release)],
      ['order', guarded && isStale],
      ['soak', guarded && !soaked],
      ['calendar', guarded && FREEZE.from <= this.now && this.now < FREEZE.to],
      ['newest', own.lastPassed !== undefined && own.lastPassed > release],
      ['approval', guarded && approver !== 'grace'],
    ];
    return against.filter(([gate, isShut]) => isShut || gate === unread).map(([gate]) => gate);
  }

  #isOverridden(gate: GateName, { place, release }: Enter): boolean {
    const mine = this.#overrides.filter(
      (one) =>
        one.gate === gate &&
        one.place === place &&
        (one.release === undefined || one.release === release) &&
        this.now < one.until,
    );
    if (gate === 'order') return mine.some(({ second }) => second === 'grace');
    return (gate === 'hold' || gate === 'soak' || gate === 'calendar') && mine.length > 0;
  }

  #activate(place: Place, release: number, passes: boolean): void {
    const memory = this.#memory[place];
    const previous = memory.live;
    this.now += MINUTE;
    if (!passes) {
      this.#write(place, 'promote', release, 'failed', previous);
      const proof = memory.passed.get(release);
      if (proof) proof.stands = false;
      return;
    }
    this.#supersede(place);
    this.#write(place, 'promote', release, 'succeeded', previous);
    memory.passed.set(release, { at: this.now, stands: true });
    if (previous !== undefined && previous !== release) memory.stack.push(previous);
    memory.live = release;
    memory.liveSince = this.now;
    memory.lastPassed = release;
  }

  /** A person found what is live bad, and went back to what was live before. */
  #goBack(place: Place): void {
    const memory = this.#memory[place];
    const bad = memory.live;
    const good = memory.stack.findLast((one) => one !== bad && memory.passed.get(one)?.stands);
    if (bad === undefined || good === undefined) return;
    this.now += MINUTE;
    const entries = this.#entries[place];
    this.#entries[place] = entries.map((entry) =>
      entry.state === 'succeeded' ? { ...entry, state: 'failed', changedAt: instant(this.now) } : entry,
    );
    this.now += 1_000;
    const id = this.#write(place, 'rollback', good, 'succeeded', bad);
    this.#hold(bad, id);
    const proof = memory.passed.get(bad);
    if (proof) proof.stands = false;
    memory.passed.set(good, { at: this.now, stands: true });
    memory.live = good;
    memory.liveSince = this.now;
    memory.lastPassed = good;
  }

  #hold(release: number, id: string): void {
    this.#held.add(release);
    this.#heldIds.set(release, [...(this.#heldIds.get(release) ?? []), id]);
  }

  #waysBack() {
    return PLACES.flatMap((place) => this.#entries[place].filter(({ task }) => task === 'rollback'));
  }

  #supersede(place: Place): void {
    this.#entries[place] = this.#entries[place].map((entry) =>
      entry.state === 'succeeded' ? { ...entry, state: 'superseded', changedAt: instant(this.now) } : entry,
    );
  }

  #write(
    place: Place,
    task: 'promote' | 'rollback',
    release: number,
    state: EntryState,
    previous: number | undefined,
  ): string {
    this.#count += 1;
    const id = `e${this.#count}`;
    this.#entries[place].unshift({
      id,
      task,
      environment: place,
      state,
      openedAt: instant(this.now),
      changedAt: instant(this.now),
      payload: {
        schema: 1,
        release: releaseOf(release),
        target: { provider: 'local' },
        ...(previous === undefined
          ? {}
          : { previous: { ...releaseOf(previous), deploymentId: String(previous) } }),
        ...(task === 'rollback' ? { condemns: true as const, reason: 'bad' } : {}),
        migrations: [],
        verdicts: {},
        run: { id: '1', attempt: 1, url: '' },
        actor: 'ada',
        approvers: [],
      },
    });
    return id;
  }

  #say(place: Place, said: Pick<ControlPayload, 'control'> & Partial<ControlPayload>): string {
    this.#count += 1;
    const id = `c${this.#count}`;
    this.#controls.unshift({
      id,
      environment: place,
      at: instant(this.now),
      payload: {
        schema: 1,
        app: 'shop',
        commit: 'f'.repeat(40),
        reason: 'because',
        lifts: [],
        run: { id: '1', attempt: 1, url: '' },
        actor: 'ada',
        ...said,
      },
    });
    return id;
  }
}

const blank = (): Memory => ({
  live: undefined,
  liveSince: 0,
  passed: new Map(),
  stack: [],
  lastPassed: undefined,
});

describe('any story of releases, verdicts, ways back, holds, freezes and overrides', () => {
  it('lets a release enter exactly where every gate is open or overridden by name', () => {
    console.log(`seed of the stories: ${SEED} (AIRLOCK_TEST_SEED repeats it); ${STORIES} stories`);
    const entered = { staging: 0, production: 0, byOverride: 0 };
    let refused = 0;
    fc.assert(
      fc.property(fc.array(EVENT, { minLength: 10, maxLength: 40 }), (events) => {
        const story = new Story();
        for (const event of events) story.tell(event);
        for (const key of ['staging', 'production', 'byOverride'] as const)
          entered[key] += story.entered[key];
        refused += story.refused;
      }),
      { seed: SEED, numRuns: STORIES },
    );
    console.log(`entered: ${JSON.stringify(entered)}; held back: ${refused}`);
    // A story in which nothing goes in, or everything, would prove nothing.
    expect(entered.production).toBeGreaterThan(STORIES / 50);
    expect(entered.byOverride).toBeGreaterThan(STORIES / 300);
    expect(refused).toBeGreaterThan(STORIES);
  }, 300_000);
});
