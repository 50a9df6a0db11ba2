import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { ConfigurationFailure } from '../../../src/config/problem.ts';
import { targets } from './targets.ts';

const parse = (hotfix: string) =>
  parseConfiguration(
    new TextEncoder().encode(
      `version: 1\napp: a\nbuild: { output: dist, checks: { lint: npm run lint, e2e: npm run e2e } }\nenvironments: { production: { target: { local: { port: 1 } } } }\n${hotfix}\n`,
    ),
    '.github/airlock.yml',
    targets,
  ).hotfix;

function problemsOf(hotfix: string): readonly string[] {
  try {
    parse(hotfix);
  } catch (error) {
    if (!(error instanceof ConfigurationFailure)) throw error;
    return error.problems.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
  }
  return [];
}

describe('the hotfix key', () => {
  it('leaves nothing out that nobody named', () => {
    expect(parse('')).toEqual({
      branches: ['hotfix/**'],
      skip: { gates: [], checks: [] },
      most: { lines: 400, files: 20 },
      approvalEnvironment: undefined,
    });
  });

  it('parts gates from checks', () => {
    const text =
      'hotfix: { branches: [fix/*, urgent], skip: [soak, e2e, calendar], max-changed-lines: 50, max-changed-files: 3, approval-environment: production-hotfix }';
    expect(parse(text)).toEqual({
      branches: ['fix/*', 'urgent'],
      skip: { gates: ['soak', 'calendar'], checks: ['e2e'] },
      most: { lines: 50, files: 3 },
      approvalEnvironment: 'production-hotfix',
    });
  });

  it.each(['approval', 'order', 'smoke', 'hold', 'newest'])('can never leave out %s', (gate) => {
    expect(problemsOf(`hotfix: { skip: [${gate}] }`).join()).toContain(`there is no check \`${gate}\``);
  });

  it('names the place of a slip and the nearest right name', () => {
    expect(problemsOf('hotfix: { skip: [lnt] }')).toEqual([
      '5:18 a hotfix can leave out soak, calendar and build checks; there is no check `lnt`; did you mean `lint`?',
    ]);
  });

  it.each(['**', '*', 'm*', 'hotfix/**/x', '/hotfix', '-x', '../main', 'hotfix/$(id)'])(
    'takes no pattern like %s',
    (pattern) => {
      expect(problemsOf(`hotfix: { branches: ['${pattern}'] }`)).toHaveLength(1);
    },
  );
});
