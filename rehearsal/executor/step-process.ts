import { githubVariables } from './contexts.ts';
import { createCommandFiles, takeFileCommands } from './file-commands.ts';
import { type Frame, type JobState, processVariables, type Standing, type StepRun } from './job-state.ts';
import { RUNNER_GRACE, runProcess } from './processes.ts';
import { WorkflowCommands } from './workflow-commands.ts';

export interface ProcessWork {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Beyond the step's `env` and the runner's own variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Keeps what the process wrote to GITHUB_STATE. */
  readonly onState?: (state: Readonly<Record<string, string>>) => void;
}

/** Runs one process of a step with the runner's variables and command files, and takes in what it says. */
export async function runStepProcess(
  job: JobState,
  frame: Frame,
  run: StepRun,
  work: ProcessWork,
): Promise<Standing> {
  const files = await createCommandFiles(job.folders.fileCommands);
  const commands = new WorkflowCommands();
  let rejected = false;
  const onLine = (line: string) => {
    const meaning = commands.read(line);
    switch (meaning.kind) {
      case 'text':
        return job.journal.log(run.ref, meaning.text);
      case 'hidden':
        return;
      case 'mask':
        return job.masks.add(meaning.secret);
      case 'debug':
        if (job.runner.debug === '1') job.journal.log(run.ref, `##[debug]${meaning.message}`);
        return;
      case 'annotation':
        return job.journal.annotate(run.ref, meaning);
      case 'rejected':
        rejected = true;
        return job.journal.annotate(run.ref, { level: 'error', message: meaning.why });
    }
  };
  const code = await runProcess({
    command: work.command,
    args: work.args,
    cwd: work.cwd,
    env: {
      ...processVariables(job, frame, run.env),
      ...githubVariables({ ...job.github, action: run.ref.id, action_path: frame.composite?.actionPath }),
      ...work.variables,
      GITHUB_OUTPUT: files.output,
      GITHUB_ENV: files.env,
      GITHUB_PATH: files.path,
      GITHUB_STATE: files.state,
      GITHUB_STEP_SUMMARY: files.summary,
    },
    onLine,
    onStart: (pid) => job.request.hooks?.onProcess?.(job.id, run.ref, pid),
    signal: run.signal,
    grace: job.request.grace ?? RUNNER_GRACE,
  });
  const told = await takeFileCommands(files);
  Object.assign(run.outputs, told.outputs);
  Object.assign(job.env, told.env);
  for (const entry of told.path) {
    const known = job.path.indexOf(entry);
    if (known !== -1) job.path.splice(known, 1);
    job.path.unshift(entry);
  }
  work.onState?.(told.state);
  if (told.summary !== '') job.journal.summary(run.ref, told.summary);
  for (const message of told.problems) job.journal.annotate(run.ref, { level: 'error', message });
  if (run.signal.aborted) {
    job.journal.annotate(run.ref, { level: 'error', message: 'The operation was canceled.' });
    return 'cancelled';
  }
  if (code !== 0)
    job.journal.annotate(run.ref, { level: 'error', message: `Process completed with exit code ${code}.` });
  return code === 0 && !rejected && told.problems.length === 0 ? 'success' : 'failure';
}
