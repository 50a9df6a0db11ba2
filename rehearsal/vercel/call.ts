import type { Account, Plan, Project, State, Token } from './state.ts';

/** One request that passed the token and the scope. */
export interface Call<Body = Readonly<Record<string, never>>> {
  readonly state: State;
  readonly token: Token;
  readonly account: Account;
  /** The address of the API, for links into itself. */
  readonly url: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly body: Body;
  /** The body as it came. */
  readonly bytes: Buffer;
}

export interface Answer {
  readonly status: 200 | 201 | 202;
  /** None: an empty body. */
  readonly body?: unknown;
}

/** An answer that is an error, in Vercel's shape. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 402 | 403 | 404 | 409 | 422 | 426 | 429;
  readonly code: string;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: Refusal['status'], code: string, message: string, extra: Refusal['extra'] = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}

export const badRequest = (message: string): Refusal => new Refusal(400, 'bad_request', message);
export const notFound = (message: string): Refusal => new Refusal(404, 'not_found', message);

export interface Route {
  /** What it is called in Vercel's SDK. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** In Hono's form. */
  readonly path: string;
  /** Whether it is about a person rather than a project: tokens of a project are refused. */
  readonly ofPerson?: boolean;
  readonly handle: (call: Call<never>) => Answer | Promise<Answer>;
}

/** A route whose body is read as the given shape: as with the real one, what is not looked at is not checked. */
export const route = <Body = Readonly<Record<string, never>>>(
  operation: string,
  method: Route['method'],
  path: string,
  handle: (call: Call<Body>) => Answer | Promise<Answer>,
): Route => ({ operation, method, path, handle: handle as Route['handle'] });

export const ok = (body?: unknown): Answer => ({ status: 200, body });
export const created = (body?: unknown): Answer => ({ status: 201, body });

const PLANS: readonly Plan[] = ['hobby', 'pro', 'enterprise'];

/** Refuses what the account's plan does not have. */
export function needPlan(project: Project, least: Plan, what: string): void {
  if (PLANS.indexOf(project.account.plan) < PLANS.indexOf(least))
    throw new Refusal(
      402,
      'payment_required',
      `${what} is not available on the ${project.account.plan} plan`,
    );
}
