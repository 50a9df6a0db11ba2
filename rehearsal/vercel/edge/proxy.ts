import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** Hands a request on to an origin and its answer back, both as streams. */
export function proxy(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  added: Readonly<Record<string, string>>,
  path = request.url ?? '/',
): void {
  const onward = ask(new URL(path, origin), {
    method: request.method ?? 'GET',
    // A kept connection may be closed by the origin in the moment it is used again: a visitor would pay.
    agent: false,
    headers: { ...withoutHops(request.headers), ...added },
  });
  onward.on('response', (answer) => {
    const { 'set-cookie': cookies = [], ...headers } = withoutHops(answer.headers);
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value);
    // The edge may have set one of its own.
    for (const cookie of cookies) response.appendHeader('set-cookie', cookie);
    response.writeHead(answer.statusCode ?? 502);
    pipeline(answer, response, () => undefined);
  });
  onward.on('error', () => {
    if (response.headersSent) response.destroy();
    else
      response
        .writeHead(502, { 'x-vercel-error': 'FUNCTION_INVOCATION_FAILED' })
        .end('FUNCTION_INVOCATION_FAILED');
  });
  response.on('close', () => onward.destroy());
  pipeline(request, onward, () => undefined);
}

const HOPS = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade'];

const withoutHops = <Headers extends object>(headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOPS.includes(name))) as Headers;
