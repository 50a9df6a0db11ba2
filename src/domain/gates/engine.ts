import type { Override } from '../holds.ts';
import { SKIPPABLE_GATES } from '../hotfix/settings.ts';
import { GATES, type GateAnswer, type GateName, type GateResult, type Lane, unreadable } from './gate.ts';

/** Gates of each way into an environment. One that nobody answered for is not open. */
export const GATES_OF: Readonly<Record<Lane, readonly GateName[]>> = {
  normal: ['hold', 'order', 'soak', 'calendar', 'newest', 'approval'],
  hotfix: [
    'hold',
    'order',
    'soak',
    'calendar',
    'newest',
    'hotfix-base',
    'hotfix-size',
    'hotfix-rules',
    'approval',
  ],
};

/** Gates that one person's recorded override opens. */
const BY_ONE: readonly GateName[] = ['hold', 'soak', 'calendar', 'back-merge', 'hotfix-size', 'hotfix-rules'];

/** Gates that take a second person's name beside it. */
const BY_TWO: readonly GateName[] = ['order'];

/**
 * Gates that a recorded override can open. Not approval, which is a person's word itself; not newest, as
 * the way back is the rollback; and not the base of a hotfix, without which nothing says what it would undo.
 */
export const OVERRIDABLE_GATES: readonly GateName[] = GATES.filter((gate) =>
  [...BY_ONE, ...BY_TWO].includes(gate),
);

/** Whether an override can open its gate: some take two people. */
export const isEffective = ({ gate, by, second }: Pick<Override, 'gate' | 'by' | 'second'>): boolean =>
  BY_ONE.some((one) => one === gate) ||
  (BY_TWO.some((one) => one === gate) &&
    second !== undefined &&
    second.trim() !== '' &&
    second.toLowerCase() !== by.toLowerCase());

export interface Rules {
  readonly lane: Lane;
  /** Gates that the configuration lets a hotfix pass by. */
  readonly skips: readonly GateName[];
  /** Overrides that stand for this release and this environment now. */
  readonly overrides: readonly Override[];
}

export interface Decision {
  /** Every gate of the way, in the order of `GATES`. */
  readonly gates: readonly GateResult[];
  /** The gate that holds the release back: one that is shut before one that could not be read. */
  readonly holding: Extract<GateResult, { readonly state: 'shut' | 'unknown' }> | undefined;
}

/** Whether a gate is left out: only on the short way, only where configured, and only what may ever be. */
export const isSkipped = (gate: GateName, { lane, skips }: Pick<Rules, 'lane' | 'skips'>): boolean =>
  lane === 'hotfix' && skips.includes(gate) && SKIPPABLE_GATES.some((one) => one === gate);

/** What the gates say together. A release enters when none of them holds it, and not otherwise. */
export function decide(answers: readonly GateAnswer[], rules: Rules): Decision {
  const names = GATES.filter(
    (gate) => GATES_OF[rules.lane].includes(gate) || answers.some((answer) => answer.gate === gate),
  );
  const gates = names.map((gate) => resultOf(gate, answers, rules));
  return { gates, holding: holdingOf(gates) };
}

/** The gate that holds a release back, of these. */
export const holdingOf = (gates: readonly GateResult[]): Decision['holding'] =>
  gates.find((result) => result.state === 'shut') ?? gates.find((result) => result.state === 'unknown');

function resultOf(gate: GateName, answers: readonly GateAnswer[], rules: Rules): GateResult {
  if (isSkipped(gate, rules)) {
    return { gate, state: 'skipped', why: 'a hotfix leaves it out: airlock.yml says so', next: '' };
  }
  const own = answers.filter((answer) => answer.gate === gate);
  const answer =
    own.find(({ state }) => state !== 'open') ??
    own[0] ??
    unreadable(gate, 'nobody asked this gate', 'Report it: Airlock should have asked.');
  if (answer.state === 'open') return answer;
  const override = rules.overrides.find((one) => one.gate === gate && isEffective(one));
  if (override === undefined) return answer;
  const people = [override.by, override.second].filter((one) => one !== undefined).join(' and ');
  const why = `${people}, until ${override.until}: ${override.reason} (it was ${answer.state}: ${answer.why})`;
  return { gate, state: 'overridden', why, next: '' };
}
