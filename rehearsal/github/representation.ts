import { deployments } from './representation/deployments.ts';
import { git } from './representation/git.ts';
import { repositories } from './representation/repositories.ts';
import { runs } from './representation/runs.ts';
import { settings } from './representation/settings.ts';
import { threads } from './representation/threads.ts';
import { createWords } from './representation/words.ts';

/** How GitHub's REST API words the fake's records. */
export type Representation = ReturnType<typeof createRepresentation>;

/** @param api address of the REST API, known once the server listens */
export function createRepresentation(api: () => string) {
  const words = createWords(api);
  return {
    user: words.user,
    ...repositories(words),
    ...git(words),
    ...threads(words),
    ...deployments(words),
    ...runs(words),
    ...settings(words),
  };
}
