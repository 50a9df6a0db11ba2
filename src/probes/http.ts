import http from 'node:http';
import https from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { ProbeAnswer, ProbeRequest, Prober } from '../ports/prober.ts';

/**
 * Asks over HTTP/1.1, each request on a connection of its own, so that a duration is what a new visitor
 * waits: connecting and TLS included. Redirects are handed back as they are, proxies from the environment
 * are not used, certificates are always checked.
 */
export const httpProber: Prober = {
  async probe(request, signal) {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(request.timeoutMs);
    try {
      const answer = await ask(request, AbortSignal.any([signal, timeout]));
      return { ...answer, durationMs: performance.now() - startedAt };
    } catch (cause) {
      signal.throwIfAborted();
      const reason = timeout.aborted ? `no whole answer within ${request.timeoutMs} ms` : describe(cause);
      return { kind: 'unreachable', reason, durationMs: performance.now() - startedAt };
    }
  },
};

async function ask(
  { method, url, headers, bodyLimit }: ProbeRequest,
  signal: AbortSignal,
): Promise<Omit<ProbeAnswer & { kind: 'answered' }, 'durationMs'>> {
  const { request } = url.startsWith('https:') ? https : http;
  const outgoing = request(url, {
    method,
    agent: false,
    headers: { accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'airlock', ...headers },
    signal,
  });
  // Once there is a response, errors reach whoever reads it; the request's own report must not end the process.
  outgoing.on('error', () => {});
  outgoing.end();
  const response = await firstResponse(outgoing);
  try {
    const { bytes, cut } = await readUpTo(decoded(response, method), bodyLimit);
    return {
      kind: 'answered',
      status: response.statusCode ?? 0,
      headers: joined(response.headers),
      body: new TextDecoder().decode(bytes),
      bodyCut: cut,
    };
  } finally {
    outgoing.destroy();
  }
}

function firstResponse(outgoing: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
    // A server that changes the protocol unasked closes the request without an error.
    outgoing.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
}

/** The body as it was before it was packed for the way. */
function decoded(response: http.IncomingMessage, method: string): Readable {
  const isBodiless = method === 'HEAD' || response.statusCode === 204 || response.statusCode === 304;
  const decoder = isBodiless
    ? undefined
    : DECODERS[response.headers['content-encoding']?.toLowerCase() ?? ''];
  if (!decoder) return response;
  // What goes wrong on either side reaches the reader of the decoder.
  return pipeline(response, decoder(), () => {});
}

const DECODERS: Readonly<Record<string, () => ReturnType<typeof createGunzip>>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Stops at the limit, also in a few kilobytes that unpack to gigabytes. */
async function readUpTo(stream: Readable, limit: number): Promise<{ bytes: Buffer; cut: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, limit), cut: size > limit };
}

const joined = (headers: http.IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );

/** Node's codes in a person's words. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before the whole answer had come',
  EPIPE: 'the connection was closed before the whole answer had come',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  HPE_HEADER_OVERFLOW: 'the answer has too many or too long headers',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is signed by an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is signed by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is signed by an authority that is not trusted',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  Z_DATA_ERROR: 'the answer is not compressed as it says',
  Z_BUF_ERROR: 'the compressed answer ends too early',
  ERR_INVALID_CHAR: 'a request header has a character that HTTP does not allow',
};

function describe(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (REASONS[code]) return REASONS[code];
  if (code.startsWith('HPE_')) return `the answer is not HTTP (${code})`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return `the host does not speak TLS as it should (${code})`;
  // Not the message: Node's messages can quote what was sent.
  return code === '' ? 'the request failed' : `the request failed (${code})`;
}
