import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readProtection } from '../../../src/github/environments.ts';
import { cut } from '../../../src/github/ledger-entry.ts';
import { readPayload } from '../../../src/github/payload.ts';

describe('a status description', () => {
  test('is one line of at most 140 characters that begins as the text does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const line = cut(text);
        expect(line.length).toBeLessThanOrEqual(140);
        expect(line).not.toMatch(/[\r\n\t]/);
        expect(line.isWellFormed()).toBe(true);
        expect(text.replaceAll(/\s+/g, ' ').trim().startsWith(line.replace(/…$/, ''))).toBe(true);
      }),
    );
  });

  test('is cut at a word where there is one near the end, else at the character', () => {
    expect(cut(`${'word '.repeat(40)}`)).toMatch(/word…$/);
    expect(cut('x'.repeat(200))).toBe(`${'x'.repeat(139)}…`);
    expect(cut('x'.repeat(140))).toBe('x'.repeat(140));
  });
});

describe('a payload of anybody', () => {
  test('is never taken for an entry, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.string()), (raw) => {
        expect(readPayload(raw).kind).toBe('foreign');
      }),
    );
  });

  test('that carries the marker is an entry or an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readPayload({ airlock: value }).kind).toBe('unreadable');
        expect(readPayload(JSON.stringify(JSON.stringify({ airlock: value }))).kind).toBe('unreadable');
      }),
    );
    expect(readPayload({ airlock: { schema: 7 } })).toMatchObject({
      why: expect.stringContaining('schema 7'),
    });
  });
});

describe('an environment whose protection cannot be told', () => {
  const whole = {
    protection_rules: [
      {
        type: 'required_reviewers',
        prevent_self_review: true,
        reviewers: [
          { type: 'User', reviewer: { login: 'mary' } },
          { type: 'Team', reviewer: { slug: 'ops', name: 'Operations' } },
        ],
      },
    ],
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  };

  test('is known when everything is there', () => {
    expect(readProtection(whole)).toEqual({
      kind: 'known',
      reviewers: ['mary', 'ops'],
      preventsSelfReview: true,
      branches: 'custom',
    });
  });

  test.each([
    ['no rules', { deployment_branch_policy: null }],
    ['no branch policy', { protection_rules: [] }],
    ['reviewers without the list', { ...whole, protection_rules: [{ type: 'required_reviewers' }] }],
    [
      'a reviewer of an unknown kind',
      {
        ...whole,
        protection_rules: [
          {
            type: 'required_reviewers',
            prevent_self_review: false,
            reviewers: [{ type: 'App', reviewer: {} }],
          },
        ],
      },
    ],
    ['an empty answer', {}],
    ['no answer', null],
  ])('%s', (_, answer) => {
    expect(readProtection(answer)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('lacks') });
  });
});
