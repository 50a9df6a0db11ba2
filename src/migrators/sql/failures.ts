import { Failure, type Location } from '../../domain/failure.ts';

/** What `pg` throws, as far as it is looked at. Only an answer of the server has a severity. */
interface DriverError {
  readonly message: string;
  readonly code?: string;
  readonly severity?: string;
  /** 1-based, in characters of the statement. */
  readonly position?: string;
  readonly hint?: string;
}

export const asDriverError = (error: unknown): DriverError =>
  error instanceof Error ? error : { message: String(error) };

/** SQLSTATE of an answer of the server; undefined when the error is not one. */
export function sqlState(error: unknown): string | undefined {
  const { severity, code } = asDriverError(error);
  return severity === undefined ? undefined : code;
}

const BROKEN_SOCKET: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED']);

/** Whether the connection is gone, so that nobody said whether the statement took effect. */
export function isConnectionLoss(error: unknown): boolean {
  const { code = '', message } = asDriverError(error);
  const state = sqlState(error);
  if (state !== undefined) return state.startsWith('08') || /^57P0[1-3]$/.test(state);
  return BROKEN_SOCKET.has(code) || /^Connection terminated|not queryable$/.test(message);
}

/** Whether nothing is wrong with the statement and a later try may get its locks. */
export const isLockConflict = (error: unknown): boolean => ['55P03', '40P01'].includes(sqlState(error) ?? '');

export const STATEMENT_CANCELLED = '57014';

/** How a statement's error reads. Never `detail`: it quotes rows. */
export function describe(error: unknown): string {
  const { message, hint } = asDriverError(error);
  const state = sqlState(error);
  return `${message}${state ? ` (SQLSTATE ${state})` : ''}${hint ? `. ${hint}` : ''}`;
}

export function cancelled(signal: AbortSignal, what: string): Failure {
  if (signal.reason instanceof Failure && signal.reason.code === 'CANCELLED') return signal.reason;
  return new Failure(
    'CANCELLED',
    what,
    'Run it again when you want it to go on: it continues where it stands.',
  );
}

export const connectionLost = () =>
  new Failure(
    'DATABASE_CONNECTION_LOST',
    'The connection to the database broke. What was running is rolled back by the server.',
    'Run it again: it continues where the database says it stands.',
  );

/** The connection broke while COMMIT was under way: only the history knows whether it took effect. */
export class CommitUnknown extends Failure {
  constructor() {
    super(
      'DATABASE_CONNECTION_LOST',
      'The connection to the database broke while a migration was being committed.',
      'Run it again: the database knows whether the migration was applied.',
    );
  }
}

/**
 * Tells an error of the driver to the person who has to mend it. Without the error as a cause: it can
 * quote rows, and the connection's settings.
 *
 * @param where the database and host, without user and password
 */
export function databaseFailure(error: unknown, where: string, at?: Location): Failure {
  if (error instanceof Failure) return error;
  const { code: kind, message } = asDriverError(error);
  const options = at ? { at } : {};
  const failure = (code: string, what: string, next: string) => new Failure(code, what, next, options);

  switch (sqlState(error) ?? kind) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failure(
        'DATABASE_UNREACHABLE',
        `The host of ${where} is unknown.`,
        'Check the host name in the database URL; a private name is known only inside its network.',
      );
    case '28P01':
      return failure(
        'DATABASE_LOGIN_REFUSED',
        `${where} refused the user name or the password.`,
        "Check the secret that holds the database URL in this environment's settings; percent-encode special characters in the password.",
      );
    case '28000':
      return /no encryption|SSL off/i.test(message)
        ? failure(
            'DATABASE_TLS_REQUIRED',
            `${where} lets nobody in without TLS.`,
            'Add `?sslmode=verify-full` to the database URL (`no-verify` for a self-signed certificate).',
          )
        : failure(
            'DATABASE_LOGIN_REFUSED',
            `${where} does not let this user in from here.`,
            "Check the user in the database URL, and that the server's access rules admit this runner.",
          );
    case '3D000':
      return failure(
        'DATABASE_NOT_FOUND',
        `There is no ${where}.`,
        'Check the database name at the end of the database URL, or create the database.',
      );
    case '42501':
      return failure(
        'DATABASE_PRIVILEGE_MISSING',
        `The user of ${where} may not do this: ${message}.`,
        "Use the database's owner for migrations, or grant what is missing. Airlock itself needs the schema `airlock_migrations`: CREATE on the database, or the schema made and handed to this user.",
      );
    case '25006':
      return readOnly(where);
    case '53300':
      return failure(
        'DATABASE_BUSY',
        `${where} has no connection left.`,
        'Run it again when fewer clients are connected.',
      );
  }
  if (/does not support SSL|certificate|CERT|TLS|SSL/.test(`${kind} ${message}`)) {
    return failure(
      'DATABASE_TLS_FAILED',
      `No TLS connection to ${where}: ${message}.`,
      'Set `sslmode` in the database URL to what the server offers, and `sslrootcert` for a private authority.',
    );
  }
  if (sqlState(error) === undefined) {
    return failure(
      'DATABASE_UNREACHABLE',
      `No connection to ${where}: ${message || kind}.`,
      'Check host and port in the database URL, that the server runs, and that it lets this runner in.',
    );
  }
  return failure(
    'DATABASE_ERROR',
    `${where} answered: ${describe(error)}.`,
    'Mend what the database names and run it again.',
  );
}

export const readOnly = (where: string) =>
  new Failure(
    'DATABASE_READ_ONLY',
    `${where} is read-only: a replica, or a database set to read-only.`,
    'Use the URL of the primary.',
  );
