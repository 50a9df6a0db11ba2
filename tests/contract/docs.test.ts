import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { HELP } from '../../rehearsal/cli/options.ts';
import { RELEASE_FAULTS } from '../../rehearsal/faults/injection.ts';
import { composite, nodeActions } from '../../scripts/contracts.ts';
import { codesRaisedIn, errorReferenceProblems } from '../../scripts/error-reference.ts';
import { callerPermissions } from '../../scripts/generators/permissions.ts';
import { lintText } from '../../scripts/lint-workflows.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import { targetSchemas } from '../../src/targets/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const PAGES = globSync('**/*.md', {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|\.git|lib|dist)(\/|$)/.test(path),
}).sort();

/** A block of code on a page, with the line it starts on. */
interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  const text = read(page);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language = '', 2: body = '' }) => ({
      page,
      line: text.slice(0, index).split('\n').length,
      language,
      text: body,
    }),
  );
}

const BLOCKS = PAGES.flatMap(blocksOf);
const named = (block: Block): [string, Block] => [`${block.page}:${block.line}`, block];

/** The page without its code, where `#` is no heading and brackets are no link. */
const proseOf = (page: string): string =>
  read(page)
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '');

/** Anchors as GitHub makes them of headings. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
      const slug = heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

describe('links', () => {
  test.each(PAGES)('%s', (page) => {
    const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
      if (!existsSync(file)) return true;
      if (anchor === undefined) return false;
      return !statSync(file).isFile() || !anchorsOf(relative(root, file)).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe('the error reference', () => {
  test('has every code, and no other', () => {
    expect(errorReferenceProblems()).toEqual([]);
  });

  test.each([
    ['by a constructor', "throw new Failure('ONE_TWO', what, next)"],
    ['by a class of its own', "class A extends Failure { constructor() { super(\n'ONE_TWO', x) } }"],
    ['by a function that takes a code', "const fail = (code: string) => x;\nfail('ONE_TWO')"],
    ['among other arguments', "function refuse(a: B[], code: string) {}\nrefuse(f(a), 'ONE_TWO')"],
    ['by a choice', "new Failure(a ? 'ONE_TWO' : 'ONE_TWO', x)"],
    ['by a type', "function f(code: 'ONE_TWO' | 'ONE_TWO') { throw new Failure(code, x) }"],
  ])('finds a code that is raised %s', (_how, source) => {
    expect(new Set(codesRaisedIn(source))).toEqual(new Set(['ONE_TWO']));
  });

  test('takes no code of somebody else for one', () => {
    expect(codesRaisedIn("new Failure(code, e === 'NOT_OURS' ? x : y); read('GITHUB_REF')")).toEqual([]);
  });
});

describe('airlock.yml', () => {
  const KEYS = new Set([
    'version',
    'app',
    'build',
    'serve',
    'database',
    'smoke',
    'environments',
    'routes',
    'hotfix',
    'preview',
  ]);
  const MINIMAL = {
    version: 'version: 1\n',
    app: 'app: example\n',
    build: 'build: { output: dist }\n',
    environments: `environments: { ${['development', 'staging', 'production'].map((name, index) => `${name}: { target: { local: { port: ${4101 + index} } } }`).join(', ')} }\n`,
  };
  const shown = BLOCKS.filter(({ language, text }) => {
    if (language !== 'yaml') return false;
    const value: unknown = parse(text);
    const keys = value !== null && typeof value === 'object' ? Object.keys(value) : [];
    return !Array.isArray(value) && keys.length > 0 && keys.every((key) => KEYS.has(key));
  });

  test.each(shown.map(named))('%s can be read', (_place, { page, text }) => {
    const given = Object.keys(parse(text) as object);
    const missing = Object.entries(MINIMAL).flatMap(([key, value]) => (given.includes(key) ? [] : [value]));
    const file = [...missing, text].join('');
    expect(() => parseConfiguration(new TextEncoder().encode(file), page, targetSchemas)).not.toThrow();
  });

  test('is shown by the README as a whole', () => {
    expect(shown.some(({ page, text }) => page === 'README.md' && /^version: 1$/m.test(text))).toBe(true);
  });
});

describe('workflows', () => {
  const workflows = BLOCKS.filter(({ language, text }) => language === 'yaml' && /^jobs:/m.test(text));

  test.each(workflows.map(named))('%s passes GitHub’s language service', async (_place, { page, text }) => {
    expect(await lintText(root, `${page}.yml`, text)).toEqual([]);
  });

  test('a wrong input of an action of ours is found, as others write it', async () => {
    const wrong = `on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: airlock-actions/airlock/actions/plan@v1
        with: { envirnment: production }
`;
    expect((await lintText(root, 'wrong.yml', wrong)).join()).toContain('envirnment');
  });

  test('the example’s caller grants what the pipeline asks, and the README says it', () => {
    const needed = callerPermissions(join(root, '.github/workflows'), 'pipeline.yml');
    const { jobs } = parse(read('examples/sophie/.github/workflows/deploy.yml')) as {
      jobs: { airlock: { permissions: unknown } };
    };
    expect(jobs.airlock.permissions).toEqual(needed);
    for (const [name, access] of Object.entries(needed))
      expect(read('README.md')).toContain(`\`${name}: ${access}\``);
  });

  test('the README’s caller is the example’s, and short', () => {
    const caller = read('examples/sophie/.github/workflows/deploy.yml');
    const [first] = workflows.filter(({ page }) => page === 'README.md');
    expect(first?.text.trim()).toBe(caller.trim());
    expect(caller.trim().split('\n').length).toBeLessThan(20);
  });
});

describe('steps', () => {
  const contracts = new Map([...nodeActions, composite].map((contract) => [contract.name, contract]));
  const shown = BLOCKS.filter(({ language, text }) => language === 'yaml' && /^- /.test(text));

  test.each(shown.map(named))('%s give our actions the inputs they have', (_place, { text }) => {
    const steps = parse(text) as { uses?: string; with?: Record<string, unknown> }[];
    const ours = steps.flatMap(({ uses = '', with: given = {} }) => {
      const own = /^airlock-actions\/airlock(?:\/actions\/([\w-]+))?@/.exec(uses);
      return own ? [{ contract: contracts.get(own[1] ?? composite.name), given }] : [];
    });
    expect(ours.length).toBeGreaterThan(0);
    for (const { contract, given } of ours) {
      const inputs = contract?.inputs ?? {};
      const required = Object.keys(inputs).filter((name) => inputs[name]?.required);
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    }
  });
});

test('docs/rehearsal.md has every option and every fault of the command, and no other', () => {
  const page = read('docs/rehearsal.md');
  const cells = (pattern: RegExp, text: string) =>
    [...text.matchAll(pattern)].map(([, name = '']) => name).sort();
  expect(cells(/^\| `(--[\w-]+)/gm, page)).toEqual(cells(/^ {2}(--[\w-]+)/gm, HELP));
  const faults = cells(/^\| `([a-z][a-z-]+)(?:@STEP)?` \|/gm, page);
  expect(faults).toEqual([...RELEASE_FAULTS, 'cancel'].sort());
});

test('docs/architecture.md names every room', () => {
  const page = read('docs/architecture.md');
  const rooms = globSync(['src/*/', 'rehearsal/*/'], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(rooms.length).toBeGreaterThan(10);
  expect(rooms.filter((name) => !page.includes(` ${name}/`))).toEqual([]);
});

test.each(PAGES)('%s names npm scripts that there are', (page) => {
  const folder = page.startsWith('examples/') ? page.split('/').slice(0, 2).join('/') : '.';
  const { scripts } = JSON.parse(read(join(folder, 'package.json'))) as { scripts: Record<string, string> };
  // A YAML block is the user's repository, with scripts of its own.
  const text = read(page).replaceAll(/^```yaml\n[\s\S]*?^```$/gm, '');
  const wanted = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(wanted.filter((name) => !(name in scripts))).toEqual([]);
});
