import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';
import { ConfigurationFailure } from '../../../src/config/problem.ts';
import { MOST_BYTES } from '../../../src/config/yaml.ts';
import { targets } from './targets.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What reading these bytes says; anything but a configuration or a ConfigurationFailure fails the test. */
function refusal(bytes: Uint8Array): string {
  try {
    parseConfiguration(bytes, 'airlock.yml', targets);
    return '';
  } catch (error) {
    if (!(error instanceof ConfigurationFailure)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { at } of error.problems) {
      expect(at.line).toBeGreaterThan(0);
      expect(at.column).toBeGreaterThan(0);
    }
    return error.message;
  }
}

const BOMB = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(',')}]`).join('\n')}\n`;

describe('what is no configuration file', () => {
  it.each([
    ['an empty file', '', 'is empty'],
    ['comments only', '# nothing\n', 'is empty'],
    ['a marker only', '---\n', 'is empty'],
    ['an alias bomb', BOMB, 'unfolds to more than 10000 values'],
    ['an alias of itself', 'a: &a [*a]\n', 'is nested deeper than 32 levels'],
    ['an alias of nothing', 'a: *b\n', '1:4 nothing before this is called `&b`'],
    [
      'a tab as indent',
      'version: 1\nbuild:\n\toutput: dist\n',
      '3:1 is not valid YAML: Tabs are not allowed as indentation',
    ],
    ['a key twice', 'app: a\napp: b\n', '2:1 `app` is here twice'],
    ['a nested key twice', 'build:\n  output: a\n  output: b\n', '3:3 `output` is here twice'],
    ['two documents', 'version: 1\n---\nversion: 1\n', '2:1 must be one YAML document'],
    ['a merge key', 'a: &a { b: 1 }\nc: { <<: *a }\n', '2:6 merge keys (`<<`) are not supported'],
    ['a custom tag', 'app: !env HOME\n', '1:6 is not valid YAML: Unresolved tag: !env'],
    ['a tag that runs code elsewhere', 'app: !!js/function "x"\n', 'is not valid YAML: Unresolved tag'],
    [
      'a tag of YAML itself',
      'app: !!binary aGk=\n',
      'YAML tags such as `tag:yaml.org,2002:binary` are not supported',
    ],
    ['a date with its tag', 'app: !!timestamp 2026-01-01\n', 'YAML tags such as'],
    ['a prototype', 'app: a\n__proto__: { polluted: true }\n', '2:1 `__proto__` cannot be a key'],
    ['a list as key', '? [a, b]\n: c\n', '1:3 a key must be plain text'],
    ['no key at all', ': a\n', 'a key must be plain text'],
    ['a bracket left open', 'build: [a, b\n', 'is not valid YAML'],
    ['a quote left open', 'app: "a\n', 'is not valid YAML: Missing closing'],
    ['brackets without end', '['.repeat(20_000), 'is nested too deeply'],
    ['mappings without end', '{a: '.repeat(10_000), 'is nested too deeply'],
    ['dashes without end', '- '.repeat(20_000), 'is nested too deeply'],
    ['forty levels', `${'['.repeat(40)}${']'.repeat(40)}`, 'is nested deeper than 32 levels'],
    [
      'too many keys',
      Array.from({ length: 12_000 }, (_, index) => `k${index}: 1`).join('\n'),
      'unfolds to more than 10000 values',
    ],
    ['thousands of documents', '---\n'.repeat(10_000), 'one YAML document'],
    ['brackets closed only', ']'.repeat(20_000), 'is not valid YAML'],
    ['a directive that is none', '%FOO bar\n---\napp: a\n', 'is not valid YAML'],
  ])('%s', (_what, text, expected) => {
    expect(refusal(bytesOf(text))).toContain(expected);
  });

  it.each([
    ['Latin-1', Uint8Array.of(0x61, 0x70, 0x70, 0x3a, 0x20, 0xe9), 'is not UTF-8'],
    ['UTF-16, little end first', Uint8Array.from(Buffer.from('\u{FEFF}app: a\n', 'utf16le')), 'is not UTF-8'],
    ['UTF-16 without its mark', Uint8Array.from(Buffer.from('app: a\n', 'utf16le')), 'is not UTF-8'],
    [
      'UTF-16, big end first',
      Uint8Array.from(Buffer.from('\u{FEFF}app: a\n', 'utf16le').swap16()),
      'is not UTF-8',
    ],
    ['a NUL', bytesOf('app: "a\0b"\n'), 'is not UTF-8'],
    ['a mark and nothing else', bytesOf('\u{FEFF}'), 'is empty'],
    ['a byte too many', bytesOf('#'.repeat(MOST_BYTES + 1)), 'larger than 256 KiB'],
    ['10 MB', bytesOf('a: b\n'.repeat(2_000_000)), 'larger than 256 KiB'],
  ])('%s', (_what, bytes, expected) => {
    expect(refusal(bytes)).toContain(expected);
  });

  it('may have thousands of checks that wait for each other, and is refused in no time', () => {
    const chain = Array.from(
      { length: 2_400 },
      (_, index) => `    c${index}: { run: x, needs: [c${index + 1}] }\n`,
    );
    expect(
      refusal(
        bytesOf(`build:\n  output: d\n  checks:\n${chain.join('')}    c2400: { run: x, needs: [c0] }\n`),
      ),
    ).toMatch(/not have more than 200 checks[\s\S]*checks wait for each other/);
  });

  it('may multiply environments with smoke checks, and is refused in no time', () => {
    const environments = Array.from({ length: 1_500 }, (_, index) => `  e${index}: {}\n`).join('');
    const checks = Array.from({ length: 1_500 }, (_, index) => `  - path: /${index}\n`).join('');
    const message = refusal(bytesOf(`smoke:\n${checks}environments:\n${environments}`));
    expect(message).toContain('`smoke` must have a length of at most 200');
  });

  it('pollutes no prototype', () => {
    refusal(
      bytesOf(
        'environments: { "__proto__": { polluted: true } }\nconstructor: { prototype: { polluted: true } }\n',
      ),
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('whatever is in the file', () => {
  const full = readFileSync(new URL('../../fixtures/config/full.yml', import.meta.url));
  const pieces = [
    '*a',
    '&a ',
    '!!map ',
    '<<: ',
    '\t',
    '? ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '"',
    "'",
    '|',
    '>',
    '---\n',
    '...\n',
    '~',
    '.nan',
    '0x1',
    '1e999',
    '2026-01-01',
    '__proto__: ',
    '\u{FEFF}',
    '\u{D7FF}',
    '\r',
    '#',
    '%',
    '@',
    '`',
    '\\u0000',
  ];

  it('ends in a configuration or a list of problems: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void refusal(bytes)),
      { numRuns: 200 },
    );
  });

  it('ends in a configuration or a list of problems: any text of YAML’s own signs', () => {
    const text = fc.array(
      fc.oneof(
        fc.constantFrom(...pieces, 'version', 'environments', 'a', '\n', '  '),
        fc.string({ maxLength: 4 }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(text, (parts) => void refusal(bytesOf(parts.join('')))),
      { numRuns: 200 },
    );
  });

  it('ends in a configuration or a list of problems: a good file with bytes changed, cut or put in', () => {
    const change = fc.record({
      at: fc.nat({ max: full.length }),
      remove: fc.nat({ max: 40 }),
      insert: fc.oneof(fc.constantFrom(...pieces).map(bytesOf), fc.uint8Array({ maxLength: 6 })),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes: Uint8Array = full;
        for (const { at, remove, insert } of changes) {
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        }
        refusal(bytes);
      }),
      { numRuns: 150 },
    );
  });

  it('ends in a configuration or a list of problems: any value at any key', () => {
    const keys = [
      'version',
      'app',
      'build',
      'output',
      'checks',
      'run',
      'needs',
      'smoke',
      'environments',
      'target',
      'local',
      'gates',
      'after',
      'strategy',
      'canary',
      'steps',
      'path',
      'constructor',
      'toString',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 1, -1, 0.5, 'x', '30s', '/'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => void refusal(bytesOf(JSON.stringify(value)))),
      { numRuns: 200 },
    );
  });
});
