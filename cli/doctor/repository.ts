import { Failure } from '../../src/domain/failure.ts';
import type { ProcessRunner } from '../../src/ports/process.ts';

/**
 * The repository that a checkout's `origin` names.
 *
 * @throws Failure REPOSITORY_UNKNOWN
 */
export async function originOf(
  directory: string,
  processes: ProcessRunner,
): Promise<{ readonly owner: string; readonly name: string }> {
  const { code, stdout } = await processes.run('git', ['remote', 'get-url', 'origin'], { cwd: directory });
  const [, owner, name] = /[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?\s*$/.exec(code === 0 ? stdout : '') ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name };
  throw new Failure(
    'REPOSITORY_UNKNOWN',
    'This folder does not say which repository on GitHub it belongs to: it has no `origin`.',
    'Name it with `--repo OWNER/NAME`, or go into its checkout.',
  );
}
