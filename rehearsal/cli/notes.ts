import type { RunState } from '../view/state.ts';
import type { Shown } from '../view/story.ts';
import { readable } from '../view/summaries.ts';
import { MAIN } from './caller.ts';
import type { Opened, Performance } from './opening.ts';
import { LOGIN, type Play } from './play.ts';
import { runRelease } from './run-release.ts';

const WORKFLOW = '.github/workflows/release-notes.yml';

/** The workflow of docs/release-notes.md that tells of a version by hand. */
const callerOf = (suite: string, config: string): string => `name: Release notes
on: { workflow_dispatch: { inputs: { version: { type: string, required: true } } } }
permissions: {}
jobs:
  airlock:
    uses: ${suite}/.github/workflows/release-notes.yml@v1
    permissions: { contents: write, deployments: read }
    with: { config: ${JSON.stringify(config)}, version: '\${{ inputs.version }}' }
`;

/** Gives the app the workflow that writes release notes, where it has none. */
export async function addNotesCaller({ tree, caller }: Play): Promise<void> {
  if ((await tree.files()).includes(WORKFLOW)) return;
  await tree.write(WORKFLOW, callerOf(caller.suite, caller.config));
}

/** Asks for the notes of a version that is live, and reads what was published. */
export async function tellNotes(
  { recorder, play, world, closing }: Performance,
  runs: Opened['runs'],
  version: string,
): Promise<{ readonly shown: Shown; readonly run: RunState | undefined }> {
  recorder.tell({ type: 'act', act: 'notes', app: play.stageSet.configuration.app });
  const main = { sha: (await play.tree.git('rev-parse', MAIN)).trim(), subject: 'Release notes' };
  const way = { workflow: WORKFLOW, ref: MAIN, environments: [], by: LOGIN, inputs: { version } };
  const running = await runRelease(main, { ...runs, way, review: async () => 'approved' });
  closing.push(async () => running.kill());
  const { conclusion } = await running.done;
  const published = world.github
    .snapshot()
    .repositories.flatMap(({ releases }) => releases)
    .find(({ tag }) => tag === `v${version}`);
  const loud = published?.body?.split('\n').find((line) => line.includes('**HOTFIX**'));
  return {
    shown: {
      what: 'its release notes are published, and open with what it is',
      isTrue: conclusion === 'success' && loud !== undefined,
      how: loud === undefined ? 'no notes name it' : readable(loud.replace(/^> /, '')),
    },
    run: recorder.state.run,
  };
}
