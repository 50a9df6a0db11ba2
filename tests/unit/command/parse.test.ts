import { describe, expect, it } from 'vitest';
import { LONGEST_ARGUMENT, parseCommand } from '../../../src/domain/command/parse.ts';

const WORDS = ['approve', 'reject', 'hold'] as const;
const read = (body: string) => parseCommand(body, WORDS);

describe('a command', () => {
  it.each([
    ['/approve', 'approve', ''],
    ['/approve ', 'approve', ''],
    ['/approve\r\nLooks good to me.', 'approve', ''],
    ['\n \t\n/reject the tests are red', 'reject', 'the tests are red'],
    ['/hold  two spaces\n/approve', 'hold', 'two spaces'],
    ['/reject 👩‍💻 said no', 'reject', '👩‍💻 said no'],
    [
      '/reject $(id) `id` ${{ github.token }} "; rm -rf /',
      'reject',
      '$(id) `id` ${{ github.token }} "; rm -rf /',
    ],
    [`/reject ${'x'.repeat(LONGEST_ARGUMENT)}`, 'reject', 'x'.repeat(LONGEST_ARGUMENT)],
  ])('is the first line that is not empty: %j', (body, word, args) => {
    expect(read(body)).toEqual({ kind: 'command', word, args });
  });
});

describe('no command', () => {
  it.each([
    '',
    'I think we should /approve',
    'approve',
    'Looks good.\n/approve',
    '> /approve',
    '>/approve',
    '- /approve',
    '`/approve`',
    '```\n/approve\n```',
    '~~~\n/approve\n~~~',
    '    /approve',
    '\t/approve',
    '<!-- -->\n/approve',
    '<!--\n/approve\n-->',
    '**/approve**',
    '@alice /approve',
    '/etc/passwd is gone',
    '/approved',
    '/approve-all',
    '/toString',
  ])('is %j', (body) => {
    expect(read(body)).toEqual({ kind: 'none' });
  });
});

describe('what looks like a command', () => {
  it.each([
    ['a leading space', ' /approve'],
    ['a zero-width space before it', '\u200B/approve'],
    ['a byte order mark before it', '\uFEFF/approve'],
    ['a zero-width space in the word', '/app\u200Brove'],
    ['a zero-width space after it', '/approve\u200B'],
    ['a wide slash', '／approve'],
    ['wide letters', '/ａpprove'],
    ['a fraction slash', '\u2044approve'],
    ['a backslash', '\\approve'],
    ['a space after the slash', '/ approve'],
    ['capital letters', '/Approve'],
    ['a colon', '/approve: yes'],
    ['a no-break space', '/approve\u00A0now'],
    ['a text in the other direction', '/reject \u202Eon'],
    ['a control character', '/reject \u0007'],
    ['a tab for a space', '/reject\tno'],
    ['more than a reason', `/reject ${'x'.repeat(10_240)}`],
  ])('is none with %s', (_, body) => {
    expect(read(body)).toMatchObject({
      kind: 'malformed',
      why: expect.stringMatching(/\/(approve|reject)`/),
    });
  });

  it.each(['/аpprove', '/apprоve', '/ａррrove'])('of another alphabet is none: %j', (body) => {
    expect(read(body).kind).not.toBe('command');
  });
});
