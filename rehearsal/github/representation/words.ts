import { createHash } from 'node:crypto';
import { complete } from '../openapi/description.ts';
import { fullName, type Repository } from '../state.ts';

export type Json = Record<string, unknown>;

/** GitHub tells time in whole seconds. */
export const iso = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

export const nodeId = (kind: string, id: number | string): string =>
  `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;

/** A number for what the fake keeps under a name alone, always the same for one name. */
export const numberOf = (text: string): number =>
  createHash('sha256').update(text).digest().readUInt32BE(0) >>> 1;

/** Login of the account that an address names, as REST has it. Of all addresses only GitHub's own are known here. */
export const loginAt = (email: string): string | undefined =>
  email === 'noreply@github.com'
    ? 'web-flow'
    : /^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$/.exec(email)?.[1];

/** Parts that many of GitHub's answers share. */
export type Words = ReturnType<typeof createWords>;

/** @param api address of the REST API, known once the server listens */
export function createWords(api: () => string) {
  const base = (repository: Repository): string => `${api()}/repos/${fullName(repository)}`;
  const html = (repository: Repository): string => `${api()}/${fullName(repository)}`;

  const user = (login: string): Json =>
    complete('simple-user', `${api()}/users/${encodeURIComponent(login)}`, {
      login,
      id: numberOf(login),
      node_id: nodeId('U', login),
      type: login.endsWith('[bot]') ? 'Bot' : 'User',
    });

  const identity = (repository: Repository): Json => ({
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.visibility === 'private',
    owner: { ...user(repository.owner), type: repository.settings.owner.kind },
    html_url: html(repository),
    url: base(repository),
  });

  return { api, base, html, user, identity };
}
