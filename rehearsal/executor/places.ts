import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { callerHome, type Home, suiteHome } from './home.ts';
import { parseReference, sameRepository } from './references.ts';
import type { RunRequest } from './request.ts';
import { type StandInName, standInName } from './stand-ins/names.ts';

/** Where the action of a step's `uses:` is. */
export type ActionPlace =
  | { readonly kind: 'stand-in'; readonly name: StandInName }
  | { readonly kind: 'repository'; readonly home: Home; readonly folder: string }
  /** In the workspace, as the job left it. */
  | { readonly kind: 'workspace'; readonly folder: string }
  | { readonly kind: 'refused'; readonly why: string };

/** The repositories that this machine has: the caller and Airlock's own. */
export class Places {
  readonly caller: Home;
  readonly #request: RunRequest;
  readonly #homes = new Map<string, Home>();

  constructor(request: RunRequest) {
    this.#request = request;
    this.caller = this.#callerAt(request.ref, request.sha);
  }

  /** The home of a remote reference; undefined when its code is not on this machine. */
  remote(repository: string, reference: string): Home | undefined {
    const { suite, source } = this.#request;
    const key = `${repository}@${reference}`.toLowerCase();
    const known = this.#homes.get(key);
    if (known !== undefined) return known;
    let home: Home | undefined;
    if (sameRepository(repository, suite.repository)) home = suiteHome(suite, reference);
    else if (sameRepository(repository, this.#request.repository)) {
      const sha = commitOf(source, reference);
      home = sha === undefined ? undefined : this.#callerAt(reference, sha);
    }
    if (home !== undefined) this.#homes.set(key, home);
    return home;
  }

  /** @param home of the file in which the `uses:` stands */
  locateAction(uses: string, home: Home): ActionPlace {
    const reference = parseReference(uses);
    switch (reference.kind) {
      case 'wrong':
        return { kind: 'refused', why: reference.why };
      case 'local':
        return { kind: 'workspace', folder: reference.path };
      case 'self':
        return { kind: 'repository', home, folder: reference.path };
      case 'remote': {
        const standIn = reference.path === '' ? standInName(reference.repository) : undefined;
        if (standIn !== undefined) return { kind: 'stand-in', name: standIn };
        const remote = this.remote(reference.repository, reference.ref);
        if (remote !== undefined) return { kind: 'repository', home: remote, folder: reference.path };
        return { kind: 'refused', why: `\`uses: ${uses}\`: this action's code is not on this machine` };
      }
    }
  }

  #callerAt(ref: string, sha: string): Home {
    const { repository, source, workRoot } = this.#request;
    return callerHome({ repository, source, ref, sha }, join(workRoot, 'repositories', repository));
  }
}

function commitOf(source: string, reference: string): string | undefined {
  try {
    return execFileSync('git', ['-C', source, 'rev-parse', '--verify', '--quiet', `${reference}^{commit}`], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return undefined;
  }
}
