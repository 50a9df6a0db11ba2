import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowFile } from '../domain/doctor/facts.ts';
import { parseWorkflow } from './parse-workflow.ts';

const FOLDER = '.github/workflows';
/** Far above any workflow; GitHub's own limit is lower. */
const MOST_BYTES = 1024 * 1024;

/**
 * Every workflow in a checkout, in the order of their names. One that cannot be read says why: it proves
 * nothing.
 *
 * @param root folder of the checkout
 */
export async function readWorkflows(root: string): Promise<readonly WorkflowFile[]> {
  const names = await readdir(join(root, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  return Promise.all(files.map((name) => readWorkflow(root, `${FOLDER}/${name}`)));
}

async function readWorkflow(root: string, file: string): Promise<WorkflowFile> {
  try {
    const found = await stat(join(root, file));
    if (!found.isFile()) return { kind: 'unread', file, why: 'it is not a regular file' };
    if (found.size > MOST_BYTES) return { kind: 'unread', file, why: 'it is larger than a workflow can be' };
    return parseWorkflow(file, await readFile(join(root, file), 'utf8'));
  } catch (error) {
    return { kind: 'unread', file, why: error instanceof Error ? error.message : String(error) };
  }
}
