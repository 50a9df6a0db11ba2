import { describeHold, type Hold, holdsOn } from '../holds.ts';
import type { Digest } from '../release.ts';
import { type GateAnswer, open, shut } from './gate.ts';

/** Of what is held, what is before this release: without its files only what locks the environment. */
export const holdsBefore =
  (environment: string, digest: Digest | undefined) =>
  (holds: readonly Hold[]): readonly Hold[] =>
    digest === undefined
      ? holds.filter((hold) => hold.kind === 'lock' && hold.environment === environment)
      : holdsOn(holds, environment, digest);

/** Whether somebody locked the environment or holds the release. `digest` is absent while it is not built. */
export function holdGate(
  holds: readonly Hold[],
  environment: string,
  digest: Digest | undefined,
): GateAnswer {
  const standing = holdsBefore(environment, digest)(holds);
  const [first] = standing;
  if (first === undefined) return open('hold', 'nobody locked the environment or holds the release');
  const isLock = standing.some(({ kind }) => kind === 'lock');
  return shut(
    'hold',
    'HELD',
    standing.map(describeHold).join('; '),
    isLock
      ? 'Unlock it with the control workflow when its reason is gone. A rollback may go at any time.'
      : 'Release a new build, or release this one with the control workflow and a reason.',
    endOf(standing),
  );
}

/** When the last of them ends; nothing where one does not end by itself. */
function endOf(holds: readonly Hold[]): Date | undefined {
  const ends = holds.map(({ until }) => Date.parse(until ?? ''));
  return ends.some(Number.isNaN) ? undefined : new Date(Math.max(...ends));
}
