import { describe, expect, test } from 'vitest';
import { readRequest } from '../../../src/domain/command/request.ts';

describe('a request', () => {
  test.each([
    [
      '/lock production the till is down',
      { word: 'lock', environment: 'production', until: '', reason: 'the till is down' },
    ],
    [
      '/lock production for 4h the till',
      { word: 'lock', environment: 'production', until: '4h', reason: 'the till' },
    ],
    [
      '/lock staging until 2026-11-24T08:00Z stocktaking',
      { word: 'lock', environment: 'staging', until: '2026-11-24T08:00Z', reason: 'stocktaking' },
    ],
    [
      '/lock staging for now nobody deploys',
      { word: 'lock', environment: 'staging', until: '', reason: 'for now nobody deploys' },
    ],
    [
      '/unlock production for 4h it was long enough',
      { word: 'unlock', environment: 'production', until: '', reason: 'for 4h it was long enough' },
    ],
    [
      '/hold 1.2.3 for 2d loses carts',
      { word: 'hold', release: '1.2.3', until: '2d', reason: 'loses carts' },
    ],
    ['/release v1.2.3   was not it', { word: 'release', release: 'v1.2.3', until: '', reason: 'was not it' }],
    ['/status staging', { word: 'status', environment: 'staging' }],
    ['/deploy staging\nThank you!', { word: 'deploy', environment: 'staging' }],
  ])('%j', (body, request) => {
    expect(readRequest(body)).toEqual({ kind: 'request', request });
  });

  test.each([
    ['/lock', 'does not say of what'],
    ['/lock production', 'says no reason: it is written /lock <environment> [for 4h] <reason>'],
    ['/lock production for 4h', 'says no reason'],
    ['/unlock production', 'says no reason'],
    ['/hold 1.2.3', 'says no reason'],
    ['/release', 'does not say of what'],
    ['/deploy', 'does not say of what'],
    ['/deploy staging now', 'takes one environment and nothing else'],
    ['/status staging production', 'takes one environment and nothing else'],
    [' /deploy staging', 'written exactly'],
    ['/Deploy staging', 'written exactly'],
    ['/deploy sta\u200Bging', 'nobody can see'],
  ])('%j asks for nothing, and is told why', (body, why) => {
    expect(readRequest(body)).toMatchObject({ kind: 'malformed', why: expect.stringContaining(why) });
  });

  test.each([
    'Please /deploy staging',
    '> /deploy staging',
    '```\n/deploy staging\n```',
    '<!-- x -->\n/deploy staging',
    '/deployment staging',
    '/approve',
    '',
  ])('%j is for people', (body) => {
    expect(readRequest(body)).toEqual({ kind: 'none' });
  });
});
