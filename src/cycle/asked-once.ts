import type { ProcessResult, ProcessRunner } from '../ports/process.ts';

/**
 * Runs what is asked again in the same words only once: for readers of a checkout that nobody changes meanwhile.
 * Several gates ask the same of the history, and each question is a process. What could not be run is asked anew.
 */
export function askedOnce(processes: ProcessRunner): ProcessRunner {
  const answers = new Map<string, Promise<ProcessResult>>();
  return {
    run(command, args, options) {
      const question = JSON.stringify([command, args, options?.cwd]);
      const known = answers.get(question);
      if (known) return known;
      const answer = processes.run(command, args, options);
      answers.set(question, answer);
      answer.catch(() => answers.delete(question));
      return answer;
    },
  };
}
