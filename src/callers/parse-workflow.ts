import { type Document, isAlias, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import type {
  Concurrency,
  EventLimits,
  Job,
  Permissions,
  Use,
  Workflow,
  WorkflowFile,
} from '../domain/doctor/facts.ts';
import type { Location } from '../domain/failure.ts';

/** A workflow that cannot be taken apart. */
class Unreadable extends Error {}

/** Reads the text of a workflow as far as the doctor asks. Expressions stay as they are written. */
export function parseWorkflow(file: string, text: string): WorkflowFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const [error] = document.errors;
  if (error !== undefined) return { kind: 'unread', file, why: firstLine(error.message) };
  try {
    return { kind: 'read', workflow: workflowOf(file, sourceOf(file, document, lines)) };
  } catch (thrown) {
    // A reference error is the reader's word for anchors that would grow beyond all bounds.
    if (!(thrown instanceof Unreadable || thrown instanceof ReferenceError)) throw thrown;
    return { kind: 'unread', file, why: thrown.message };
  }
}

/** A file's nodes, with aliases followed and places known. */
interface Source {
  readonly root: unknown;
  at(node: unknown): Location;
  /** The node itself, where a name stands for it. */
  follow(node: unknown): unknown;
  /** A node as plain data. */
  plain(node: unknown): unknown;
}

function sourceOf(file: string, document: Document.Parsed, lines: LineCounter): Source {
  const follow = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  return {
    root: document.contents,
    at(node) {
      const offset = isNode(node) ? node.range?.[0] : undefined;
      return offset === undefined ? { file } : { file, line: lines.linePos(offset).line };
    },
    follow,
    plain: (node) => (isNode(node) ? node.toJS(document) : node),
  };
}

function workflowOf(file: string, source: Source): Workflow {
  const { root, plain } = source;
  if (!isMap(root)) throw new Unreadable('it is no workflow: there are no keys at its top');
  const read = (key: string) => plain(root.get(key, true));
  const jobs = source.follow(root.get('jobs', true));
  if (!isMap(jobs)) throw new Unreadable('it has no `jobs:`');
  const name = read('name');
  return {
    file,
    name: name === undefined || name === null ? file : String(name),
    ...eventsOf(read('on')),
    permissions: permissionsOf(read('permissions')),
    concurrency: concurrencyOf(read('concurrency')),
    jobs: jobs.items.map(({ key, value }) => jobOf(String(plain(key)), source.at(key), value, source)),
  };
}

function jobOf(id: string, at: Location, given: unknown, source: Source): Job {
  const node = source.follow(given);
  if (!isMap(node)) throw new Unreadable(`its job \`${id}\` is no job`);
  const read = (key: string) => source.plain(node.get(key, true));
  const uses = source.follow(node.get('uses', true));
  const steps = source.follow(node.get('steps', true));
  const handed = read('with');
  return {
    id,
    at,
    permissions: permissionsOf(read('permissions')),
    concurrency: concurrencyOf(read('concurrency')),
    environment: environmentOf(read('environment')),
    runsOn: [...labelsOf(read('runs-on')), ...(isRecord(handed) ? labelsOf(handed['runs-on']) : [])],
    calls: uses === undefined ? undefined : useOf(uses, source),
    inheritsSecrets: read('secrets') === 'inherit',
    steps: isSeq(steps) ? steps.items.flatMap((step) => stepOf(step, source)) : [],
  };
}

function stepOf(given: unknown, source: Source): readonly Use[] {
  const node = source.follow(given);
  if (!isMap(node)) return [];
  const uses = source.follow(node.get('uses', true));
  return uses === undefined ? [] : [useOf(uses, source)];
}

const useOf = (node: unknown, { plain, at }: Source): Use => ({ text: String(plain(node)), at: at(node) });

function eventsOf(on: unknown): Pick<Workflow, 'events' | 'limits' | 'startsByTag'> {
  if (typeof on === 'string' || Array.isArray(on)) {
    const events = [on].flat().map(String);
    return { events, limits: {}, startsByTag: events.some((event) => BY_TAG.has(event)) };
  }
  if (!isRecord(on)) throw new Unreadable('it has no `on:`');
  return {
    events: Object.keys(on),
    limits: Object.fromEntries(
      Object.entries(on).flatMap(([event, filter]) => (isRecord(filter) ? [[event, limitsOf(filter)]] : [])),
    ),
    startsByTag: Object.entries(on).some(([event, filter]) => BY_TAG.has(event) && letsTagsIn(event, filter)),
  };
}

const limitsOf = ({ types, workflows }: Readonly<Record<string, unknown>>): EventLimits => ({
  types: types === undefined || types === null ? undefined : labelsOf(types),
  workflows: labelsOf(workflows),
});

/** Events that a new tag causes. */
const BY_TAG = new Set(['push', 'create', 'release']);

/** A push that is limited to branches is no tag's. */
function letsTagsIn(event: string, filter: unknown): boolean {
  if (event !== 'push' || !isRecord(filter)) return true;
  if ('tags' in filter || 'tags-ignore' in filter) return true;
  return !('branches' in filter || 'branches-ignore' in filter);
}

function permissionsOf(value: unknown): Permissions | undefined {
  if (value === undefined) return undefined;
  if (value === 'read-all' || value === 'write-all') return value;
  // `permissions:` with nothing behind it takes everything away, as `{}` does.
  if (value === null) return {};
  if (!isRecord(value)) throw new Unreadable('a `permissions:` of it is none');
  return Object.fromEntries(Object.entries(value).map(([name, access]) => [name, String(access)]));
}

function concurrencyOf(value: unknown): Concurrency | undefined {
  if (typeof value === 'string') return { group: value, cancels: false };
  if (!isRecord(value)) return undefined;
  const cancels = value['cancel-in-progress'];
  // An expression may come out as true.
  return { group: String(value.group ?? ''), cancels: cancels === true || typeof cancels === 'string' };
}

function environmentOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return isRecord(value) && value.name !== undefined ? String(value.name) : undefined;
}

function labelsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.map(String);
  return isRecord(value) ? labelsOf(value.labels) : [];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
