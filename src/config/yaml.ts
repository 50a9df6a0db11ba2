import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import { ConfigurationFailure, type Problem, quote } from './problem.ts';

/** A real airlock.yml is a few kilobytes. YAML's reader needs seconds for hostile files far above this. */
export const MOST_BYTES = 256 * 1024;
/** Aliases repeat what they name: this bounds what a small file can unfold to. */
const MOST_VALUES = 10_000;
const MOST_LEVELS = 32;
const MOST_SYNTAX_PROBLEMS = 20;

export type Path = readonly PropertyKey[];

/** The file as plain values, and where each of them stands. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** A problem at the key of this path, or at its value. What is not in the file is put at what holds it. */
  problem(path: Path, part: 'key' | 'value', message: string): Problem;
}

/**
 * Reads the one YAML document of a configuration file.
 *
 * @throws ConfigurationFailure with everything that is wrong with it as YAML
 */
export function readYaml(bytes: Uint8Array, file: string): Source {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refuse = (message: string, offset = 0) =>
    new ConfigurationFailure(file, [{ at: at(offset), message }]);

  if (bytes.length > MOST_BYTES) throw refuse(`is larger than ${MOST_BYTES / 1024} KiB`);
  const text = decode(bytes);
  if (text === undefined) throw refuse('is not UTF-8: save the file as UTF-8');

  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Compared pair by pair it is quadratic; `Reading` finds duplicates with a map, and says where.
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const [document, second] = documents;
  if (document === undefined) throw refuse('is empty');
  const wrong: readonly YAMLError[] = [...document.errors, ...document.warnings];
  if (wrong.length > 0) {
    throw new ConfigurationFailure(
      file,
      wrong.slice(0, MOST_SYNTAX_PROBLEMS).map(({ code, pos, message }) => ({
        at: at(pos[0]),
        message:
          code === 'RESOURCE_EXHAUSTION' ? 'is nested too deeply' : `is not valid YAML: ${oneLine(message)}`,
      })),
    );
  }
  if (second !== undefined)
    throw refuse('must be one YAML document, but a second one starts here', second.range[0]);

  const reading = new Reading(document);
  const value = reading.read();
  if (reading.problems.length > 0) {
    throw new ConfigurationFailure(
      file,
      reading.problems.map(({ offset, message }) => ({ at: at(offset), message })),
    );
  }
  if (value === null) throw refuse('is empty');
  return {
    file,
    value,
    problem: (path, part, message) => ({ at: at(reading.offset(path, part)), message }),
  };
}

/** UTF-8 text without its byte order mark; undefined when the bytes are something else. */
function decode(bytes: Uint8Array): string | undefined {
  // YAML may not hold NUL at all; where one stands, the bytes are UTF-16 or no text.
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const oneLine = (message: string): string => message.replaceAll(/\s+/g, ' ').slice(0, 200);

/** One pass over the document's nodes: plain values out, offsets and problems kept. */
class Reading {
  readonly problems: { readonly offset: number; readonly message: string }[] = [];
  readonly #document: Document;
  readonly #offsets = new Map<string, { readonly key: number; readonly value: number }>();
  #values = 0;
  #isExhausted = false;

  constructor(document: Document) {
    this.#document = document;
  }

  read(): unknown {
    return this.#value(this.#document.contents, [], 0);
  }

  offset(path: Path, part: 'key' | 'value'): number {
    const found = this.#offsets.get(nameOf(path));
    if (found) return found[part];
    // A missing key is put at the key of the mapping it is missing from.
    return path.length === 0 ? 0 : this.offset(path.slice(0, -1), 'key');
  }

  #value(node: unknown, path: Path, keyOffset: number): unknown {
    const offset = startOf(node) ?? keyOffset;
    if (!this.#offsets.has(nameOf(path))) this.#offsets.set(nameOf(path), { key: keyOffset, value: offset });
    if (!this.#mayGoOn(path, offset)) return null;
    if (isAlias(node)) {
      const named = node.resolve(this.#document);
      if (named) return this.#value(named, path, keyOffset);
      this.#report(offset, `nothing before this is called ${quote(`&${node.source}`)}`);
      return null;
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.tag !== undefined) {
      this.#report(offset, `YAML tags such as ${quote(node.tag)} are not supported`);
      return null;
    }
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, index) => this.#value(item, [...path, index], offset));
    if (isMap(node)) return this.#mapping(node.items, path, offset);
    return null;
  }

  #mapping(pairs: readonly Pair[], path: Path, offset: number): Record<string, unknown> {
    const seen = new Map<string, number>();
    const entries: [string, unknown][] = [];
    for (const pair of pairs) {
      const keyOffset = startOf(pair.key) ?? offset;
      const key = keyText(pair.key);
      if (key === undefined) {
        this.#report(keyOffset, 'a key must be plain text');
      } else if (key === '<<') {
        this.#report(keyOffset, 'merge keys (`<<`) are not supported: write the keys out');
      } else if (key === '__proto__') {
        this.#report(keyOffset, '`__proto__` cannot be a key');
      } else if (seen.has(key)) {
        this.#report(keyOffset, `${quote(key)} is here twice`);
      } else {
        seen.set(key, keyOffset);
        entries.push([key, this.#value(pair.value, [...path, key], keyOffset)]);
      }
    }
    return Object.fromEntries(entries);
  }

  #mayGoOn(path: Path, offset: number): boolean {
    if (this.#isExhausted) return false;
    this.#values += 1;
    if (path.length > MOST_LEVELS) {
      this.#report(offset, `is nested deeper than ${MOST_LEVELS} levels`);
      this.#isExhausted = true;
    } else if (this.#values > MOST_VALUES) {
      this.#report(offset, `unfolds to more than ${MOST_VALUES} values`);
      this.#isExhausted = true;
    }
    return !this.#isExhausted;
  }

  #report(offset: number, message: string): void {
    this.problems.push({ offset, message });
  }
}

const nameOf = (path: Path): string => JSON.stringify(path.map(String));

const startOf = (node: unknown): number | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;

/** A key as it is written: `404` and `true` are texts when they are keys. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null || key.tag !== undefined) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}
