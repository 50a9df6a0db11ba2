import * as z from 'zod';
import { type RouteRule, type RouteSettings, standardRoutes } from '../domain/routes/settings.ts';

/** How far a run goes by what started it, as people write it, and its way into the domain's words. */

export type RoutesFile = z.output<typeof routes>;

/** Every pattern is held against every other one. */
const MOST_RULES = 50;
const LONGEST_PATTERN = 100;

/** In place of an environment: the run builds and checks, and enters none. */
export const NOWHERE = 'none';

const destination = () => z.string();

/** A name that git takes, with `*` or `**` in it: nothing else could ever match. */
const refPattern = (what: string) =>
  z
    .string()
    .max(LONGEST_PATTERN)
    .refine((text) => !text.startsWith('refs/'), `must be the name of a ${what} alone, without \`refs/…/\``)
    .refine((text) => !text.startsWith('!'), 'must not start with `!`: what goes nowhere leads to `none`')
    .refine(isPossible, `cannot match any ${what}: git takes no such name`);

/** As `git check-ref-format` has it, in which a star may stand for what is missing. */
function isPossible(text: string): boolean {
  return (
    text !== '' &&
    !/[\s\p{Cc}~^:?[\]\\]|\.\.|@\{|\/\/|\*{3}/u.test(text) &&
    !/^[-/]|[/.]$|(^|\/)\.|\.lock(\/|$)/.test(text) &&
    text !== '@'
  );
}

const rules = (what: string) =>
  z
    .record(refPattern(what), destination())
    .refine((all) => Object.keys(all).length <= MOST_RULES, `must not have more than ${MOST_RULES} patterns`);

/** The `routes` key of airlock.yml. */
export const routes = z
  .strictObject({
    'default-branch': destination()
      .optional()
      .describe(
        'Last environment of a push to the default branch. Default: `staging`; without one, the one before the last.',
      ),
    branches: rules('branch')
      .optional()
      .describe(
        'Last environment by branch; `*` is one level of its name, `**` any. Default: `develop` and `development` to `development`.',
      )
      .meta({ examples: [{ develop: 'development', 'release/**': 'staging' }] }),
    tags: rules('tag')
      .optional()
      .describe(
        'Last environment by tag. Default: `v*.*.*` to the last one, `v*.*.*-*` as far as the default branch.',
      )
      .meta({ examples: [{ 'v*.*.*': 'production' }] }),
    manual: destination()
      .optional()
      .describe(
        'Last environment of a run by hand, which may stop earlier; into the last one goes only what is merged. Default: the last one.',
      ),
    comment: z
      .array(destination())
      .max(MOST_RULES)
      .default([])
      .describe('Environments that a comment on a pull request may ask for. Default: none.'),
  })
  .describe(
    'How far a run goes, by what started it: through all environments up to the one named, or `none`.',
  );

/**
 * Puts a `routes` key that kept the schema into the domain's words.
 *
 * @param names the environments in order
 */
export function completeRoutes(file: RoutesFile, names: readonly string[]): RouteSettings {
  const standard = standardRoutes(names);
  const end = (written: string | undefined, otherwise: string | undefined) =>
    written === undefined ? otherwise : named(written, names);
  const all = (written: Readonly<Record<string, string>> | undefined, otherwise: readonly RouteRule[]) =>
    written === undefined
      ? otherwise
      : Object.entries(written).map(([pattern, to]) => ({ pattern, to: named(to, names) }));
  return {
    defaultBranch: end(file['default-branch'], standard.defaultBranch),
    branches: all(file.branches, standard.branches),
    tags: all(file.tags, standard.tags),
    manual: end(file.manual, standard.manual),
    comment: file.comment,
  };
}

const named = (written: string, names: readonly string[]): string | undefined =>
  written === NOWHERE && !names.includes(NOWHERE) ? undefined : written;
