/**
 * The message may name the database and its user; the visitor gets none of it.
 *
 * @type {import('@sveltejs/kit').HandleServerError}
 */
export const handleError = ({ error, event, status }) => {
  if (status !== 404) {
    console.error(
      `${event.request.method} ${event.url.pathname}: ${error instanceof Error ? error.message : error}`,
    );
  }
  return {
    message: status === 404 ? 'There is no such page.' : 'Something went wrong. Try again in a moment.',
  };
};
