import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { type LocalState, readState, stateFile } from '../state.ts';

/** The state of the environment; the daemon is its only writer. */
export interface StateStore {
  readonly state: LocalState;
  /** When this returns, the next state is on disk and holds, whatever happens to the process. */
  save(next: LocalState): void;
}

/** Writes at once and in one piece: a reader, or the next daemon, sees the old state or the new one. */
export class FileStateStore implements StateStore {
  readonly #directory: string;
  #state: LocalState;

  constructor(directory: string) {
    this.#directory = directory;
    this.#state = readState(directory);
  }

  get state(): LocalState {
    return this.#state;
  }

  save(next: LocalState): void {
    const file = stateFile(this.#directory);
    const temporary = `${file}.new`;
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(descriptor, `${JSON.stringify(next, null, 2)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
    syncFolder(this.#directory);
    this.#state = next;
  }
}

/** The rename itself is only on disk when its folder is. */
function syncFolder(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
