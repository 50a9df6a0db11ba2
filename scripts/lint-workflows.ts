// Validates every workflow and action.yml with GitHub's own language service, and the pins of what they use.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from '@actions/languageservice';
import type { ActionMetadata } from '@actions/languageservice/action';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Third-party actions in use, with the inputs we may give them: their metadata is not on this machine. */
const REMOTE_INPUTS: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout': ['fetch-depth', 'path', 'persist-credentials', 'ref', 'sparse-checkout'],
  'actions/download-artifact': ['name', 'path'],
  'actions/setup-node': ['cache', 'node-version'],
  'actions/upload-artifact': [
    'if-no-files-found',
    'include-hidden-files',
    'name',
    'overwrite',
    'path',
    'retention-days',
  ],
};

const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  repository: { url: string };
};
/** This repository's own name: what it holds is here to be looked at. */
const OWN = repository.url.match(/github\.com\/(.+)\.git$/)?.[1] ?? '';

const remote = async ({ owner, name, path = '' }: { owner: string; name: string; path?: string }) => {
  if (`${owner}/${name}` === OWN) return ownMetadata(path);
  const inputs = REMOTE_INPUTS[`${owner}/${name}`];
  return (
    inputs && {
      name,
      description: name,
      inputs: Object.fromEntries(inputs.map((input) => [input, { description: input }])),
    }
  );
};

function ownMetadata(folder: string): ActionMetadata | undefined {
  const file = join(root, folder, 'action.yml');
  return existsSync(file) ? (parse(readFileSync(file, 'utf8')) as ActionMetadata) : undefined;
}

/** Problems in one YAML text, as lines `file:line: message`. `base` is the repository it stands in. */
export async function lintText(base: string, file: string, content: string): Promise<string[]> {
  const diagnostics = await validate(TextDocument.create(`file:///${file}`, 'yaml', 1, content), {
    actionsMetadataProvider: { fetchActionMetadata: remote },
    fileProvider: {
      getFileContent: async (reference) => ({
        name: reference.path,
        content: readFileSync(join('repository' in reference ? root : base, reference.path), 'utf8'),
      }),
    },
  });
  return diagnostics.map(({ range, message }) => `${file}:${range.start.line + 1}: ${message}`);
}

/** Anything used by a name that can move: only a full commit SHA, this repository and our own major are allowed. */
function unpinned(file: string, text: string): string[] {
  const problems: string[] = [];
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    for (const [key, value] of Object.entries(node)) {
      if (
        key === 'uses' &&
        typeof value === 'string' &&
        !value.startsWith('$/') &&
        !value.startsWith(`${OWN}/`) &&
        !value.startsWith(`${OWN}@`)
      ) {
        if (!/@[0-9a-f]{40}$/.test(value)) problems.push(`${file}: ${value} is not pinned to a commit`);
      } else visit(value);
    }
  };
  visit(parse(text));
  return problems;
}

/** Problems over the whole repository and the examples' callers. */
export async function lintWorkflows(): Promise<string[]> {
  const problems: string[] = [];
  const files = globSync(
    [
      '.github/workflows/*.yml',
      '.github/workflows/.*.yml',
      'action.yml',
      'actions/*/action.yml',
      'examples/*/.github/workflows/*.yml',
      'examples/callers/*.yml',
    ],
    { cwd: root },
  );
  for (const file of files.sort()) {
    const example = file.match(/^(examples\/[^/]+)\/(\.github\/.+)$/);
    const [base, path] = example ? [join(root, example[1] ?? ''), example[2] ?? ''] : [root, file];
    const found = await lintText(base, path, readFileSync(join(base, path), 'utf8'));
    problems.push(
      ...found.map((problem) => (example ? `${dirname(dirname(dirname(file)))}/${problem}` : problem)),
    );
    problems.push(...unpinned(file, readFileSync(join(root, file), 'utf8')));
  }
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await lintWorkflows();
  for (const problem of problems) console.error(problem);
  console.log(
    problems.length === 0 ? 'Workflows and actions are valid and pinned.' : `${problems.length} problems.`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
