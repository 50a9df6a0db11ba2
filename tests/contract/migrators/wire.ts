import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import pg from 'pg';

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

/**
 * A pooler in transaction mode with one connection to the server, as small as it can be: each client gets
 * the server's process for the length of one transaction, and a key of the pooler's own.
 */
export async function startTransactionPooler(databaseUrl: string) {
  const owner = new pg.Client({ connectionString: databaseUrl });
  owner.on('error', () => {});
  await owner.connect();
  const upstream: unknown = Reflect.get(Reflect.get(owner, 'connection'), 'stream');
  if (!(upstream instanceof Socket)) throw new Error('pg keeps its socket somewhere else now');
  upstream.removeAllListeners('data');

  let serving: Socket | undefined;
  const waiting: { client: Socket; message: Buffer }[] = [];
  const next = () => {
    const turn = serving ? waiting.findIndex(({ client }) => client === serving) : 0;
    const [request] = turn === -1 ? [] : waiting.splice(turn, 1);
    if (!request) return;
    serving = request.client;
    upstream.write(request.message);
  };
  upstream.on('data', (chunk: Buffer) => {
    serving?.write(chunk);
    // ReadyForQuery outside of a transaction ends the client's turn.
    if (!chunk.subarray(-6).equals(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]))) return;
    serving = undefined;
    next();
  });

  const pooler = createServer((client) => {
    client.on('error', () => {});
    client.once('data', () => {
      // AuthenticationOk, BackendKeyData, ReadyForQuery.
      client.write(Buffer.from('520000000800000000' + '4b0000000c0000000100000001' + '5a0000000549', 'hex'));
      client.on('data', (message) => {
        if (message[0] === 0x58) return void client.end();
        waiting.push({ client, message });
        next();
      });
    });
  }).listen(0, '127.0.0.1');
  await once(pooler, 'listening');
  const address = pooler.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: url.href,
    async stop() {
      pooler.close();
      upstream.destroy();
      await once(pooler, 'close');
    },
  };
}
