import { cp, mkdir } from 'node:fs/promises';
import { join, matchesGlob, resolve } from 'node:path';
import { ArtifactStore } from './artifact-store.ts';
import { asBoolean, readInputs, type StandIn } from './stand-in.ts';

/** actions/download-artifact: copies artifacts of this run out of the store. */
export const downloadArtifact: StandIn = async (use) => {
  const { job, run } = use;
  const asked = readInputs(use, 'actions/download-artifact');
  const store = new ArtifactStore(job.folders.artifacts, Number(job.github.run_attempt));
  const target = resolve(job.folders.workspace, asked.path);
  const merge = asBoolean('merge-multiple', asked['merge-multiple']);
  const names =
    asked.name !== ''
      ? [asked.name]
      : (await store.names()).filter((name) => asked.pattern === '' || matchesGlob(name, asked.pattern));
  await mkdir(target, { recursive: true });
  for (const name of names) {
    const folder = store.find(name);
    if (folder === undefined)
      throw new Error(`Unable to download artifact(s): Artifact not found for name: ${name}`);
    // By name, files go straight into `path`; several artifacts get a folder each unless merged.
    const into = asked.name !== '' || merge ? target : join(target, name);
    await cp(folder, into, { recursive: true });
  }
  run.outputs['download-path'] = target;
  job.journal.standIn(
    run.ref,
    use.action,
    names.length === 0 ? 'this run has no such artifact' : `${names.join(', ')} of this run`,
  );
  return 'success';
};
