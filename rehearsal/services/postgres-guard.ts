// The parent of a throw-away PostgreSQL server. It lives exactly as long as the pipe on its standard
// input: however the process at the other end dies (SIGKILL too), the server goes down and its files go.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/** What `startPostgres` hands over, as JSON in the only argument. Holds no secret. */
export interface GuardOrder {
  readonly command: string;
  readonly args: readonly string[];
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Folder to remove when the server is down. */
  readonly home: string;
}

const order = JSON.parse(process.argv[2] ?? '') as GuardOrder;
const server = spawn(order.command, order.args, {
  ...order.user,
  cwd: order.home,
  env: { LC_ALL: 'C', TZ: 'UTC' },
  stdio: ['ignore', 'ignore', 'inherit'],
});

// SIGQUIT is PostgreSQL's immediate shutdown: nothing of a throw-away server is worth flushing.
process.stdin.on('end', () => server.kill('SIGQUIT')).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => server.kill('SIGQUIT'));
}

server.on('error', () => leave(1));
server.on('exit', (code) => leave(code ?? 1));

function leave(code: number): never {
  rmSync(order.home, { recursive: true, force: true, maxRetries: 3 });
  process.exit(code);
}
