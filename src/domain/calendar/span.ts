/** From a moment on and up to another, not included; both in milliseconds on any one scale. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The same time as few spans in order: those that overlap or touch become one, empty ones go. */
export function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && span.from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else result.push(span);
  }
  return result;
}

/** What is left of `spans` outside `holes`; both merged. */
export function without(spans: readonly Span[], holes: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  let next = 0;
  for (const span of spans) {
    while (next < holes.length && (holes[next]?.to ?? 0) <= span.from) next += 1;
    let from = span.from;
    for (let index = next; index < holes.length; index += 1) {
      const hole = holes[index];
      if (!hole || hole.from >= span.to) break;
      if (from < hole.from) result.push({ from, to: hole.from });
      from = hole.to;
    }
    if (from < span.to) result.push({ from, to: span.to });
  }
  return result;
}

/** The part of a span inside another; empty (`from` not before `to`) where they do not meet. */
export const intersection = (one: Span, other: Span): Span => ({
  from: Math.max(one.from, other.from),
  to: Math.min(one.to, other.to),
});
