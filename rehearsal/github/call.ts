import type { Permissions } from '../executor/run-service.ts';
import type { Representation } from './representation.ts';
import type { Repository, State, Token } from './state.ts';

/** One request that passed the token, the permission and the description. */
export interface Call<Body = Readonly<Record<string, never>>> {
  readonly state: State;
  readonly show: Representation;
  readonly repository: Repository;
  readonly token: Token;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Body;
}

export interface Answer {
  readonly status: 200 | 201 | 202 | 204;
  readonly body: unknown;
  /** The whole list that `body` would be: the server cuts the page that was asked for. */
  readonly list?: readonly unknown[];
  /** Puts a page into the envelope that some lists have. */
  readonly envelope?: (page: readonly unknown[]) => unknown;
}

/** An answer that is an error, in GitHub's shape. */
export class Refusal extends Error {
  readonly status: 401 | 403 | 404 | 409 | 422;
  readonly errors: readonly Readonly<Record<string, unknown>>[] | undefined;

  constructor(status: Refusal['status'], message: string, errors?: Refusal['errors']) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = (): Refusal => new Refusal(404, 'Not Found');

export const invalid = (resource: string, field: string, message: string): Refusal =>
  new Refusal(422, 'Validation Failed', [{ resource, field, code: 'custom', message }]);

/** What a token must be allowed: one of these sets. Metadata may always be read. */
export type Needs = readonly Permissions[];

export interface Route {
  readonly needs: Needs;
  readonly handle: (call: Call<never>) => Answer;
}

/** A route whose body has the shape that the description was checked to give it. */
export const route = <Body>(needs: Needs, handle: (call: Call<Body>) => Answer): Route => ({
  needs,
  handle: handle as Route['handle'],
});

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });

/** A list, cut into pages by the server. */
export const listed = (list: readonly unknown[], envelope?: Answer['envelope']): Answer =>
  envelope === undefined ? { status: 200, body: [], list } : { status: 200, body: {}, list, envelope };

/** The path's number of that name. */
export const number = (call: { path: Readonly<Record<string, string>> }, name: string): number =>
  Number(call.path[name]);
