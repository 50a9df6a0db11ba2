import type { SettingsFacts } from '../domain/doctor/facts.ts';

/** Reads how a repository is set up. Never changes anything. */
export interface RepositorySettings {
  /**
   * Asks one question after the other; what GitHub does not answer is `unread`, with the permission that
   * is missing. Throws `Failure` only when nothing can be read at all: the token is not accepted, or there
   * is no such repository.
   *
   * @param environments names of the environments to look at
   */
  read(environments: readonly string[]): Promise<SettingsFacts>;
}
