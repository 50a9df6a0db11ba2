import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { targets } from './targets.ts';

const read = (approval: string) =>
  parseConfiguration(
    Buffer.from(
      `version: 1\napp: shop\nbuild: { output: dist }\nenvironments: { production: { target: { local: { port: 4100 } }, gates: { approval: ${approval} } } }\n`,
    ),
    'airlock.yml',
    targets,
  ).environments[0]?.gates;

describe('`approval:` by comment', () => {
  it('names who may, and has the rest by default', () => {
    expect(read("{ by: comment, approvers: [alice, '@octo/core'] }")).toMatchObject({
      approval: 'required',
      selfApproval: false,
      comment: {
        approvers: [
          { kind: 'person', login: 'alice' },
          { kind: 'team', organization: 'octo', slug: 'core' },
        ],
        expiresMs: 24 * 3_600_000,
        needed: 1,
      },
    });
  });

  it('says for how long, how many and whether oneself', () => {
    const gates = read('{ by: comment, approvers: [alice], expires: 2h, needed: 2, self-approval: true }');
    expect(gates).toMatchObject({ selfApproval: true, comment: { expiresMs: 7_200_000, needed: 2 } });
  });

  it('is not there where GitHub’s environment asks', () => {
    for (const by of [
      'required',
      'none',
      '{ by: environment, branch-policy: true }',
      '{ branch-policy: true }',
    ])
      expect(read(by)?.comment).toBeUndefined();
  });

  it.each([
    ['{ by: comment }', 'gates.approval.approvers` is missing'],
    ['{ by: comment, approvers: [] }', 'must not be empty'],
    [
      "{ by: comment, approvers: ['@alice'] }",
      'must be a login such as `alice`, or a team such as `@org/team`',
    ],
    ["{ by: comment, approvers: ['al ice'] }", 'must be a login'],
    ['{ by: comment, approvers: [alice], expires: 30d }', 'must be at most 29d'],
    ['{ by: comment, approvers: [alice], needed: 0 }', 'at least 1'],
    ['{ by: comment, approvers: [alice], admin-bypass: false }', 'admin-bypass` is not a known key'],
    ['{ approvers: [alice] }', 'approvers` is not a known key'],
    ['{ by: nobody }', 'gates.approval'],
  ])('refuses %s', (approval, problem) => {
    expect(() => read(approval)).toThrow(problem);
  });
});
