import { release } from '$lib/server/release.js';

/** @type {import('./$types').LayoutServerLoad} */
export const load = () => ({ version: release.version });
