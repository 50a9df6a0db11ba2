import { json } from '@sveltejs/kit';
import { release } from '$lib/server/release.js';

/** @type {import('./$types').RequestHandler} */
export const GET = () => json(release, { headers: { 'cache-control': 'no-store' } });
