import type { Home } from './home.ts';
import type { RunRequest } from './request.ts';
import type { OpenedRun } from './run-service.ts';

/** The part of the `github` context that is the same for every job of a run. */
export function githubContext(request: RunRequest, run: OpenedRun, workflow: { name: string; path: string }) {
  const { service, event, ref } = request;
  const [owner = ''] = request.repository.split('/');
  const pull = recordAt(event.payload, 'pull_request');
  const repository = recordAt(event.payload, 'repository');
  return {
    actor: request.actor,
    actor_id: textAt(recordAt(event.payload, 'sender'), 'id') || '1',
    api_url: service.apiUrl,
    base_ref: textAt(recordAt(pull, 'base'), 'ref'),
    event: event.payload,
    event_name: event.name,
    graphql_url: service.graphqlUrl,
    head_ref: textAt(recordAt(pull, 'head'), 'ref'),
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_protected: false,
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: request.repository,
    repository_id: textAt(repository, 'id') || '1',
    repository_owner: owner,
    repository_owner_id: textAt(recordAt(repository, 'owner'), 'id') || '1',
    repositoryUrl: `git://github.com/${request.repository}.git`,
    retention_days: '90',
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    secret_source: 'Actions',
    server_url: service.serverUrl,
    sha: request.sha,
    triggering_actor: request.triggeringActor ?? request.actor,
    workflow: workflow.name,
    workflow_ref: `${request.repository}/${workflow.path}@${ref}`,
    workflow_sha: request.sha,
  };
}

/** Where the job's own workflow file stands: a called workflow's, not the caller's. */
export const jobFileContext = (home: Home, path: string) => ({
  workflow_ref: `${home.repository}/${path}@${home.ref}`,
  workflow_sha: home.sha,
  workflow_repository: home.repository,
  workflow_file_path: path,
});

/** The `runner` context. */
export const runnerContext = (folders: { temp: string; toolCache: string }, debug: boolean) => ({
  name: 'rehearsal',
  os: process.platform === 'darwin' ? 'macOS' : process.platform === 'win32' ? 'Windows' : 'Linux',
  arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
  environment: 'self-hosted',
  temp: folders.temp,
  tool_cache: folders.toolCache,
  debug: debug ? '1' : '',
});

/** Context values that the runner also hands to processes, as `GITHUB_…` variables. */
const EXPORTED = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
];

/** The `GITHUB_…` variables of a step. */
export const githubVariables = (github: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    EXPORTED.flatMap((name) => {
      const value = github[name];
      return value === undefined ? [] : [[`GITHUB_${name.toUpperCase()}`, String(value)]];
    }),
  );

/** The `RUNNER_…` variables of a step. */
export const runnerVariables = (runner: ReturnType<typeof runnerContext>): Record<string, string> => ({
  RUNNER_NAME: runner.name,
  RUNNER_OS: runner.os,
  RUNNER_ARCH: runner.arch,
  RUNNER_ENVIRONMENT: runner.environment,
  RUNNER_TEMP: runner.temp,
  RUNNER_TOOL_CACHE: runner.tool_cache,
  ...(runner.debug === '1' ? { RUNNER_DEBUG: '1' } : {}),
});

/** The only variables a step has from this machine. */
export const machineVariables = (home = process.env.HOME ?? '/'): Record<string, string> => ({
  ...pass(NETWORK),
  PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: home,
  CI: 'true',
});

/** How this machine reaches the network: without them an install behind a company's proxy cannot end. */
export const NETWORK = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
];

const pass = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const recordAt = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

const textAt = (value: unknown, key: string): string => {
  const found = recordAt(value, key);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
};
