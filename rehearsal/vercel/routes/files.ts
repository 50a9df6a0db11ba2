import { createHash } from 'node:crypto';
import { badRequest, ok, type Route, route } from '../call.ts';
import { spend } from '../limits.ts';

export const fileRoutes: readonly Route[] = [
  route('uploadFile', 'POST', '/v2/files', ({ state, account, headers, bytes }) => {
    const digest = headers.get('x-vercel-digest') ?? headers.get('x-now-digest');
    if (digest === null) throw badRequest('Missing header `x-vercel-digest`');
    const length = headers.get('content-length');
    if (length === null) throw badRequest('Missing header `Content-Length`');
    if (Number(length) !== bytes.length)
      throw badRequest(`Content-Length is ${length}, but ${bytes.length} bytes came`);
    const actual = createHash('sha1').update(bytes).digest('hex');
    if (actual !== digest)
      throw badRequest(`File digest does not match: ${digest} was announced, ${actual} came`);
    spend(account, 'uploads', state.clock.now());
    account.files.set(digest, bytes);
    return ok({ urls: [] });
  }),
];
