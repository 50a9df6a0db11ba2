/** @typedef {{author: string, text: string, stamp: string | null}} NewNote */
/** @typedef {NewNote & {writtenAt: string}} Note */
/** @typedef {{query(text: string, values?: unknown[]): Promise<{rows: any[]}>}} Database */

const STAMPS = ['shell', 'gull', 'boat', 'moon'];
const MOST_SHOWN = 50;

/**
 * What a guest sent, tidied, or what is wrong with it.
 *
 * @param {unknown} sent
 * @returns {{note: NewNote} | {problem: string}}
 */
export function readNote(sent) {
  if (typeof sent !== 'object' || sent === null) return { problem: 'Send a note as JSON.' };
  const { author, text, stamp = null } = /** @type {Record<string, unknown>} */ (sent);
  if (!isLine(author, 40)) return { problem: 'A name has 1 to 40 characters.' };
  if (!isLine(text, 280)) return { problem: 'A note has 1 to 280 characters.' };
  if (stamp !== null && !(typeof stamp === 'string' && STAMPS.includes(stamp))) {
    return { problem: `A stamp is one of ${STAMPS.join(', ')}.` };
  }
  return { note: { author: author.trim(), text: text.trim(), stamp } };
}

/** @param {unknown} value @param {number} most @returns {value is string} */
const isLine = (value, most) =>
  // PostgreSQL's texts hold every character but NUL.
  typeof value === 'string' && value.trim() !== '' && value.length <= most && !value.includes('\0');

/** The guest book, in its table. */
export class Notes {
  #database;

  /** @param {Database} database */
  constructor(database) {
    this.#database = database;
  }

  /** @returns {Promise<Note[]>} newest first */
  async latest() {
    const { rows } = await this.#database.query(
      'select author, text, stamp, written_at from notes order by written_at desc, id desc limit $1',
      [MOST_SHOWN],
    );
    return rows.map(({ author, text, stamp, written_at }) => ({
      author,
      text,
      stamp,
      writtenAt: written_at.toISOString(),
    }));
  }

  /** @param {NewNote} note */
  async add({ author, text, stamp }) {
    await this.#database.query('insert into notes (author, text, stamp) values ($1, $2, $3)', [
      author,
      text,
      stamp,
    ]);
  }

  /** Whether the database answers and has the table. */
  async ping() {
    await this.#database.query('select from notes limit 1');
    return true;
  }
}
