import { suggestion } from '../../src/config/nearest.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { StepRef } from '../executor/events.ts';

/** Faults that change the release under rehearsal. */
export const RELEASE_FAULTS = ['smoke-failure', 'slow', 'crash-after-promote', 'migration-failure'] as const;

export type ReleaseFault = (typeof RELEASE_FAULTS)[number];

/** What shall go wrong. Without an environment it is production, or the last one where there is none. */
export type Injection =
  | { readonly kind: ReleaseFault; readonly environment: string | undefined }
  | { readonly kind: 'cancel'; readonly step: string; readonly environment: string | undefined };

const FORMS = [...RELEASE_FAULTS.map((fault) => `${fault}[@environment]`), 'cancel@step[@environment]'];

/**
 * Reads the value of `--inject`: `smoke-failure`, `slow@staging`, `cancel@promote`, …
 *
 * @throws Failure FAULT_UNKNOWN with the nearest right name
 */
export function parseInjection(text: string): Injection {
  const [kind = '', ...rest] = text.split('@');
  const isFault = (name: string): name is ReleaseFault =>
    (RELEASE_FAULTS as readonly string[]).includes(name);
  if (rest.every((part) => part !== '')) {
    const [first, second] = rest;
    if (isFault(kind) && rest.length <= 1) return { kind, environment: first };
    if (kind === 'cancel' && first !== undefined && rest.length <= 2)
      return { kind, step: first, environment: second };
  }
  throw new Failure(
    'FAULT_UNKNOWN',
    `There is no fault ${JSON.stringify(text)}${suggestion(kind, [...RELEASE_FAULTS, 'cancel'])}`,
    `Use one of: ${FORMS.join(', ')}.`,
  );
}

/**
 * The environment that a fault strikes.
 *
 * @param environments names in the order of airlock.yml
 * @throws Failure FAULT_ENVIRONMENT_UNKNOWN
 */
export function struckEnvironment(injection: Injection, environments: readonly string[]): string {
  const { environment } = injection;
  const found =
    environment === undefined
      ? (environments.find((name) => name === 'production') ?? environments.at(-1))
      : environments.find((name) => name === environment);
  if (found !== undefined) return found;
  throw new Failure(
    'FAULT_ENVIRONMENT_UNKNOWN',
    `airlock.yml has no environment ${JSON.stringify(environment)}${suggestion(environment, environments)}`,
    `Name one of: ${environments.join(', ')}.`,
  );
}

/**
 * Whether the run is to be cancelled while this step runs: by the step's id, the last part of the id of a
 * step inside a composite, or its name. Jobs without an environment count too when none was named.
 *
 * @param job the environment of the step's job
 */
export function strikesStep(
  injection: Extract<Injection, { kind: 'cancel' }>,
  environments: readonly string[],
  job: { readonly environment: string | undefined },
  step: StepRef,
): boolean {
  if (step.stage !== 'main') return false;
  const isPlace =
    job.environment === struckEnvironment(injection, environments) ||
    (job.environment === undefined && injection.environment === undefined);
  const names = [step.id, step.id.slice(step.id.lastIndexOf('.') + 1), step.name];
  return isPlace && names.some((name) => name.toLowerCase() === injection.step.toLowerCase());
}
