// Starts an embedded server, prints its URL and waits to be killed. Argument: the folder to work in.
import { startPostgres } from '../../../rehearsal/services/postgres.ts';

const server = await startPostgres({ directory: process.argv[2] ?? '' });
console.log(server.url('postgres'));
setInterval(() => {}, 60_000);
