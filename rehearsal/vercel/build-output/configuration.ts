import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';

/** Something in a build output that this runtime does not do, or that is no valid build output. */
export class BuildOutputError extends Error {
  override readonly name = 'BuildOutputError';
}

/** Taken, and without any effect here. */
const ignored = z.unknown().optional();

const condition = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('host'), value: z.string() }),
    ...(['header', 'cookie', 'query'] as const).map((type) =>
      z.strictObject({ type: z.literal(type), key: z.string(), value: z.string().optional() }),
    ),
  ])
  .array()
  .optional();

const source = z.strictObject({
  src: z.string(),
  dest: z
    .string()
    .regex(/^(?![a-z][a-z0-9+.-]*:|\/\/)/i, 'another origin as dest is not supported')
    .optional(),
  headers: z.record(z.string(), z.string()).default({}),
  methods: z.string().array().optional(),
  continue: z.boolean().default(false),
  caseSensitive: z.boolean().default(false),
  check: z.boolean().default(false),
  status: z.int().min(200).max(599).optional(),
  has: condition,
  missing: condition,
  transforms: z
    .strictObject({
      type: z.literal('request.query', 'only request.query is supported'),
      op: z.literal('delete', 'only delete is supported'),
      target: z.strictObject({ key: z.string('only a plain key is supported') }),
    })
    .array()
    .default([]),
});

const HANDLES = ['filesystem', 'rewrite', 'resource', 'miss', 'hit', 'error'] as const;
const handler = z.strictObject({ handle: z.enum(HANDLES), ...source.partial({ src: true }).shape });

const configuration = z.strictObject({
  version: z.literal(3),
  // Told apart by hand, so that a wrong key is named and not "no alternative matches".
  routes: z
    .array(z.record(z.string(), z.unknown()))
    .default([])
    .transform((routes, context) =>
      routes.map((route, index) => {
        const parsed = ('handle' in route ? handler : source).safeParse(route);
        if (parsed.success) return parsed.data;
        for (const issue of parsed.error.issues)
          context.addIssue({ code: 'custom', path: [index, ...issue.path], message: issue.message });
        return z.NEVER;
      }),
    ),
  overrides: z
    .record(z.string(), z.strictObject({ path: z.string().optional(), contentType: z.string().optional() }))
    .default({}),
  cache: ignored,
  crons: ignored,
  framework: ignored,
});

const serverless = z.strictObject({
  runtime: z.string().regex(/^nodejs\d+\.x$/, 'only nodejs<version>.x is supported'),
  handler: z.string(),
  launcherType: z.literal('Nodejs', 'only Nodejs is supported'),
  shouldAddHelpers: z.literal(false, 'function helpers are not supported').optional(),
  environment: z.record(z.string(), z.string()).default({}),
  maxDuration: z.number().positive().optional(),
  architecture: ignored,
  experimentalResponseStreaming: ignored,
  framework: ignored,
  memory: ignored,
  regions: ignored,
  shouldAddSourcemapSupport: ignored,
  supportsResponseStreaming: ignored,
});

const prerender = z.strictObject({
  expiration: z.union([z.number(), z.literal(false)]),
  fallback: z.string().nullish(),
  allowQuery: z.string().array().optional(),
  passQuery: z.boolean().default(false),
  initialHeaders: z.record(z.string(), z.string()).default({}),
  initialStatus: z.int().optional(),
  bypassToken: ignored,
  exposeErrBody: ignored,
  group: ignored,
});

export type Source = z.output<typeof source>;
export type Configuration = z.output<typeof configuration>;
export type ServerlessFunction = z.output<typeof serverless>;
export type Prerender = z.output<typeof prerender>;
export type Condition = NonNullable<Source['has']>[number];
/** Where a route stands: before any `handle`, or behind one. */
export type Phase = 'start' | (typeof HANDLES)[number];

/** `config.json`. @throws BuildOutputError naming each key that is wrong or not supported */
export const readConfiguration = (file: string): Configuration => readAs(configuration, file);

/** `.vc-config.json`. @throws BuildOutputError; by name for the edge runtime */
export const readServerlessFunction = (file: string): ServerlessFunction => readAs(serverless, file);

/** `<name>.prerender-config.json`, where there is one. */
export const readPrerender = (file: string): Prerender | undefined =>
  existsSync(file) ? readAs(prerender, file) : undefined;

function readAs<T>(schema: z.ZodType<T>, file: string): T {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new BuildOutputError(`${file} cannot be read as JSON.`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(file)'}: ${message}`);
  throw new BuildOutputError(`${file} has what this runtime does not do:\n${lines.join('\n')}`);
}

/**
 * Routes by the phase in which they are looked at, each in its order.
 *
 * @throws BuildOutputError for a phase that begins twice
 */
export function byPhase(routes: Configuration['routes']): ReadonlyMap<Phase, readonly Source[]> {
  const phases = new Map<Phase, Source[]>([['start', []]]);
  let phase: Phase = 'start';
  for (const route of routes) {
    const { handle, src, ...rest } = { handle: undefined, ...route };
    if (handle) {
      if (phases.has(handle)) throw new BuildOutputError(`\`handle: ${handle}\` stands in the routes twice.`);
      phases.set(handle, []);
      phase = handle;
    }
    if (src !== undefined) phases.get(phase)?.push({ src, ...rest });
  }
  return phases;
}
