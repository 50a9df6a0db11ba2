import { json } from '@sveltejs/kit';
import { reservations } from '$lib/server/database.js';
import { examine } from '$lib/server/health.js';
import { release } from '$lib/server/release.js';

/** @type {import('./$types').RequestHandler} */
export const GET = async () => {
  const health = await examine(release.version, reservations);
  return json(health, {
    status: health.status === 'healthy' ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
  });
};
