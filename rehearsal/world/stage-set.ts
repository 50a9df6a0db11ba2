import { parseDocument } from 'yaml';
import { parseConfiguration } from '../../src/config/load.ts';
import { suggestion } from '../../src/config/nearest.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import { targetSchemas } from '../../src/targets/registry.ts';
import { rehearsalTargets } from '../targets/registry.ts';
import type { OpenRehearsalTarget, Place, RehearsalTarget } from '../targets/rehearsal-target.ts';

/** An airlock.yml moved to this machine, and what runs here for its targets. */
export interface StageSet {
  /** The moved airlock.yml, and what it says. */
  readonly text: string;
  readonly configuration: Configuration;
  /** What was changed and why, a line each. */
  readonly notes: readonly string[];
  readonly places: Readonly<Record<string, Place & { readonly target: OpenRehearsalTarget }>>;
  /** Environment secrets and variables (`vars`) that the targets need, by environment. */
  readonly secrets: ByEnvironment;
  readonly variables: ByEnvironment;
  /** Ends everything that runs for the targets; a second call does nothing. */
  close(): Promise<void>;
}

type ByEnvironment = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface StageSetPlan {
  /** An airlock.yml, and its path for messages. */
  readonly text: string;
  readonly path: string;
  /** Every environment goes to this target; to the one that airlock.yml names when undefined. */
  readonly target?: string | undefined;
  /** A folder for what the targets write. */
  readonly folder: string;
  port(wanted?: number): Promise<number>;
}

/**
 * Moves every environment to this machine: starts what its target needs, and changes its settings and
 * address in airlock.yml.
 *
 * @throws Failure REHEARSAL_TARGET_UNSUPPORTED, and whatever is wrong with the configuration
 */
export async function openStageSet({ text, path, target, folder, port }: StageSetPlan): Promise<StageSet> {
  const { app, environments } = read(text, path);
  const document = parseDocument(text);
  const open = new Map<string, OpenRehearsalTarget>();
  const close = async () => {
    const all = [...open.values()];
    open.clear();
    for (const one of all) await one.close();
  };
  const places: Record<string, StageSet['places'][string]> = {};
  const notes: string[] = [];
  try {
    const chosen = environments.map(({ name, url, target: { provider, settings } }) => {
      const kind = rehearsalTarget(target ?? provider);
      const isMoved = provider !== kind.id;
      return { kind, provider, isMoved, toPlace: { name, url, settings: isMoved ? undefined : settings } };
    });
    for (const { kind, provider, isMoved, toPlace } of chosen) {
      const { name, url } = toPlace;
      const together = chosen.filter((one) => one.kind === kind).map((one) => one.toPlace);
      const opened = open.get(kind.id) ?? (await kind.open({ app, environments: together, folder, port }));
      open.set(kind.id, opened);
      const place = await opened.place(toPlace);
      places[name] = { ...place, target: opened };
      notes.push(...place.notes);
      const at = ['environments', name];
      if (isMoved) {
        document.setIn([...at, 'target'], document.createNode({ [kind.id]: place.settings }));
        notes.push(`${name} is on ${kind.id} here, not on ${provider}`);
      } else
        for (const [key, value] of Object.entries(place.settings))
          document.setIn([...at, 'target', kind.id, key], value);
      if (url !== undefined && url !== place.address) {
        document.setIn([...at, 'url'], place.address);
        if (place.notes.length === 0) notes.push(`${name} is at ${place.address} here, not at ${url}`);
      }
    }
    const moved = document.toString({ lineWidth: 0 });
    return {
      text: moved,
      configuration: read(moved, path),
      notes,
      places,
      secrets: byEnvironment(places, ({ secrets }) => secrets),
      variables: byEnvironment(places, ({ variables }) => variables),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const read = (text: string, path: string): Configuration =>
  parseConfiguration(Buffer.from(text), path, targetSchemas);

const byEnvironment = (
  places: StageSet['places'],
  part: (place: Place) => Readonly<Record<string, string>>,
): ByEnvironment =>
  Object.fromEntries(Object.entries(places).map(([environment, place]) => [environment, part(place)]));

function rehearsalTarget(id: string): RehearsalTarget {
  const found = rehearsalTargets.get(id);
  if (found !== undefined) return found;
  const known = [...rehearsalTargets.keys()];
  throw new Failure(
    'REHEARSAL_TARGET_UNSUPPORTED',
    `The target ${JSON.stringify(id)} cannot be rehearsed${suggestion(id, known) || '.'}`,
    `Use environments on one of: ${known.join(', ')}. \`--target\` takes all of them there.`,
  );
}
