import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cache } from '../src/server/cache.js';
import { Notes } from '../src/server/notes.js';

/** Remembers what it was asked and answers with rows of the table. */
class Recorder {
  /** @type {{text: string, values: unknown[] | undefined}[]} */
  asked = [];

  /** @param {string} text @param {unknown[]} [values] */
  async query(text, values) {
    this.asked.push({ text, values });
    return { rows: [{ author: 'Ada', text: 'Hello', stamp: null, written_at: new Date(0) }] };
  }
}

test('what guests write goes to the database as values, never as SQL', async () => {
  const database = new Recorder();
  await new Notes(database).add({ author: "'; drop table notes; --", text: 'Hello', stamp: 'boat' });
  assert.deepEqual(database.asked[0]?.values, ["'; drop table notes; --", 'Hello', 'boat']);
  assert.doesNotMatch(database.asked[0]?.text ?? '', /drop/);
});

test('rows become notes', async () => {
  assert.deepEqual(await new Notes(new Recorder()).latest(), [
    { author: 'Ada', text: 'Hello', stamp: null, writtenAt: '1970-01-01T00:00:00.000Z' },
  ]);
  assert.equal(await new Notes(new Recorder()).ping(), true);
});

test('the cache loads once, until it is told to forget or the time is over', async () => {
  let loads = 0;
  const load = async () => (loads += 1);
  const cache = new Cache(60_000);
  assert.deepEqual([await cache.get('a', load), await cache.get('a', load)], [1, 1]);
  cache.forget('a');
  assert.equal(await cache.get('a', load), 2);
  const forgetful = new Cache(-1);
  assert.deepEqual([await forgetful.get('a', load), await forgetful.get('a', load)], [3, 4]);
  assert.equal(await cache.ping(), true);
});
