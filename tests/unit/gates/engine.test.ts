import { describe, expect, it } from 'vitest';
import {
  decide,
  GATES_OF,
  isEffective,
  OVERRIDABLE_GATES,
  type Rules,
} from '../../../src/domain/gates/engine.ts';
import {
  GATES,
  type GateAnswer,
  type GateName,
  open,
  shut,
  unreadable,
} from '../../../src/domain/gates/gate.ts';
import type { Override } from '../../../src/domain/holds.ts';

const rules = (changes: Partial<Rules> = {}): Rules => ({
  lane: 'normal',
  skips: [],
  overrides: [],
  ...changes,
});
const all = (lane: Rules['lane'] = 'normal', instead: readonly GateAnswer[] = []): readonly GateAnswer[] => [
  ...GATES_OF[lane]
    .filter((gate) => !instead.some((answer) => answer.gate === gate))
    .map((gate) => open(gate, 'well')),
  ...instead,
];
const override = (gate: GateName, changes: Partial<Override> = {}): Override => ({
  id: '1',
  gate,
  environment: 'production',
  reason: 'customers wait',
  by: 'ada',
  since: '2026-01-01T00:00:00Z',
  until: '2026-01-01T04:00:00Z',
  ...changes,
});

describe('the gates together', () => {
  it('let in only where every one of them is open, in one order', () => {
    const { gates, holding } = decide(all().toReversed(), rules());
    expect(holding).toBeUndefined();
    expect(gates.map(({ gate }) => gate)).toEqual(GATES.filter((gate) => GATES_OF.normal.includes(gate)));
  });

  it.each(GATES_OF.normal)('hold where nobody asked %s', (gate) => {
    const { holding } = decide(
      all().filter((answer) => answer.gate !== gate),
      rules(),
    );
    expect(holding).toMatchObject({ gate, state: 'unknown', why: 'nobody asked this gate' });
  });

  it.each(GATES_OF.hotfix)('hold a hotfix where nobody asked %s', (gate) => {
    const { holding } = decide(
      all('hotfix').filter((answer) => answer.gate !== gate),
      rules({ lane: 'hotfix' }),
    );
    expect(holding?.gate).toBe(gate);
  });

  it('name what is shut before what cannot be read', () => {
    const { holding } = decide(
      all('normal', [unreadable('hold', 'no', ''), shut('approval', 'NOT_APPROVED', 'nobody', 'ask')]),
      rules(),
    );
    expect(holding).toMatchObject({ gate: 'approval', reason: 'NOT_APPROVED' });
  });

  it('take the worse of two answers of one gate, and an answer that is not of this way too', () => {
    const twice = [open('soak', 'well'), shut('soak', 'NOT_SOAKED', 'no', 'wait')];
    expect(decide(all('normal', twice), rules()).holding?.gate).toBe('soak');
    const foreign = shut('back-merge', 'BACK_MERGE_MISSING', 'no', 'merge');
    expect(decide([...all(), foreign], rules()).holding?.gate).toBe('back-merge');
  });
});

describe('what a hotfix leaves out', () => {
  const shutCalendar = shut('calendar', 'CALENDAR_SHUT', 'frozen', 'wait');

  it('is named', () => {
    const { gates, holding } = decide(
      all('hotfix', [shutCalendar]),
      rules({ lane: 'hotfix', skips: ['calendar'] }),
    );
    expect(holding).toBeUndefined();
    expect(gates.find(({ gate }) => gate === 'calendar')).toMatchObject({ state: 'skipped' });
  });

  it('is left out on no other way', () => {
    expect(decide(all('normal', [shutCalendar]), rules({ skips: ['calendar'] })).holding?.gate).toBe(
      'calendar',
    );
  });

  it.each(GATES.filter((gate) => gate !== 'soak' && gate !== 'calendar'))('is never %s', (gate) => {
    const answers = all('hotfix', [unreadable(gate, 'no', '')]);
    expect(decide(answers, rules({ lane: 'hotfix', skips: [gate] })).holding?.gate).toBe(gate);
  });
});

describe('an override', () => {
  it('opens its gate, and says who, why, until when and what it was', () => {
    const { gates, holding } = decide(
      all('normal', [shut('calendar', 'CALENDAR_SHUT', 'frozen', 'wait')]),
      rules({ overrides: [override('calendar')] }),
    );
    expect(holding).toBeUndefined();
    expect(gates.find(({ gate }) => gate === 'calendar')).toEqual({
      gate: 'calendar',
      state: 'overridden',
      why: 'ada, until 2026-01-01T04:00:00Z: customers wait (it was shut: frozen)',
      next: '',
    });
  });

  it('of another gate opens nothing, and that of an open gate is not told', () => {
    const answers = all('normal', [shut('calendar', 'CALENDAR_SHUT', 'frozen', 'wait')]);
    const { gates, holding } = decide(answers, rules({ overrides: [override('soak')] }));
    expect(holding?.gate).toBe('calendar');
    expect(gates.find(({ gate }) => gate === 'soak')?.state).toBe('open');
  });

  it.each(['approval', 'newest', 'hotfix-base'] as const)('never opens %s', (gate) => {
    expect(OVERRIDABLE_GATES).not.toContain(gate);
    const answers = all('hotfix', [unreadable(gate, 'no', '')]);
    const overrides = [override(gate, { second: 'grace' })];
    expect(decide(answers, rules({ lane: 'hotfix', overrides })).holding?.gate).toBe(gate);
  });

  it.each<[Partial<Override>, boolean]>([
    [{}, false],
    [{ second: '' }, false],
    [{ second: ' ' }, false],
    [{ second: 'Ada' }, false],
    [{ second: 'grace' }, true],
  ])('opens the order by two people only: %o', (changes, expected) => {
    const one = override('order', changes);
    expect(isEffective(one)).toBe(expected);
    const answers = all('normal', [shut('order', 'NOT_PROVEN', 'no', 'release')]);
    expect(decide(answers, rules({ overrides: [one] })).holding === undefined).toBe(expected);
  });
});
