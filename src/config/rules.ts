import { PREVIEW } from '../domain/configuration.ts';
import { SKIPPABLE_GATES } from '../domain/hotfix/settings.ts';
import { isRecord } from '../domain/json-path.ts';
import { CHECK_KINDS } from './build-schema.ts';
import { defaultName } from './complete.ts';
import { suggestion } from './nearest.ts';
import { type Problem, quote } from './problem.ts';
import { brokenRoutes } from './route-rules.ts';
import type { TargetSchemas } from './target-schema.ts';
import type { Path, Source } from './yaml.ts';

/**
 * Rules that look at several places of the file at once. They read what was written and pass over what
 * has the wrong shape, so that they speak up together with the schema and not only after it.
 */
export const brokenRules = (source: Source, targets: TargetSchemas): readonly Problem[] => [
  ...buildChecks(source),
  ...environmentOrder(source),
  ...brokenRoutes(source),
  ...hotfixSkips(source),
  ...environmentTwins(source),
  ...canaries(source, targets),
  ...previews(source, targets),
  ...smokeNames(source),
];

function buildChecks(source: Source): readonly Problem[] {
  const checks = mapping(at(source.value, 'build', 'checks'));
  const names = Object.keys(checks);
  const problems: Problem[] = [];
  for (const [name, check] of Object.entries(checks)) {
    if (!isRecord(check)) continue;
    const path = ['build', 'checks', name];
    const kinds = CHECK_KINDS.filter((kind) => Object.hasOwn(check, kind));
    const hasOnlyKnownKeys = Object.keys(check).every((key) => CHECK_KEYS.has(key));
    if (kinds.length > 1 || (kinds.length === 0 && hasOnlyKnownKeys)) {
      const wrong = `${quote(path.join('.'))} must have exactly one of ${CHECK_KINDS.join(', ')}`;
      problems.push(source.problem(path, 'key', wrong));
    }
    if (Object.hasOwn(check, 'timeout') && kinds.length === 1 && kinds[0] !== 'run') {
      problems.push(source.problem([...path, 'timeout'], 'key', '`timeout` belongs to `run` checks only'));
    }
    for (const { text: needed, index } of texts(check.needs)) {
      if (names.includes(needed)) continue;
      const wrong = `there is no check ${quote(needed)}${suggestion(needed, names)}`;
      problems.push(source.problem([...path, 'needs', index], 'value', wrong));
    }
  }
  const cycle = findCycle(
    new Map(names.map((name) => [name, texts(at(checks, name, 'needs')).map(({ text }) => text)])),
  );
  const [first] = cycle;
  if (first !== undefined) {
    const around = [...cycle, first].map((name) => quote(name)).join(' → ');
    const path = ['build', 'checks', first, 'needs'];
    problems.push(source.problem(path, 'value', `checks wait for each other: ${around}`));
  }
  return problems;
}

/** What a hotfix leaves out must be something that there is: a slip would leave nothing out, or too much later. */
function hotfixSkips(source: Source): readonly Problem[] {
  const known = [...SKIPPABLE_GATES, ...Object.keys(mapping(at(source.value, 'build', 'checks')))];
  return texts(at(source.value, 'hotfix', 'skip')).flatMap(({ text: skipped, index }) => {
    if (known.includes(skipped)) return [];
    const wrong = `a hotfix can leave out ${SKIPPABLE_GATES.join(', ')} and build checks; there is no check ${quote(skipped)}${suggestion(skipped, known)}`;
    return [source.problem(['hotfix', 'skip', index], 'value', wrong)];
  });
}

const CHECK_KEYS: ReadonlySet<string> = new Set([...CHECK_KINDS, 'needs', 'timeout']);

/** The names of one cycle, in the order in which they need each other; empty when there is none. */
function findCycle(needs: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const waiting = new Map(needs);
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size;
    for (const [name, needed] of waiting) {
      if (!needed.some((one) => waiting.has(one))) waiting.delete(name);
    }
  }
  // Each one that is left needs another one that is left: following them comes back to where it was.
  const trail = new Set<string>();
  let [name] = waiting.keys();
  while (name !== undefined && !trail.has(name)) {
    trail.add(name);
    name = waiting.get(name)?.find((one) => waiting.has(one));
  }
  return name === undefined ? [] : [...trail].slice([...trail].indexOf(name));
}

function environmentOrder(source: Source): readonly Problem[] {
  const environments = mapping(at(source.value, 'environments'));
  const names = Object.keys(environments);
  return names.flatMap((name, position) =>
    texts(at(environments, name, 'gates', 'after')).flatMap(({ text: earlier, index }) => {
      const path = ['environments', name, 'gates', 'after', index];
      const place = names.indexOf(earlier);
      if (place < 0) {
        const wrong = `there is no environment ${quote(earlier)}${suggestion(earlier, names)}`;
        return [source.problem(path, 'value', wrong)];
      }
      if (place < position) return [];
      const wrong = `${quote(earlier)} does not come before ${quote(name)} in this file`;
      return [source.problem(path, 'value', wrong)];
    }),
  );
}

/** GitHub takes environment names for equal whatever their case; one address cannot be two environments. */
function environmentTwins(source: Source): readonly Problem[] {
  const environments = Object.entries(mapping(at(source.value, 'environments')));
  return [
    ...twins(
      environments.map(([name]) => ({ path: ['environments', name], part: 'key', same: name.toLowerCase() })),
      () => 'GitHub does not tell this environment from an earlier one: names differ in case only',
      source,
    ),
    ...twins(
      environments.flatMap(([name, environment]) => {
        const url = at(environment, 'url');
        return typeof url === 'string'
          ? [{ path: ['environments', name, 'url'], part: 'value', same: url.replace(/\/+$/, '') }]
          : [];
      }),
      (url) => `an earlier environment has the address ${quote(url)} already`,
      source,
    ),
  ];
}

/** A canary needs a target that can part the traffic. */
function canaries(source: Source, targets: TargetSchemas): readonly Problem[] {
  return Object.entries(mapping(at(source.value, 'environments'))).flatMap(([name, environment]) => {
    if (!isRecord(at(environment, 'strategy', 'canary'))) return [];
    const unable = Object.keys(mapping(at(environment, 'target'))).filter(
      (provider) => targets[provider]?.can.has('weighted') === false,
    );
    const path = ['environments', name, 'strategy', 'canary'];
    return unable.map((provider) =>
      source.problem(
        path,
        'key',
        `${quote(provider)} cannot give a release a part of the traffic: use \`blue-green\``,
      ),
    );
  });
}

/** A preview needs a target that can show what is not live, and its name for itself. */
function previews(source: Source, targets: TargetSchemas): readonly Problem[] {
  const preview = at(source.value, PREVIEW);
  if (preview === undefined) return [];
  const able = Object.keys(targets).filter((provider) => targets[provider]?.can.has('preview'));
  const unable = Object.keys(mapping(at(preview, 'target'))).filter(
    (provider) => targets[provider]?.can.has('preview') === false,
  );
  const namesakes = Object.keys(mapping(at(source.value, 'environments'))).filter(
    (name) => name.toLowerCase() === PREVIEW,
  );
  return [
    ...unable.map((provider) =>
      source.problem(
        [PREVIEW, 'target', provider],
        'key',
        `${quote(provider)} cannot show previews: use ${able.join(' or ') || 'another target'}`,
      ),
    ),
    ...namesakes.map((name) =>
      source.problem(
        ['environments', name],
        'key',
        'beside `preview:` no environment can be called so: it is the one of pull requests',
      ),
    ),
  ];
}

function smokeNames(source: Source): readonly Problem[] {
  const named = (path: Path) =>
    smokeChecks(at(source.value, ...path), path).flatMap(({ path, check }) => {
      const name = at(check, 'name') ?? unnamed(check);
      return typeof name === 'string' ? [{ path, part: 'value' as const, same: name }] : [];
    });
  const message = (name: string) =>
    `an earlier check is called ${quote(name)} already: give this one its own \`name\``;
  const everywhere = named(['smoke']);
  const first = unique(everywhere);
  return [
    ...twins(everywhere, message, source),
    ...[
      ...Object.keys(mapping(at(source.value, 'environments'))).map((name) => ['environments', name]),
      [PREVIEW],
    ].flatMap((place) => twins([...first, ...named([...place, 'smoke'])], message, source)),
  ];
}

function unnamed(check: unknown): string | undefined {
  const path = at(check, 'path');
  return typeof path === 'string'
    ? defaultName({ path, method: String(at(check, 'method') ?? 'GET') })
    : undefined;
}

function smokeChecks(smoke: unknown, path: Path): readonly { path: Path; check: unknown }[] {
  const [list, base] = Array.isArray(smoke) ? [smoke, path] : [at(smoke, 'checks'), [...path, 'checks']];
  return Array.isArray(list) ? list.map((check, index) => ({ path: [...base, index], check })) : [];
}

interface Place {
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly same: string;
}

/** A problem at each place that repeats an earlier one. */
function twins(
  places: readonly Place[],
  message: (same: string) => string,
  source: Source,
): readonly Problem[] {
  const firsts = new Set(unique(places));
  return places
    .filter((place) => !firsts.has(place))
    .map((place) => source.problem(place.path, place.part, message(place.same)));
}

/** The first place of each kind. */
function unique(places: readonly Place[]): readonly Place[] {
  const firsts = new Map<string, Place>();
  for (const place of places) if (!firsts.has(place.same)) firsts.set(place.same, place);
  return [...firsts.values()];
}

function at(value: unknown, ...path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (!isRecord(here) || !Object.hasOwn(here, step)) return undefined;
    here = here[String(step)];
  }
  return here;
}

const mapping = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

/** The texts of a list and where in it they stand. */
const texts = (value: unknown): readonly { readonly text: string; readonly index: number }[] =>
  Array.isArray(value)
    ? value.flatMap((text: unknown, index) => (typeof text === 'string' ? [{ text, index }] : []))
    : [];
