import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createApp } from './app.js';
import { Cache } from './cache.js';
import { readFiles } from './files.js';
import { Notes } from './notes.js';
import { release } from './release.js';

const { DATABASE_URL, HOST = '127.0.0.1', PORT = '3000' } = process.env;
if (!DATABASE_URL) {
  console.error('DATABASE_URL is not set: the guest book needs a PostgreSQL database.');
  process.exit(1);
}

const database = new pg.Pool({
  connectionString: DATABASE_URL,
  max: 5,
  connectionTimeoutMillis: 3_000,
  query_timeout: 5_000,
});
// A connection that breaks while nobody uses it is replaced by the next query.
database.on('error', () => {});

const files = readFiles(fileURLToPath(new URL('./client/', import.meta.url)));
const app = createApp({ notes: new Notes(database), cache: new Cache(1_000), files, release });
const server = createServer(app).listen(Number(PORT), HOST, () => {
  console.log(`Sophie's guest book ${release.version} listens on http://${HOST}:${PORT}`);
});

/** Answers what was asked already, then goes. */
function leave() {
  server.close(async () => {
    await database.end();
    process.exit(0);
  });
  // Connections that were busy a moment ago become idle one by one.
  setInterval(() => server.closeIdleConnections(), 50);
}
process.once('SIGTERM', leave).once('SIGINT', leave);
