import { CATALOGUE } from '../catalogue.js';

/** @typedef {{query(text: string, values?: unknown[]): Promise<{rows: any[], rowCount: number | null}>}} Database */
/** @typedef {'kept' | 'gone' | 'unknown-piece' | 'bad-name'} Answer */

/** Who reserved what, in its table. */
export class Reservations {
  #database;

  /** @param {Database} database */
  constructor(database) {
    this.#database = database;
  }

  /** @returns {Promise<Map<string, number>>} how many of each piece are left */
  async left() {
    const { rows } = await this.#database.query(
      'select piece, count(*)::int as kept from reservations group by piece',
    );
    const kept = new Map(rows.map((row) => [row.piece, row.kept]));
    return new Map(CATALOGUE.map(({ id, fired }) => [id, Math.max(0, fired - (kept.get(id) ?? 0))]));
  }

  /**
   * Keeps one piece for somebody, unless the last one is gone.
   *
   * @param {unknown} id
   * @param {unknown} name
   * @returns {Promise<Answer>}
   */
  async keep(id, name) {
    const piece = CATALOGUE.find((one) => one.id === id);
    if (!piece) return 'unknown-piece';
    // PostgreSQL's texts hold every character but NUL.
    if (typeof name !== 'string' || name.trim() === '' || name.length > 40 || name.includes('\0')) {
      return 'bad-name';
    }
    // Places are numbered, and a number is given once. Who is beaten to one tries the next; nobody can be
    // beaten more often than there are places.
    for (let attempt = 0; attempt < piece.fired; attempt++) {
      const { rowCount } = await this.#database.query(
        `insert into reservations (piece, place, name)
         select $1, place, $3 from generate_series(1, $2::int) as places(place)
         where not exists (select from reservations r where r.piece = $1 and r.place = places.place)
         order by place limit 1
         on conflict do nothing`,
        [piece.id, piece.fired, name.trim()],
      );
      if (rowCount === 1) return 'kept';
    }
    return 'gone';
  }

  /** Whether the database answers and has the table. */
  async ping() {
    await this.#database.query('select from reservations limit 1');
    return true;
  }
}
