/**
 * `/pattern/` conditions of smoke checks, matched in time that grows with text × pattern and never worse.
 *
 * JavaScript's own engine backtracks: one careless `(a+)+$` against a page it does not like stops the
 * process for hours, and no timer can fire meanwhile. So patterns run here as a set of states walked once
 * over the text. What a set of states cannot know (back-references, look-around) is refused by name.
 */
export interface Pattern {
  readonly source: string;
  /** Whether the pattern matches anywhere in the text. */
  test(text: string): boolean;
}

/** A pattern that cannot be used; the message says why. */
export class PatternError extends Error {}

/** The source between the slashes of a `/pattern/`, or undefined when the text is to be taken as it is. */
export const patternSource = (text: string): string | undefined =>
  text.length > 2 && text.startsWith('/') && text.endsWith('/') ? text.slice(1, -1) : undefined;

/** Repeats are written out (`a{3}` is three states), so this also bounds `(x{99}){99}`. */
const MOST_STATES = 2_000;
const MOST_CHARACTERS = 500;

type Node =
  | { readonly kind: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'edge'; readonly holds: (before: string, after: string) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

/**
 * Reads a pattern in JavaScript's own syntax (with its `u` flag, case-sensitive, `^` and `$` at the ends of
 * the text).
 *
 * @throws PatternError when it is not valid, not supported or too large
 */
export function parsePattern(source: string): Pattern {
  if (source.length > MOST_CHARACTERS) {
    throw new PatternError(`the pattern is longer than ${MOST_CHARACTERS} characters`);
  }
  try {
    new RegExp(source, 'u');
  } catch (cause) {
    throw new PatternError(cause instanceof Error ? cause.message : 'the pattern is not valid', { cause });
  }
  const start = compile(new Parser(source).parse());
  return { source, test: (text) => walk(start, text) };
}

/** Finds the parts of a pattern that JavaScript has already accepted. */
class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Node {
    const options = [this.#sequence()];
    while (this.#take(/\|/y)) options.push(this.#sequence());
    return { kind: 'choice', options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#at))) {
      parts.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #repeated(part: Node): Node {
    const quantifier = this.#take(/(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y);
    if (!quantifier) return part;
    const [sign = '', count, comma, limit] = quantifier;
    if (count === undefined) {
      return { kind: 'repeat', part, least: sign[0] === '+' ? 1 : 0, most: sign[0] === '?' ? 1 : Infinity };
    }
    const most = comma === '' ? Number(count) : limit ? Number(limit) : Infinity;
    return { kind: 'repeat', part, least: Number(count), most };
  }

  #atom(): Node {
    if (this.#take(/\((?:\?:)?(?!\?)/y)) {
      const inside = this.parse();
      this.#take(/\)/y);
      return inside;
    }
    if (this.#take(/\^/y)) return { kind: 'edge', holds: (before) => before === '' };
    if (this.#take(/\$/y)) return { kind: 'edge', holds: (_before, after) => after === '' };
    const boundary = this.#take(/\\([bB])/y);
    if (boundary) {
      const wanted = boundary[1] === 'b';
      return {
        kind: 'edge',
        holds: (before, after) => (/^\w$/.test(before) !== /^\w$/.test(after)) === wanted,
      };
    }
    const unsupported = this.#take(/\(\?<?[=!]|\(\?[^)]{0,8}|\\k<\w+>|\\[1-9]/y);
    if (unsupported) {
      throw new PatternError(
        `${unsupported[0]} is not supported: patterns here know no look-around, back-references or named groups`,
      );
    }
    // One character of text against one class of characters: JavaScript's engine cannot backtrack on that.
    const single = this.#take(
      /\[(?:\\.|[^\]\\])*\]|\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[pP]\{[^}]+\}|\\c[a-z]|\\.|./isuy,
    );
    const expression = new RegExp(`^${single?.[0] ?? ''}$`, 'u');
    return { kind: 'character', accepts: (character) => expression.test(character) };
  }

  #take(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#source);
    if (found) this.#at += found[0].length;
    return found;
  }
}

type State =
  | { readonly kind: 'end' }
  | { readonly kind: 'character'; readonly accepts: (character: string) => boolean; readonly next: State }
  | {
      readonly kind: 'edge';
      readonly holds: (before: string, after: string) => boolean;
      readonly next: State;
    }
  | { readonly kind: 'fork'; readonly next: State[] };

/** Links the nodes into states, last to first, so that each knows what follows it. */
function compile(root: Node): State {
  let states = 0;
  const link = (node: Node, next: State): State => {
    states += 1;
    if (states > MOST_STATES) throw new PatternError('the pattern repeats too much: write it smaller');
    switch (node.kind) {
      case 'character':
      case 'edge':
        return { ...node, next };
      case 'sequence':
        return node.parts.reduceRight((after, part) => link(part, after), next);
      case 'choice':
        return { kind: 'fork', next: node.options.map((option) => link(option, next)) };
      case 'repeat':
        return link(leastPart(node), repeatTail(node, next));
    }
  };
  const leastPart = (node: Node & { kind: 'repeat' }): Node => ({
    kind: 'sequence',
    parts: Array.from({ length: Math.min(node.least, MOST_STATES + 1) }, () => node.part),
  });
  const repeatTail = (node: Node & { kind: 'repeat' }, next: State): State => {
    if (node.most === Infinity) {
      const loop: State = { kind: 'fork', next: [next] };
      loop.next.push(link(node.part, loop));
      return loop;
    }
    let tail = next;
    for (let optional = node.least; optional < node.most; optional += 1) {
      tail = { kind: 'fork', next: [next, link(node.part, tail)] };
    }
    return tail;
  };
  return link(root, { kind: 'end' });
}

/** Walks all states at once over the text; a new attempt starts at every character. */
function walk(start: State, text: string): boolean {
  const characters = [...text];
  let active = new Set<State>();
  for (let at = 0; at <= characters.length; at += 1) {
    const before = characters[at - 1] ?? '';
    const after = characters[at] ?? '';
    const reached = new Set<State>();
    const pending: State[] = [start, ...active];
    for (let state = pending.pop(); state; state = pending.pop()) {
      if (reached.has(state)) continue;
      reached.add(state);
      if (state.kind === 'end') return true;
      if (state.kind === 'fork') pending.push(...state.next);
      if (state.kind === 'edge' && state.holds(before, after)) pending.push(state.next);
    }
    active = new Set();
    for (const state of reached) {
      if (state.kind === 'character' && after !== '' && state.accepts(after)) active.add(state.next);
    }
  }
  return false;
}
