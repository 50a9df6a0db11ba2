import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createApp } from '../src/server/app.js';
import { Cache } from '../src/server/cache.js';
import { readFiles } from '../src/server/files.js';

const client = mkdtempSync(join(tmpdir(), 'sophie-'));
mkdirSync(join(client, 'assets'));
writeFileSync(join(client, 'index.html'), '<h1>Sophie</h1>');
writeFileSync(join(client, 'assets/main-abc.js'), 'export {};');

/** A note book in memory, that can be taken away. */
const book = {
  /** @type {import('../src/server/notes.js').Note[]} */
  notes: [],
  isThere: true,
  async latest() {
    await this.ping();
    return [...this.notes];
  },
  /** @param {import('../src/server/notes.js').NewNote} note */
  async add(note) {
    await this.ping();
    this.notes.unshift({ ...note, writtenAt: new Date(0).toISOString() });
  },
  async ping() {
    if (!this.isThere) throw new Error('no database for user sophie');
    return true;
  },
};

const release = { version: '1.2.3', commit: 'abc', builtAt: 'today' };
const parts = { notes: book, cache: new Cache(60_000), files: readFiles(client), release };
const server = createServer(createApp(parts));
let base = '';

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(client, { recursive: true });
});

/** @param {unknown} note */
const post = (note, type = 'application/json') =>
  fetch(`${base}/api/notes`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: JSON.stringify(note),
  });

test('serves the client: the page fresh, its assets for ever', async () => {
  const page = await fetch(`${base}/?from=postcard`);
  assert.equal(await page.text(), '<h1>Sophie</h1>');
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const asset = await fetch(`${base}/assets/main-abc.js`);
  assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
  assert.match(asset.headers.get('content-type') ?? '', /javascript/);
});

test('has security headers on every answer', async () => {
  for (const path of ['/', '/health', '/api/notes', '/nowhere', '/../package.json']) {
    const { headers } = await fetch(base + path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
  }
});

test('says which release it is', async () => {
  assert.deepEqual(await (await fetch(`${base}/version`)).json(), release);
});

test('keeps a note and shows it first, whatever was cached', async () => {
  await (await fetch(`${base}/api/notes`)).json();
  assert.equal((await post({ author: ' Ada ', text: 'The lighthouse!', stamp: 'moon' })).status, 201);
  const { notes } = await (await fetch(`${base}/api/notes`)).json();
  assert.deepEqual(notes[0], {
    author: 'Ada',
    text: 'The lighthouse!',
    stamp: 'moon',
    writtenAt: '1970-01-01T00:00:00.000Z',
  });
});

test('says what is wrong with a note', async () => {
  const good = { author: 'Ada', text: 'Hello' };
  for (const bad of [
    {},
    null,
    { ...good, author: ' ' },
    { ...good, text: 'x'.repeat(281) },
    { ...good, stamp: 'cat' },
    { ...good, text: 'a\0b' },
    { ...good, text: 'x'.repeat(5_000) },
  ]) {
    const answer = await post(bad);
    assert.equal(answer.status, 422, JSON.stringify(bad).slice(0, 80));
    assert.ok((await answer.json()).problem);
  }
  assert.equal((await post(good, 'text/plain')).status, 422);
});

test('does not know other pages and methods', async () => {
  assert.equal((await fetch(`${base}/nowhere`)).status, 404);
  assert.equal((await fetch(`${base}/health`, { method: 'DELETE' })).status, 404);
});

test('is healthy with its database, and says so without it', async () => {
  const well = await fetch(`${base}/health`);
  assert.equal(well.status, 200);
  assert.deepEqual(await well.json(), {
    status: 'healthy',
    version: '1.2.3',
    database: 'connected',
    cache: 'connected',
  });
  book.isThere = false;
  try {
    const ill = await fetch(`${base}/health`);
    assert.equal(ill.status, 503);
    assert.equal((await ill.json()).database, 'disconnected');
    const answer = await post({ author: 'Ada', text: 'Hello' });
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /user sophie/);
  } finally {
    book.isThere = true;
  }
});
