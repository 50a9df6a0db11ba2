import type { WorkflowFile } from '../domain/doctor/facts.ts';

/** Reads the workflows of a checkout. */
export interface WorkflowFiles {
  /** Each file of them; one that cannot be read says why. */
  read(): Promise<readonly WorkflowFile[]>;
}
