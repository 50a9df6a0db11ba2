// Holds docs/errors.md to the code: every code has its section, and no section outlives its code.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composite, nodeActions } from './contracts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// What is compared with is somebody else's code.
const CODE = /(?<!=== )'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|CANCELLED|UNEXPECTED)'/g;

/** Every code that can reach a user, from the failures that are raised and the refusals that contracts declare. */
function codesInUse(): Set<string> {
  const codes = new Set([...nodeActions, composite].flatMap(({ refusals }) => Object.keys(refusals)));
  for (const file of sources())
    for (const code of codesRaisedIn(readFileSync(join(root, file), 'utf8'))) codes.add(code);
  return codes;
}

/** What a stand-in for somebody's service answers are the codes of that service. */
const sources = (): string[] =>
  globSync(['src/**/*.ts', 'actions/**/*.ts', 'rehearsal/**/*.ts', 'cli/**/*.ts'], {
    cwd: root,
    exclude: ['rehearsal/vercel/**'],
  });

/**
 * Codes that a source file raises: in the arguments of a failure's constructor, of a function that takes a
 * `code`, and in a type that lists which of several codes a function is to raise.
 */
export function codesRaisedIn(source: string): string[] {
  const takers = [...source.matchAll(/(?:function |const )(\w+)(?: = (?:async )?)?\([^)]*\bcode: string/g)];
  const names = ['new \\w*Failure', ...takers.map(([, name]) => `\\b${name}`)];
  // A class that is a failure hands its code on.
  if (/extends \w*Failure\b/.test(source)) names.push('\\bsuper');
  // A function may be handed on before it is called.
  if (/\bfail: \(code: string/.test(source)) names.push('\\bfail');
  const raised = [...source.matchAll(new RegExp(`(?:${names.join('|')})\\(`, 'g'))].map(
    ({ index, 0: call }) => argumentsFrom(source, index + call.length),
  );
  const listed = [...source.matchAll(/: (?:'[A-Z0-9_]+' \| )+'[A-Z0-9_]+'/g)].map(([type]) => type);
  return [...raised, ...listed].flatMap((text) => [...text.matchAll(CODE)].map(([, code = '']) => code));
}

/** The text from just behind an opening parenthesis to the one that closes it. */
function argumentsFrom(source: string, start: number): string {
  let depth = 1;
  let at = start;
  for (; at < source.length && depth > 0; at += 1)
    if (source[at] === '(') depth += 1;
    else if (source[at] === ')') depth -= 1;
  return source.slice(start, at);
}

/** Differences between the code and the page, as readable lines. */
export function errorReferenceProblems(): string[] {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const described = new Set([...page.matchAll(/^### ([A-Z][A-Z0-9_]+)$/gm)].map(([, code = '']) => code));
  const used = codesInUse();
  return [
    ...[...used]
      .filter((code) => !described.has(code))
      .sort()
      .map((code) => `docs/errors.md lacks a section "### ${code}"`),
    ...[...described]
      .filter((code) => !used.has(code))
      .sort()
      .map((code) => `docs/errors.md describes ${code}, which nothing raises`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = errorReferenceProblems();
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? 'Every error has its section.' : `${problems.length} differences.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
