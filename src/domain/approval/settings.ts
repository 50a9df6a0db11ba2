/** How an approval by comment must be like, as airlock.yml says it. */
export interface CommentApproval {
  /** Of whom one may say yes. Write access to the repository is asked for beside it. */
  readonly approvers: readonly Approver[];
  /** How long a run waits for its approval, in milliseconds. */
  readonly expiresMs: number;
  /** How many different people must say yes. */
  readonly needed: number;
}

export type Approver =
  | { readonly kind: 'person'; readonly login: string }
  | { readonly kind: 'team'; readonly organization: string; readonly slug: string };

/** As airlock.yml writes it. */
export const nameOfApprover = (approver: Approver): string =>
  approver.kind === 'person' ? approver.login : `@${approver.organization}/${approver.slug}`;

/** Whether the login is named itself. GitHub takes logins for equal whatever their case. */
export const isNamed = (approvers: readonly Approver[], login: string): boolean =>
  approvers.some((one) => one.kind === 'person' && one.login.toLowerCase() === login.toLowerCase());
