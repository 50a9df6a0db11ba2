import { readNote } from './notes.js';

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */
/** @typedef {{latest(): Promise<import('./notes.js').Note[]>, add(note: import('./notes.js').NewNote): Promise<void>, ping(): Promise<boolean>}} NoteBook */
/** @typedef {{notes: NoteBook, cache: import('./cache.js').Cache, files: Map<string, import('./files.js').File>, release: import('./release.js').Release}} Parts */

/** On every answer, whatever it is. */
const SECURITY_HEADERS = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};
const MOST_BYTES = 4096;

/**
 * The guest book as a request listener for `node:http`.
 *
 * @param {Parts} parts
 */
export function createApp({ notes, cache, files, release }) {
  /** @type {Record<string, (request: Request, response: Response) => Promise<void>>} */
  const routes = {
    'GET /health': async (_request, response) => {
      const [database, kept] = await Promise.all([isWell(notes), isWell(cache)]);
      const well = database && kept;
      json(response, well ? 200 : 503, {
        status: well ? 'healthy' : 'unhealthy',
        version: release.version,
        database: database ? 'connected' : 'disconnected',
        cache: kept ? 'connected' : 'disconnected',
      });
    },
    'GET /version': async (_request, response) => json(response, 200, release),
    'GET /api/notes': async (_request, response) =>
      json(response, 200, { notes: await cache.get('notes', () => notes.latest()) }),
    'POST /api/notes': async (request, response) => {
      const read = readNote(await readJson(request));
      if ('problem' in read) return json(response, 422, read);
      await notes.add(read.note);
      cache.forget('notes');
      json(response, 201, read.note);
    },
  };

  /** @param {Request} request @param {Response} response */
  return async (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const address = (request.url ?? '/').replace(/\?.*$/s, '');
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    try {
      const route = routes[`${method} ${address}`];
      const file = files.get(address);
      if (route) await route(request, response);
      else if (method === 'GET' && file) response.writeHead(200, file.headers).end(file.body);
      else json(response, 404, { problem: 'There is no such page.' });
    } catch (error) {
      // The message may name the database and its user; the guest gets none of it.
      console.error(`${method} ${address}: ${error instanceof Error ? error.message : error}`);
      if (!response.headersSent)
        json(response, 500, { problem: 'Something went wrong. Try again in a moment.' });
      else response.destroy();
    }
  };
}

/** @param {Response} response @param {number} status @param {unknown} body */
function json(response, status, body) {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}

/** What was sent, or undefined when it is not JSON or too long. @param {Request} request */
async function readJson(request) {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return undefined;
  /** @type {Buffer[]} */
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  try {
    return size <= MOST_BYTES ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {{ping(): Promise<boolean>}} part */
const isWell = async (part) => {
  try {
    return await part.ping();
  } catch {
    return false;
  }
};
