import { type GitHub, type GraphqlAnswer, refuseFor } from './api.ts';
import { awaitViewer, VIEWER } from './identity.ts';

/**
 * GitHub answers the parts of a query one after the other and gives up after ten seconds: more than these are
 * two requests.
 */
const MOST_PARTS = 4;

/** One thing that is asked of GitHub's GraphQL. */
export interface Part {
  /** A field of the query root with all that is wanted of it. Written here and not by anybody else. */
  readonly field: string;
  /** What the field names with `$`: its GraphQL type, and its value. */
  readonly variables: Readonly<Record<string, readonly [type: string, value: unknown]>>;
}

/** What one part got, and who asks: neither is checked. */
export interface PartAnswer {
  readonly viewer: unknown;
  readonly value: unknown;
}

interface Batch {
  readonly parts: Part[];
  readonly answer: Promise<GraphqlAnswer>;
}

const filling = new WeakMap<GitHub, Batch>();

/**
 * Asks for a part, in one request with all that is asked of the same connection before the event loop turns.
 * What GitHub refuses of one part does not touch the others; an error that names none is everybody's.
 */
export async function askTogether(github: GitHub, part: Part): Promise<PartAnswer> {
  const open = filling.get(github);
  const batch = open && open.parts.length < MOST_PARTS ? open : openBatch(github);
  const name = `p${batch.parts.push(part) - 1}`;
  const { data, errors = [] } = await batch.answer;
  refuseFor(errors.filter(({ path }) => path === undefined || path[0] === name || !isPart(path[0])));
  const found = (data ?? {}) as Readonly<Record<string, unknown>>;
  return { viewer: found.viewer, value: found[name] };
}

/** A query that goes out when everybody who is about to ask has asked. */
function openBatch(github: GitHub): Batch {
  const parts: Part[] = [];
  const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    if (filling.get(github) === batch) filling.delete(github);
    const { query, variables } = join(parts);
    return github.answer(query, variables);
  });
  const batch = { parts, answer };
  filling.set(github, batch);
  awaitViewer(github, answer);
  return batch;
}

const isPart = (name: unknown): boolean => typeof name === 'string' && /^p\d+$/.test(name);

/** One query of several parts, in which each has its own name and its own variables. */
function join(parts: readonly Part[]) {
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  const fields = parts.map((part, index) => {
    for (const [name, [type, value]] of Object.entries(part.variables)) {
      declared.push(`$p${index}_${name}: ${type}`);
      variables[`p${index}_${name}`] = value;
    }
    return `p${index}: ${part.field.replaceAll('$', `$p${index}_`)}`;
  });
  const given = declared.length === 0 ? '' : ` (${declared.join(', ')})`;
  return { query: `query${given} {\n  ${VIEWER}\n  ${fields.join('\n  ')}\n}`, variables };
}
