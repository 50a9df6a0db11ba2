import * as z from 'zod';

/**
 * The small values of airlock.yml, as they are written and as they are used. Their messages go on from
 * the name of the key: "`timeout` must be …".
 */

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST_MS = MILLISECONDS.d;
const LONGEST_WAIT_MS = 365 * MILLISECONDS.d;

/** `30s`, `1.5m`, `100ms` or `1h`, as whole milliseconds: more than 0 and at most a day. */
export const duration = () => durationFrom(1, 'more than 0 and at most 24h');

/** Like `duration`, and `0s` for not at all. */
export const durationOrNone = () => durationFrom(0, 'at most 24h');

const durationFrom = (minimumMs: number, range: string) =>
  z
    .string({ error: 'must be a duration with its unit, such as `30s`, `5m` or `100ms`' })
    .regex(/^\d{1,9}(\.\d{1,3})?(ms|s|m|h)$/, 'must be a duration such as `30s`, `5m` or `100ms`')
    .meta({ examples: ['100ms', '30s', '5m'] })
    .transform(inMilliseconds)
    .refine((milliseconds) => milliseconds >= minimumMs && milliseconds <= LONGEST_MS, `must be ${range}`);

/** `30m`, `12h` or `7d`, as whole milliseconds: at most a year. What people wait for, not programs. */
export const waitingTime = (leastMs: number, least: string) =>
  z
    .string({ error: 'must be a time with its unit, such as `30m`, `12h` or `7d`' })
    .regex(/^\d{1,9}(\.\d{1,3})?(s|m|h|d)$/, 'must be a time such as `30m`, `12h` or `7d`')
    .meta({ examples: ['30m', '12h', '7d'] })
    .transform(inMilliseconds)
    .refine(
      (milliseconds) => milliseconds >= leastMs && milliseconds <= LONGEST_WAIT_MS,
      `must be ${least}at most 365d`,
    );

function inMilliseconds(text: string): number {
  const [, number = '', unit = 's'] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
  return Math.round(Number(number) * MILLISECONDS[unit as keyof typeof MILLISECONDS]);
}

const BYTES = { B: 1, kB: 1000, MB: 1_000_000, KiB: 1024, MiB: 1024 * 1024 } as const;

/** `60 kB`, `1.5 MB` or `200 KiB`, as whole bytes. */
export const size = () =>
  z
    .string({ error: 'must be a size with its unit, such as `60 kB`, `1 MB` or `200 KiB`' })
    .regex(
      /^\d{1,9}(\.\d{1,3})? ?(B|kB|MB|KiB|MiB)$/,
      'must be a size such as `60 kB` (1000 bytes each), `1 MB` or `200 KiB` (1024 bytes each)',
    )
    .meta({ examples: ['60 kB', '1 MB', '200 KiB'] })
    .transform((text) => {
      const [, number = '', unit = 'B'] = /^([\d.]+) ?([A-Za-z]+)$/.exec(text) ?? [];
      return Math.floor(Number(number) * BYTES[unit as keyof typeof BYTES]);
    })
    .refine((bytes) => bytes > 0, 'must be more than 0');

/** A path that stays inside the repository, without `./` in front and `/` at the end. */
export const pathInRepository = () =>
  z
    .string()
    .min(1)
    .max(500)
    .refine(
      isInside,
      'must be a path inside the repository with `/` between its parts: not absolute and without `..`',
    )
    .transform((path) => path.replace(/^(\.\/+)+/, '').replace(/\/+$/, ''));

function isInside(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return (
    !/^(\/|~|[A-Za-z]:)|[\\\p{Cc}]/u.test(path) && parts.length > 0 && !parts.some((part) => part === '..')
  );
}

/** The path part of an address: `/health`. */
export const urlPath = () =>
  z
    .string()
    .max(2000)
    .regex(/^\/(?!\/)[^\s\\#\p{Cc}]*$/u, 'must be a path that starts with one `/`, such as `/health`');

/** A public http or https address without user, query or fragment. */
export const publicUrl = () =>
  z.string().max(2000).refine(isPublicUrl, 'must be an http or https address without user name, `?` and `#`');

function isPublicUrl(text: string): boolean {
  if (/[\s\p{Cc}?#\\]/u.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:\/\/[^/]/i.test(text) && url.username === '' && url.password === '';
}

/** Name of an environment variable. */
export const variableName = () =>
  z
    .string()
    .max(200)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, such as `DATABASE_URL`');

/** A name that starts with a letter: JavaScript moves keys that are numbers before all others. */
export const name = () =>
  z
    .string()
    .max(100)
    .regex(
      /^[A-Za-z][A-Za-z0-9._-]*$/,
      'must start with a letter and go on with letters, digits, `-`, `_` and `.`',
    );

/** A line of text for people or for a shell. */
export const line = (most: number) => z.string().regex(/\S/, 'must not be empty').max(most);
