import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { machineVariables } from '../contexts.ts';
import { sameRepository } from '../references.ts';
import { asBoolean, readInputs, type StandIn } from './stand-in.ts';

const run = promisify(execFile);

/** Git with nothing of this process's environment that could send it elsewhere. */
const runGit = async (directory: string, args: readonly string[]): Promise<string> => {
  const env = { ...machineVariables(), GIT_TERMINAL_PROMPT: '0' };
  return (await run('git', ['-C', directory, ...args], { env })).stdout.trim();
};

/** actions/checkout: a real clone of the caller's work tree, at the run's commit or the `ref` asked for. */
export const checkout: StandIn = async (use) => {
  const { job } = use;
  const { request } = job;
  const asked = readInputs(use, 'actions/checkout');
  if (asked.repository !== '' && !sameRepository(asked.repository, request.repository))
    throw new Error(`The stand-in for ${use.action} has only ${request.repository}, not ${asked.repository}`);
  const directory = resolve(job.folders.workspace, asked.path);
  if (relative(job.folders.workspace, directory).startsWith('..'))
    throw new Error(`Repository path '${asked.path}' is not under '${job.folders.workspace}'`);

  const git = (...args: string[]) => runGit(directory, args);
  const source = (...args: string[]) => runGit(request.source, args);
  const commit =
    asked.ref === '' ? request.sha : await source('rev-parse', '--verify', `${asked.ref}^{commit}`);

  await mkdir(directory, { recursive: true });
  if (asBoolean('clean', asked.clean))
    for (const entry of await readdir(directory))
      await rm(join(directory, entry), { recursive: true, force: true });
  const depth = Number(asked['fetch-depth']);
  await git('init', '--quiet', '--initial-branch=main', '--template=');
  await appendFile(
    join(directory, '.git', 'config'),
    `[remote "origin"]\n\turl = ${request.service.serverUrl}/${request.repository}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
  );
  // A plain path fetches through a pack, so that a depth of 1 is really shallow.
  const from = `file://${request.source}`;
  // The source serves any commit to this one fetch, also one that no branch points at.
  const serve = ['-c', 'uploadpack.allowAnySHA1InWant=true'];
  const upload = `--upload-pack=git ${serve.join(' ')} upload-pack`;
  const wants = depth > 0 ? [commit] : [commit, '+refs/heads/*:refs/remotes/origin/*'];
  const tags = depth > 0 && !asBoolean('fetch-tags', asked['fetch-tags']) ? '--no-tags' : '--tags';
  await git(
    'fetch',
    '--quiet',
    '--no-auto-maintenance',
    tags,
    ...(depth > 0 ? [`--depth=${depth}`] : []),
    upload,
    from,
    ...wants,
  );

  const sparse = asked['sparse-checkout'].split('\n').filter((line) => line.trim() !== '');
  if (sparse.length > 0) {
    const cone = asBoolean('sparse-checkout-cone-mode', asked['sparse-checkout-cone-mode']);
    await git('sparse-checkout', 'set', cone ? '--cone' : '--no-cone', ...sparse);
  }
  const wanted = asked.ref === '' ? request.ref : asked.ref;
  const branch = /^(?:refs\/heads\/)?(?!refs\/)(.+)$/.exec(wanted)?.[1];
  const isBranch =
    branch !== undefined &&
    (await source('show-ref', '--verify', '--quiet', `refs/heads/${branch}`).then(
      () => true,
      () => false,
    ));
  if (isBranch) await git('checkout', '--quiet', '--force', '-B', branch, commit);
  else await git('checkout', '--quiet', '--force', '--detach', commit);

  const persists = asBoolean('persist-credentials', asked['persist-credentials']);
  if (persists) {
    const token = asked.token || String(job.github.token ?? '');
    const credential = Buffer.from(`x-access-token:${token}`).toString('base64');
    job.masks.add(credential);
    // Into the file by hand: a token does not belong on a command line.
    await appendFile(
      join(directory, '.git', 'config'),
      `[http "${request.service.serverUrl}/"]\n\textraheader = AUTHORIZATION: basic ${credential}\n`,
    );
  }
  use.run.outputs.ref = wanted;
  use.run.outputs.commit = commit;
  const history = depth > 0 ? `${depth} commit(s) of history` : 'all history';
  job.journal.standIn(
    use.run.ref,
    use.action,
    `${request.repository} at ${commit.slice(0, 12)} with ${history}`,
  );
  return 'success';
};
