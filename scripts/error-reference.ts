// Holds docs/errors.md to the code: every code has its section, and no section outlives its code.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composite, nodeActions } from './contracts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every code that can reach a user, from the failures that are thrown and the refusals that contracts declare. */
export function codesInUse(): Set<string> {
  const codes = new Set([...nodeActions, composite].flatMap(({ refusals }) => Object.keys(refusals)));
  for (const file of globSync(['src/**/*.ts', 'actions/**/*.ts'], { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, code = ''] of text.matchAll(/(?:new \w*Failure|super|failure)\(\s*'([A-Z][A-Z0-9_]+)'/g))
      codes.add(code);
  }
  return codes;
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
