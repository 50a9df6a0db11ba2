import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE } from '../src/lib/catalogue.js';
import { Reservations } from '../src/lib/server/reservations.js';

/** Remembers what it was asked and answers with what it was told to. */
class Recorder {
  /** @type {{text: string, values: unknown[] | undefined}[]} */
  asked = [];

  /** @param {{rows: any[], rowCount: number | null}} answer */
  constructor(answer) {
    this.answer = answer;
  }

  /** @param {string} text @param {unknown[]} [values] */
  async query(text, values) {
    this.asked.push({ text, values });
    return this.answer;
  }
}

test('every piece has a name of its own, and some were fired', () => {
  assert.equal(new Set(CATALOGUE.map(({ id }) => id)).size, CATALOGUE.length);
  assert.ok(CATALOGUE.every(({ fired, euros }) => fired > 0 && euros > 0));
});

test('what is left is what was fired without what was kept', async () => {
  const database = new Recorder({ rows: [{ piece: 'heron-vase', kept: 2 }], rowCount: 1 });
  const left = await new Reservations(database).left();
  assert.deepEqual([left.get('heron-vase'), left.get('harbour-mug')], [0, 8]);
});

test('a name goes to the database as a value, never as SQL', async () => {
  const database = new Recorder({ rows: [], rowCount: 1 });
  assert.equal(await new Reservations(database).keep('heron-vase', " '; drop table -- "), 'kept');
  assert.deepEqual(database.asked[0]?.values, ['heron-vase', 2, "'; drop table --"]);
  assert.doesNotMatch(database.asked[0]?.text ?? '', /drop/);
});

test('the last one is given once', async () => {
  const database = new Recorder({ rows: [], rowCount: 0 });
  assert.equal(await new Reservations(database).keep('heron-vase', 'Ada'), 'gone');
});

test('says what is wrong before it asks the database', async () => {
  const database = new Recorder({ rows: [], rowCount: 1 });
  const reservations = new Reservations(database);
  assert.equal(await reservations.keep('teapot', 'Ada'), 'unknown-piece');
  for (const name of [null, '', '  ', 'x'.repeat(41), 'a\0b']) {
    assert.equal(await reservations.keep('heron-vase', name), 'bad-name');
  }
  assert.deepEqual(database.asked, []);
});
