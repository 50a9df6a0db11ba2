import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** Says which deployment answered. The same on a slot's own address and on the live one. */
export const DEPLOYMENT_HEADER = 'x-airlock-deployment';

/** Headers that belong to one connection and not to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The message's own headers, as they were written, repeated ones kept apart. */
export function endToEnd(message: IncomingMessage): OutgoingHttpHeaders {
  const named = new Set(
    (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = (message.rawHeaders[index] ?? '').toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name)) continue;
    const values = headers.get(name) ?? [];
    values.push(message.rawHeaders[index + 1] ?? '');
    headers.set(name, values);
  }
  return Object.fromEntries(
    [...headers].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

/**
 * Headers for the app. Listeners are on loopback only, so whoever asks is a program of this machine, such
 * as the proxy that ends TLS: what it says of host and scheme is kept.
 */
export function forApp(request: IncomingMessage): OutgoingHttpHeaders {
  const headers = endToEnd(request);
  const came = request.headers['x-forwarded-for'];
  headers['x-forwarded-for'] = [came, request.socket.remoteAddress].filter(Boolean).join(', ');
  headers['x-forwarded-host'] ??= request.headers.host;
  headers['x-forwarded-proto'] ??= 'http';
  if (request.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  // Our own listener has answered it already.
  delete headers.expect;
  return headers;
}
