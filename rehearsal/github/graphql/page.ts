import { GraphQLError } from 'graphql';

/** GitHub refuses longer pages. */
export const LONGEST_PAGE = 100;

/** What is asked of every list. */
export interface Page {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
  readonly before?: string;
}

/** An error with GitHub's `type` for it. */
export const error = (message: string, type: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } });

/** How many are asked for; a list of no size, or of too many, is refused as GitHub does. */
export function sizeOf(connection: string, { first, last }: Page): number {
  const size = first ?? last;
  if (size === undefined)
    throw error(
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${connection}\` connection.`,
      'MISSING_PAGINATION_BOUNDARIES',
    );
  if (size < 1 || size > LONGEST_PAGE)
    throw error(
      `Requesting ${size} records on the \`${connection}\` connection exceeds the limit of ${LONGEST_PAGE} records.`,
      'EXCESSIVE_PAGINATION',
    );
  return size;
}
