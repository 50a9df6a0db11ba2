import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Valid from 2020 to 2120 (`trusted`) and to 2021 (`expired`), for localhost and 127.0.0.1. */
export const pem = (name: 'trusted' | 'expired', part: 'crt' | 'key'): string =>
  readFileSync(new URL(`tls/${name}.${part}`, import.meta.url), 'utf8');

export interface CalendarHost extends AsyncDisposable {
  readonly address: string;
  /** Paths with queries, in the order in which they were asked. */
  readonly asked: readonly string[];
}

/** A real https server that answers as it is told. */
export async function calendarHost(
  answer: (response: ServerResponse, path: string) => void,
  certificate: 'trusted' | 'expired' = 'trusted',
): Promise<CalendarHost> {
  const asked: string[] = [];
  const server = createServer(
    { cert: pem(certificate, 'crt'), key: pem(certificate, 'key') },
    (request, response) => {
      asked.push(request.url ?? '');
      answer(response, request.url ?? '');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `https://localhost:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
