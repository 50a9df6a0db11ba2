import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { evaluateText } from './evaluate.ts';
import type { Frame, JobState, Standing, StepRun } from './job-state.ts';
import { runStepProcess } from './step-process.ts';
import type { RunWork } from './workflow.ts';

/** As GitHub runs a script file with each shell; `{0}` is the file. */
const SHELLS: Readonly<Record<string, { readonly command: string; readonly extension: string }>> = {
  bash: { command: 'bash --noprofile --norc -eo pipefail {0}', extension: '.sh' },
  sh: { command: 'sh -e {0}', extension: '.sh' },
  python: { command: 'python {0}', extension: '.py' },
};

/** When no shell is named: without `pipefail`. */
const UNNAMED = { command: 'bash -e {0}', extension: '.sh' };

/** Whether a `shell:` can be run here: one of GitHub's for this system, or a command line with `{0}`. */
export const isKnownShell = (shell: string): boolean => shell in SHELLS || shell.includes('{0}');

/** Runs a `run:` step. */
export async function runScript(job: JobState, frame: Frame, work: RunWork, run: StepRun): Promise<Standing> {
  const first = (pick: (of: Frame['defaults'][number]) => RunWork['shell']) =>
    frame.defaults.map(pick).find((token) => token !== undefined);
  const shell = evaluateText(work.shell ?? first((of) => of.shell), run.scope);
  const folder = evaluateText(work.workingDirectory ?? first((of) => of.workingDirectory), run.scope);
  if (shell !== '' && !isKnownShell(shell)) throw new Error(`This executor has no \`shell: ${shell}\``);
  const { command, extension } =
    shell === '' ? UNNAMED : (SHELLS[shell] ?? { command: shell, extension: '' });
  const script = evaluateText(work.script, run.scope);
  const file = join(job.folders.temp, `${randomUUID()}${extension}`);
  await writeFile(file, script.endsWith('\n') ? script : `${script}\n`);
  job.journal.log(run.ref, `##[group]Run ${script.trimStart().split('\n')[0]}`);
  for (const line of script.split('\n')) job.journal.log(run.ref, line);
  job.journal.log(run.ref, `shell: ${command}`);
  job.journal.log(run.ref, '##[endgroup]');
  const [program = '', ...args] = command.split(/\s+/).map((part) => part.replaceAll('{0}', file));
  return runStepProcess(job, frame, run, {
    command: program,
    args,
    cwd: resolve(job.folders.workspace, folder),
  });
}
