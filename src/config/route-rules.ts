import { isRecord } from '../domain/json-path.ts';
import { isInside, overlap } from '../domain/routes/ref-pattern.ts';
import { standardRoutes } from '../domain/routes/settings.ts';
import { suggestion } from './nearest.ts';
import { type Problem, quote } from './problem.ts';
import { NOWHERE } from './routes-schema.ts';
import type { Path, Source } from './yaml.ts';

/** Places in `routes:` where an environment is named. */
interface Named {
  readonly path: Path;
  readonly environment: string;
}

/** Every environment that `routes:` names is there, and of two patterns for a name one is the narrower. */
export function brokenRoutes(source: Source): readonly Problem[] {
  const file = isRecord(source.value) ? source.value : {};
  const routes = isRecord(file.routes) ? file.routes : {};
  const names = isRecord(file.environments) ? Object.keys(file.environments) : [];
  const rules = { branches: rulesIn(routes, 'branches'), tags: rulesIn(routes, 'tags') };
  const single = ['default-branch', 'manual'].flatMap((key) => textAt(routes[key], ['routes', key]));
  const asked = Array.isArray(routes.comment)
    ? routes.comment.flatMap((value: unknown, index) => textAt(value, ['routes', 'comment', index]))
    : [];
  const ends = [...single, ...rules.branches, ...rules.tags];
  return [
    ...ends
      .filter(({ environment }) => environment !== NOWHERE)
      .flatMap((one) => unknown(one, names, source)),
    ...asked.flatMap((one) => unknown(one, names, source)),
    ...Object.values(rules).flatMap((list) => doubtful(list, source)),
    ...beyondManual(asked, { names, manual: routes.manual }, source),
  ];
}

interface Rule extends Named {
  readonly pattern: string;
}

const rulesIn = (routes: Readonly<Record<string, unknown>>, key: string): readonly Rule[] =>
  Object.entries(isRecord(routes[key]) ? routes[key] : {}).flatMap(([pattern, value]) =>
    textAt(value, ['routes', key, pattern]).map((one) => ({ ...one, pattern })),
  );

const textAt = (value: unknown, path: Path): readonly Named[] =>
  typeof value === 'string' ? [{ path, environment: value }] : [];

function unknown({ path, environment }: Named, names: readonly string[], source: Source): readonly Problem[] {
  if (names.includes(environment)) return [];
  const wrong = `there is no environment ${quote(environment)}${suggestion(environment, names)}`;
  return [source.problem(path, 'value', wrong)];
}

/** Pairs of patterns that lead elsewhere and share names, of which neither is inside the other. */
function doubtful(rules: readonly Rule[], source: Source): readonly Problem[] {
  return rules.flatMap((rule, index) => {
    const rival = rules
      .slice(0, index)
      .find(
        (other) =>
          other.environment !== rule.environment &&
          overlap(rule.pattern, other.pattern) &&
          isInside(rule.pattern, other.pattern) === isInside(other.pattern, rule.pattern),
      );
    if (rival === undefined) return [];
    const wrong = `${quote(rule.pattern)} and ${quote(rival.pattern)} match some of the same names and lead to different environments, and neither is the narrower one`;
    return [source.problem(rule.path, 'key', wrong)];
  });
}

/** A comment starts a run by hand, which must be allowed to go there. */
function beyondManual(
  asked: readonly Named[],
  { names, manual }: { readonly names: readonly string[]; readonly manual: unknown },
  source: Source,
): readonly Problem[] {
  const farthest = names.indexOf(typeof manual === 'string' ? manual : (standardRoutes(names).manual ?? ''));
  return asked.flatMap(({ path, environment }) => {
    if (names.indexOf(environment) <= farthest) return [];
    const wrong = `a comment starts a run by hand, and \`routes.manual\` does not let one into ${quote(environment)}`;
    return [source.problem(path, 'value', wrong)];
  });
}
