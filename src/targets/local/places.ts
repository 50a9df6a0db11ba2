import { homedir } from 'node:os';
import path from 'node:path';

/** Which environment of which app, and where this machine keeps its environments. */
export interface LocalEnvironment {
  readonly app: string;
  readonly environment: string;
  /** The `state` setting: a folder, `~/` allowed; undefined for the default. */
  readonly state: string | undefined;
}

const DEFAULT_STATE = '~/.airlock';

/** Absolute path of the folder that holds everything of one environment. */
export function environmentDirectory({ app, environment, state = DEFAULT_STATE }: LocalEnvironment): string {
  const root = state.startsWith('~/') ? path.join(homedir(), state.slice(2)) : path.resolve(state);
  return path.join(root, folderName(app), folderName(environment));
}

/** A name as one folder: `preview/7` or `..` must not climb. */
const folderName = (name: string): string => encodeURIComponent(name).replaceAll('.', '%2E');

export const daemonFile = (directory: string): string => path.join(directory, 'daemon.json');
export const daemonLog = (directory: string): string => path.join(directory, 'daemon.log');
