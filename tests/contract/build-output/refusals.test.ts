import { expect, test } from 'vitest';
import { serveBuildOutput } from '../../../rehearsal/vercel/build-output/serve.ts';
import { func, sayer, type Written, write } from './output.ts';

const serving = async (written: Written) =>
  serveBuildOutput({ directory: await write(written), environment: {} }).then(async (served) => {
    await served.close();
    return 'served';
  });

test('serves what it can, and takes what has no effect here', async () => {
  const config = { crons: [{ path: '/', schedule: '0 0 * * *' }], cache: ['x'], framework: { version: '1' } };
  expect(await serving({ config, files: sayer('f') })).toBe('served');
});

test.each([
  ['another version', { config: { version: 2 } }, /version/],
  ['image optimization', { config: { images: { sizes: [1] } } }, /images/],
  ['wildcard domains', { config: { wildcard: [] } }, /wildcard/],
  ['middleware', { routes: [{ src: '/', middlewarePath: '_middleware' }] }, /routes\.0: .*middlewarePath/],
  ['locales', { routes: [{ src: '/', locale: {} }] }, /locale/],
  ['mitigation', { routes: [{ src: '/', mitigate: { action: 'deny' } }] }, /mitigate/],
  [
    'another origin',
    { routes: [{ src: '/', dest: 'https://a.example/' }] },
    /routes\.0\.dest: another origin/,
  ],
  ['an unknown phase', { routes: [{ handle: 'later' }] }, /handle/],
  ['a phase twice', { routes: [{ handle: 'hit' }, { handle: 'hit' }] }, /`handle: hit` stands .* twice/],
  [
    'a dest after hit',
    { routes: [{ handle: 'hit' }, { src: '/', dest: '/a' }] },
    /cannot stand after `handle: hit`/,
  ],
  [
    'a dest unchecked after miss',
    { routes: [{ handle: 'miss' }, { src: '/', dest: '/a' }] },
    /`handle: miss`/,
  ],
  ['a pattern of PCRE alone', { routes: [{ src: '/(?i)a++' }] }, /pattern/],
  [
    'other transforms',
    { routes: [{ src: '/', transforms: [{ type: 'request.path', op: 'set', args: '/' }] }] },
    /transforms\.0\.type: only request\.query/,
  ],
  [
    'the edge runtime',
    { files: func('e', '', { runtime: 'edge', entrypoint: 'index.js' }) },
    /runtime: only nodejs/,
  ],
  ['another runtime', { files: func('e', '', { runtime: 'python3.12' }) }, /runtime: only nodejs/],
  ['another launcher', { files: func('e', '', { launcherType: 'Lambda' }) }, /launcherType: only Nodejs/],
  [
    'function helpers',
    { files: func('e', '', { shouldAddHelpers: true }) },
    /shouldAddHelpers: function helpers/,
  ],
  ['an AWS handler', { files: func('e', '', { awsLambdaHandler: 'a.b' }) }, /awsLambdaHandler/],
  [
    'a function without settings',
    { files: { 'functions/e.func/index.js': '' } },
    /\.vc-config\.json cannot be read/,
  ],
  ['a link that leads out', { links: { 'functions/e.func': '../..' } }, /leads out of the build output/],
  [
    'a fallback that is not there',
    {
      files: { ...sayer('e'), 'functions/e.prerender-config.json': '{"expiration":1,"fallback":"no.html"}' },
    },
    /no file no\.html/,
  ],
] as [string, Written, RegExp][])('refuses %s by name', async (_what, written, words) => {
  await expect(serving(written)).rejects.toMatchObject({
    name: 'BuildOutputError',
    message: expect.stringMatching(words),
  });
});

test('refuses a folder that is no build output', async () => {
  await expect(serveBuildOutput({ directory: '/nowhere', environment: {} })).rejects.toThrow(
    'config.json cannot be read',
  );
});
