import type { Repository } from '../../src/cycle/history.ts';
import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { readNotes, tagsAt } from '../../src/cycle/notes.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { withNotes } from '../../src/domain/notes/block.ts';
import {
  goneLive,
  liveByRun,
  liveByVersion,
  reachesBehind,
  wasTried,
} from '../../src/domain/notes/gone-live.ts';
import { titleOf } from '../../src/domain/notes/notes.ts';
import { renderNotes } from '../../src/domain/notes/render.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { environmentNamed } from '../../src/domain/route.ts';
import { tagFor } from '../../src/domain/version.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Publications } from '../../src/ports/publications.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

export interface NotesWorld {
  readonly event: WorkflowEvent;
  /** Address of this GitHub's pages. */
  readonly server: string;
  readonly configuration: Configuration;
  readonly ledger: Ledger;
  readonly publications: Publications;
  readonly repository: Repository;
  /** Takes the step's secrets out of what others read. */
  redact(text: string): string;
  /** Keeps a file for later steps of the job; its absolute path. */
  keepFile(name: string, content: string): Promise<string>;
}

type Result = Outcome<Outputs<typeof contract>>;
type Given = Pick<Inputs<typeof contract>, 'environment' | 'version' | 'publish'>;

/** Writes down what went live, by the ledger and never by what the run says of itself. */
export async function releaseNotes(inputs: Given, world: NotesWorld): Promise<Result> {
  const { configuration, repository } = world;
  const environment = inputs.environment || (configuration.environments.at(-1)?.name ?? '');
  const place = { app: configuration.app, environment: environmentNamed(configuration, environment).name };
  const wanted = (read: readonly LedgerEntry[]) =>
    inputs.version === '' ? liveByRun(read, world.event.run.id) : liveByVersion(read, inputs.version);
  const entries = await readEntries(world.ledger, place, (read) => {
    const found = wanted(read);
    return found !== undefined && reachesBehind(read, found);
  });
  const entry = wanted(entries);
  if (entry === undefined) return nothing(inputs, environment, entries, world.event.run.id);

  // Before anything is escaped: behind a backslash a secret is not found any more.
  const notes = redacted(await readNotes(world, repository, goneLive(entries, entry)), world.redact);
  const { version, commit } = notes;
  const title = titleOf(notes);
  const text = renderNotes(notes);
  const file = await world.keepFile(`${notes.app}-${version}.md`, `# ${title}\n\n${text}\n`);
  const told = { outputs: { notes: file, version }, summary: text };
  if (!inputs.publish) return { kind: 'done', headline: `Release notes of ${title}`, ...told };

  const published = await world.publications.publish({
    tag: tagFor(version, await tagsAt(repository, commit)),
    commit,
    title,
    version,
    text: (present) => withNotes(present, notes.app, text),
  });
  if (published.kind === 'refused')
    return {
      kind: 'refused',
      reason: published.reason,
      headline: `The notes of ${title} are written, and not published: ${published.why}`,
      next: published.next,
      ...told,
    };
  const { kind, url } = published;
  return {
    kind: 'done',
    headline: `Release notes of ${title} ${kind === 'unchanged' ? 'stand as they are' : `are ${kind === 'created' ? 'published' : 'brought up to date'}`}: ${url}`,
    ...told,
    outputs: { ...told.outputs, url },
  };
}

/** The same value with every text in it redacted. */
function redacted<T>(value: T, redact: (text: string) => string): T {
  const inner = (one: unknown): unknown => {
    if (typeof one === 'string') return redact(one);
    if (Array.isArray(one)) return one.map(inner);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, its]) => [key, inner(its)]));
  };
  return inner(value) as T;
}

/** What did not go live has no notes. By itself that is no fault: a run may stop, wait or go back. */
function nothing(
  { version }: Given,
  environment: string,
  entries: readonly LedgerEntry[],
  runId: string,
): Result {
  const none = { outputs: {}, summary: '' };
  if (version !== '')
    return {
      kind: 'refused',
      reason: 'RELEASE_UNKNOWN',
      headline: wasTried(entries, version)
        ? `${version} did not stay live in ${environment}: it failed there or was taken back`
        : `The ledger of ${environment} knows no release ${version} that went live`,
      next: 'Name a version that is or was live there, as its promotion showed it.',
      ...none,
    };
  const tried = entries.some(({ task, payload }) => task === 'promote' && payload.run.id === runId);
  return {
    kind: 'done',
    headline: tried
      ? `What this run made live in ${environment} failed there or was taken back, so there are no notes`
      : `This run made nothing live in ${environment}: it stopped, waits or goes elsewhere, so there are no notes`,
    ...none,
  };
}
