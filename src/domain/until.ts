import { Failure } from './failure.ts';

const MILLISECONDS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DURATION = /^(\d{1,4})([mhdw])$/;
/** A point in time without its zone would be another one on every machine. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * When something ends that begins now: `90m`, `4h`, `2d`, `1w`, or a point in time with its zone.
 *
 * @param longestMs most milliseconds from now
 * @returns ISO 8601 in UTC
 * @throws Failure INPUT_INVALID
 */
export function readUntil(text: string, now: Date, longestMs: number): string {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  const at = INSTANT.test(text)
    ? Date.parse(text)
    : now.getTime() + Number(count || Number.NaN) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  const left = at - now.getTime();
  if (left > 0 && left <= longestMs) return new Date(at).toISOString();
  const why = Number.isNaN(left)
    ? 'is neither a duration nor a point in time with its zone'
    : left <= 0
      ? 'is over already'
      : `is more than ${longestMs / MILLISECONDS.d} days from now`;
  throw new Failure(
    'INPUT_INVALID',
    `\`until\` ${why}: ${JSON.stringify(text.slice(0, 40))}.`,
    'Write a duration such as `90m`, `4h` or `2d`, or a point in time such as `2026-12-24T18:00:00+01:00`.',
  );
}
