import { expect, test } from 'vitest';
import { tellingParts } from '../../../src/domain/secret.ts';

test.each([
  { secret: 'swordfish', parts: ['swordfish'] },
  { secret: 'no', parts: [] },
  { secret: 'BEGIN\r\nlong-line\nx\nEND', parts: ['BEGIN\r\nlong-line\nx\nEND', 'long-line', 'BEGIN'] },
  {
    secret: 'postgres://ada:hunter%232@db/app',
    parts: ['postgres://ada:hunter%232@db/app', 'hunter%232', 'hunter#2'],
  },
  { secret: 'postgres://ada:ada@db/app', parts: ['postgres://ada:ada@db/app'] },
  { secret: 'https://u:100%25%-strange@db', parts: expect.arrayContaining(['100%25%-strange']) },
])('$secret is told by $parts', ({ secret, parts }) => {
  expect(tellingParts(secret)).toEqual(parts);
});
