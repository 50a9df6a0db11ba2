// The direction of imports (docs/architecture.md), as a rule that a machine holds.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Rule {
  /** Files the rule is for. */
  readonly of: RegExp;
  /** What they may import: paths from the root, or package names. */
  readonly may: readonly RegExp[];
  readonly why: string;
}

const NODE = /^node:/;
const DOMAIN = /^src\/domain\//;
const PORTS = /^src\/ports\//;
const OWN_ACTION = 'OWN_ACTION';

/** First match wins. A file that no rule is for is free (scripts, rehearsal, tests). */
const RULES: readonly Rule[] = [
  {
    of: /^src\/domain\/calendar\//,
    may: [DOMAIN, /^temporal-polyfill$/],
    why: 'the calendar is pure, and knows time zones from the standard library that Node will bring along',
  },
  {
    of: /^src\/domain\//,
    may: [DOMAIN, /^semver$/],
    why: 'the domain is pure and imports nothing but itself',
  },
  { of: /^src\/ports\//, may: [DOMAIN, PORTS, /^zod$/], why: 'ports speak in words of the domain' },
  { of: /^src\/cycle\//, may: [DOMAIN, PORTS, /^src\/cycle\//], why: 'use cases know ports, not providers' },
  {
    of: /^actions\/[^/]+\/contract\.ts$/,
    may: [/^src\/runner\/(contract|common-inputs|common-refusals)\.ts$/],
    why: 'a contract is data',
  },
  {
    of: /^actions\/[^/]+\/(?!main\.ts|contract\.ts|steps\.ts)[^/]+\.ts$/,
    may: [DOMAIN, PORTS, /^src\/cycle\//, /^src\/runner\/contract\.ts$/, new RegExp(OWN_ACTION)],
    why: 'run.ts knows no runner and no provider',
  },
  {
    of: /^actions\/release\/steps\.ts$/,
    may: [/^actions\/[^/]+\/contract\.ts$/, /^src\/runner\/contract\.ts$/],
    why: 'the composite is made of the contracts of the others',
  },
  {
    of: /^actions\/[^/]+\/main\.ts$/,
    may: [/^src\/(runner|composition)\//, NODE, new RegExp(OWN_ACTION)],
    why: 'main.ts joins, and joins only its own action',
  },
  {
    of: /^src\/config\//,
    may: [DOMAIN, PORTS, /^src\/config\//, NODE, /^(zod|yaml)$/],
    why: 'configuration knows no provider',
  },
  {
    of: /^src\/release\//,
    may: [DOMAIN, PORTS, /^src\/release\//, NODE, /^(zod|tar)$/],
    why: 'sealing knows files only',
  },
  {
    of: /^src\/checks\//,
    may: [DOMAIN, PORTS, /^src\/checks\//, NODE, /^zod$/],
    why: 'checks know files and processes',
  },
  { of: /^src\/probes\//, may: [DOMAIN, PORTS, /^src\/probes\//, NODE], why: 'a prober knows HTTP only' },
  {
    of: /^src\/calendar\//,
    may: [DOMAIN, PORTS, /^src\/calendar\//, NODE, /^ical\.js$/],
    why: 'calendar files are asked for through the prober, whoever that is',
  },
  {
    of: /^src\/callers\//,
    may: [DOMAIN, PORTS, /^src\/callers\//, NODE, /^yaml$/],
    why: 'workflows are read as files, and GitHub is not asked about them',
  },
  {
    of: /^src\/github\//,
    may: [DOMAIN, PORTS, /^src\/github\//, NODE, /^(@octokit\/.+|zod)$/],
    why: 'the ledger knows GitHub only',
  },
  {
    of: /^src\/targets\/registry\.ts$/,
    may: [PORTS, /^src\/targets\/[^/]+\/(provider|settings)\.ts$/, NODE, /^zod$/],
    why: 'the registry names providers',
  },
  {
    of: /^src\/migrators\/registry\.ts$/,
    may: [PORTS, /^src\/migrators\/[^/]+\/provider\.ts$/],
    why: 'the registry names providers',
  },
  {
    of: /^src\/targets\/([^/]+)\//,
    may: [DOMAIN, PORTS, /^src\/targets\/$1\//, NODE, /^(zod|sirv|tar|@vercel\/client(\/.+)?)$/],
    why: 'providers never import providers',
  },
  {
    of: /^src\/migrators\/([^/]+)\//,
    may: [DOMAIN, PORTS, /^src\/migrators\/$1\//, NODE, /^(zod|pg)$/],
    why: 'providers never import providers',
  },
  {
    of: /^src\/runner\//,
    may: [DOMAIN, PORTS, /^src\/runner\//, NODE, /^(zod|@actions\/core)$/],
    why: 'the edge knows no provider',
  },
];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

/** Every import that breaks the direction, as one readable line. */
export function importViolations(): string[] {
  const violations: string[] = [];
  for (const file of globSync(['src/**/*.ts', 'actions/**/*.ts'], { cwd: root }).sort()) {
    const rule = RULES.find(({ of }) => of.test(file));
    if (!rule) continue;
    for (const match of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
      const specifier = match[1] ?? match[2] ?? match[3] ?? '';
      const target = specifier.startsWith('.')
        ? relative(root, resolve(root, dirname(file), specifier))
        : specifier;
      if (!rule.may.some((allowed) => allows(allowed, target, file, rule.of))) {
        violations.push(`${file} imports ${target}: ${rule.why}`);
      }
    }
  }
  return violations;
}

function allows(allowed: RegExp, target: string, file: string, of: RegExp): boolean {
  if (allowed.source === OWN_ACTION) return dirname(target) === dirname(file);
  const [, own = ''] = file.match(of) ?? [];
  return new RegExp(allowed.source.replace('$1', own)).test(target);
}

/** process.env and the runner's files belong to the edge. */
export function ambientViolations(): string[] {
  const pure = /^src\/(domain|ports|cycle)\/|^actions\/[^/]+\/(run|contract)\.ts$/;
  return globSync(['src/**/*.ts', 'actions/**/*.ts'], { cwd: root })
    .filter(
      (file) =>
        pure.test(file) && /\bprocess\.(env|exit|argv)\b/.test(readFileSync(join(root, file), 'utf8')),
    )
    .map((file) => `${file} reads the process: only src/runner does`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = [...importViolations(), ...ambientViolations()];
  for (const violation of violations) console.error(violation);
  console.log(
    violations.length === 0
      ? 'Imports keep their direction.'
      : `${violations.length} imports go the wrong way.`,
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
}
