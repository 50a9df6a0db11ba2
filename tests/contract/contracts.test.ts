import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { outputSources, steps } from '../../actions/release/steps.ts';
import { composite, nodeActions } from '../../scripts/contracts.ts';
import { errorReferenceProblems } from '../../scripts/error-reference.ts';
import { generatedFiles } from '../../scripts/generate.ts';
import { ambientViolations, importViolations } from '../../scripts/import-rules.ts';
import { lintWorkflows } from '../../scripts/lint-workflows.ts';
import { type Contract, STANDARD_OUTPUTS } from '../../src/runner/contract.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const textOf = (...patterns: readonly string[]) =>
  globSync(patterns, { cwd: root })
    .filter((file) => !file.endsWith('contract.ts') && !file.endsWith('steps.ts'))
    .map(read)
    .join('\n');

/** `inputs.name`, `inputs['name']`, `given.name`, or taken apart by name. */
const isRead = (source: string, name: string): boolean =>
  [
    new RegExp(`\\b(?:inputs|given)(?:\\.${name}\\b|\\['${name}'\\])`),
    new RegExp(`\\{[^{}]*['\\s{,]${name}\\b[^{}]*\\}\\s*(?:=\\s*(?:inputs|given)\\b|:\\s*(?:Pick<)?Inputs<)`),
  ].some((pattern) => pattern.test(source));

/** A key of an object, or the short form of one. */
const isWritten = (source: string, name: string): boolean =>
  name.includes('-') ? source.includes(`'${name}':`) : new RegExp(`\\b${name}(?::|,| \\})`).test(source);

describe.each([...nodeActions, composite].map((contract) => [contract.name, contract] as const))(
  'contract of %s',
  (name, contract: Contract) => {
    it('says what everything is for, in sentences', () => {
      const descriptions = [
        ['the action', contract.description],
        ...Object.entries({ ...contract.inputs, ...contract.outputs }).map(([key, { description }]) => [
          key,
          description,
        ]),
        ...Object.entries(contract.refusals),
      ];
      for (const [key, description] of descriptions)
        expect(description, key).toMatch(/^(?:[A-Z`]|airlock\.yml ).{9,}\.$/s);
      for (const [permission, { why }] of Object.entries(contract.permissions))
        expect(why, permission).toMatch(/\S{3}/);
    });

    it('uses names that read the same everywhere', () => {
      for (const key of [...Object.keys(contract.inputs), ...Object.keys(contract.outputs)])
        expect(key).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const code of Object.keys(contract.refusals)) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(Object.keys(contract.outputs).filter((key) => key in STANDARD_OUTPUTS)).toEqual([]);
      expect(existsSync(join(root, 'actions', name, 'contract.ts'))).toBe(true);
    });

    it('calls secret what sounds like one, and never shows its default', () => {
      const sounds = /token|password|secret|credential|(?:^|-)key(?:$|-)|url$|variables|bypass/;
      // The address that a smoke test asks is printed; a database's holds its password.
      const open = new Set(['url']);
      for (const [key, { secret, default: fallback }] of Object.entries(contract.inputs)) {
        expect(secret ?? false, key).toBe(sounds.test(key) && !open.has(key));
        if (secret) expect(['', '${{ github.token }}']).toContain(fallback);
      }
    });
  },
);

describe.each(nodeActions.map((contract) => [contract.name, contract] as const))(
  'source of %s',
  (name, contract: Contract) => {
    const own = textOf(`actions/${name}/*.ts`);
    const joined = textOf('src/composition/*.ts');

    it('reads every input that the contract declares', () => {
      const handedOn = /\b\w+\(\s*runner,\s*(?:\w+,\s*)?inputs\b|settle\(runner, inputs/.test(own)
        ? joined
        : '';
      const unread = Object.keys(contract.inputs).filter((key) => !isRead(own + handedOn, key));
      expect(unread).toEqual([]);
    });

    it('writes every output that the contract declares', () => {
      expect(Object.keys(contract.outputs).filter((key) => !isWritten(own, key))).toEqual([]);
    });

    it('refuses with every code that the contract declares', () => {
      const sources = own + textOf('src/{domain,cycle,migrators,github}/**/*.ts');
      expect(Object.keys(contract.refusals).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
      const literal = [...own.matchAll(/reason: '([A-Z_]+)'/g)].map(([, code = '']) => code);
      expect(literal.filter((code) => !(code in contract.refusals))).toEqual([]);
    });

    it('has a post exactly when the contract says so', () => {
      const { runs } = parse(read(`actions/${name}/action.yml`)) as { runs: { post?: string } };
      expect(runs.post !== undefined).toBe(contract.post);
      expect(/\bsettle\(/.test(own)).toBe(contract.post);
      expect(existsSync(join(root, 'dist', name, 'post.js'))).toBe(contract.post);
    });

    it('is joined in a few lines', () => {
      expect(read(`actions/${name}/main.ts`).split('\n').length).toBeLessThanOrEqual(30);
    });
  },
);

describe('the composite', () => {
  const actions = new Map(nodeActions.map((contract) => [contract.name, contract]));

  it.each(steps.map((step) => [step.id, step] as const))(
    'gives %s what it needs and nothing else',
    (_, step) => {
      const contract = actions.get(step.action);
      expect(Object.keys(step.with).filter((key) => !(key in (contract?.inputs ?? {})))).toEqual([]);
      const required = Object.entries(contract?.inputs ?? {}).filter(([, spec]) => spec.required);
      expect(required.map(([key]) => key).filter((key) => !(key in step.with))).toEqual([]);
    },
  );

  it('speaks only of inputs, steps and outputs that there are', () => {
    const expressions = [
      ...steps.flatMap((step) => Object.values(step.with)),
      ...Object.values(outputSources),
    ];
    const ids = new Map(steps.map((step, index) => [step.id, index]));
    for (const text of expressions) {
      for (const [, key = ''] of text.matchAll(/\binputs\.([a-z-]+)/g))
        expect(composite.inputs).toHaveProperty([key]);
      for (const [, id = '', key = ''] of text.matchAll(/\bsteps\.([a-z-]+)\.outputs\.([a-z-]+)/g)) {
        const { action = '' } = steps[ids.get(id) ?? -1] ?? {};
        const declared = { ...actions.get(action)?.outputs, ...STANDARD_OUTPUTS };
        expect(declared, text).toHaveProperty([key]);
      }
    }
    expect(Object.keys(outputSources)).toEqual(Object.keys(composite.outputs));
  });

  it('uses every input that it takes', () => {
    const given = steps.flatMap((step) => Object.values(step.with)).join('\n');
    expect(Object.keys(composite.inputs).filter((key) => !given.includes(`inputs.${key} `))).toEqual([]);
  });
});

describe('the repository', () => {
  it('holds generated files as their source gives them', async () => {
    for (const [path, text] of await generatedFiles()) expect(read(path), path).toBe(text);
  });

  it('keeps the direction of imports', () => {
    expect([...importViolations(), ...ambientViolations()]).toEqual([]);
  });

  it.runIf(existsSync(join(root, 'docs/errors.md')))('describes every error', () => {
    expect(errorReferenceProblems()).toEqual([]);
  });

  it('has valid workflows, and pins what it uses', async () => {
    expect(await lintWorkflows()).toEqual([]);
  });
});
