import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What a relay does with one connection: both sockets are there, and nothing is joined yet. */
export type Join = (client: Socket, server: Socket) => void;

/** A relay in front of a PostgreSQL server; `join` decides how the two sides hear each other. */
export async function startRelay(databaseUrl: string, join: Join) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => other.destroy());
    }
    join(client, server);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: url.href,
    async stop() {
      for (const socket of sockets) socket.destroy();
      relay.close();
      await once(relay, 'close');
    },
  };
}

/** Changes the process id in the key that the server hands to the client, as every pooler does. */
export function withForeignKey(chunk: Buffer): Buffer {
  // BackendKeyData: 'K', length 12, process id, secret.
  const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at !== -1) chunk.writeInt32BE(chunk.readInt32BE(at + 5) + 1, at + 5);
  return chunk;
}
