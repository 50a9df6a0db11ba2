import { fail } from '@sveltejs/kit';
import { CATALOGUE } from '$lib/catalogue.js';
import { reservations } from '$lib/server/database.js';

/** @type {import('./$types').PageServerLoad} */
export const load = async ({ setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' });
  const left = await reservations?.left();
  return {
    pieces: CATALOGUE.map((piece) => ({ ...piece, left: left?.get(piece.id) ?? piece.fired })),
    canReserve: reservations !== undefined,
  };
};

const PROBLEMS = {
  gone: 'Somebody was faster: that was the last one.',
  'unknown-piece': 'We do not know that piece.',
  'bad-name': 'A name has 1 to 40 characters.',
};

/** @type {import('./$types').Actions} */
export const actions = {
  default: async ({ request }) => {
    if (!reservations)
      return fail(503, { problem: 'This is a shop window: there is nobody to keep it for you.' });
    const form = await request.formData();
    const answer = await reservations.keep(form.get('piece'), form.get('name'));
    return answer === 'kept'
      ? { kept: true }
      : fail(answer === 'gone' ? 409 : 422, { problem: PROBLEMS[answer] });
  },
};
