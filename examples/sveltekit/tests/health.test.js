import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examine } from '../src/lib/server/health.js';

test('a shop without a database is well, and says that it has none', async () => {
  assert.deepEqual(await examine('1.2.3', undefined), {
    status: 'healthy',
    version: '1.2.3',
    database: 'none',
    cache: 'none',
  });
});

test('a database that was given must answer', async () => {
  const well = await examine('1.2.3', { ping: async () => true });
  assert.deepEqual([well.status, well.database], ['healthy', 'connected']);
  const ill = await examine('1.2.3', { ping: () => Promise.reject(new Error('gone')) });
  assert.deepEqual([ill.status, ill.database], ['unhealthy', 'disconnected']);
});
