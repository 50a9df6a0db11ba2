import { type DocumentNode, Kind, type SelectionSetNode, type ValueNode } from 'graphql';
import { error } from './page.ts';

/** GitHub answers no query that could come to more nodes, whether or not there are so many. */
const MOST_NODES = 500_000;

/** Refuses what asks for lists of lists without measure, as GitHub does before it looks for anything. */
export function refuseTooMuch(document: DocumentNode, variables: Readonly<Record<string, unknown>>): void {
  const numberIn = (value: ValueNode): number =>
    Number(
      value.kind === Kind.VARIABLE
        ? variables[value.name.value]
        : value.kind === Kind.INT
          ? value.value
          : Number.NaN,
    );
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet] as const] : [],
    ),
  );
  const count = (set: SelectionSetNode | undefined, times: number): number => {
    let nodes = 0;
    for (const one of set?.selections ?? []) {
      if (one.kind === Kind.FRAGMENT_SPREAD) nodes += count(fragments.get(one.name.value), times);
      else if (one.kind === Kind.INLINE_FRAGMENT) nodes += count(one.selectionSet, times);
      else {
        const size = one.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last');
        const each = size === undefined ? undefined : times * numberIn(size.value);
        nodes += (each ?? 0) + count(one.selectionSet, each ?? times);
      }
    }
    return nodes;
  };
  const nodes = document.definitions.reduce(
    (sum, one) => sum + (one.kind === Kind.OPERATION_DEFINITION ? count(one.selectionSet, 1) : 0),
    0,
  );
  if (nodes > MOST_NODES)
    throw error(
      `This query requests up to ${nodes} possible nodes which exceeds the maximum limit of ${MOST_NODES}.`,
      'MAX_NODE_LIMIT_EXCEEDED',
    );
}
