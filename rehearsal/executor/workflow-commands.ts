/** What one line of a step's output means to the runner. */
export type LineMeaning =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hidden' }
  | {
      readonly kind: 'annotation';
      readonly level: 'notice' | 'warning' | 'error';
      readonly message: string;
      readonly file: string | undefined;
      readonly line: number | undefined;
      readonly title: string | undefined;
    }
  | { readonly kind: 'mask'; readonly secret: string }
  | { readonly kind: 'debug'; readonly message: string }
  /** A command that this executor, or GitHub itself, does not take. */
  | { readonly kind: 'rejected'; readonly why: string };

const COMMAND = /^\s*::(?<name>[A-Za-z][A-Za-z-]*)(?:\s+(?<properties>.*?))?::(?<message>.*)$/;

/** Reads `::command::` lines of one step; knows when the step has stopped them. */
export class WorkflowCommands {
  #stoppedUntil: string | undefined;

  read(line: string): LineMeaning {
    const match = COMMAND.exec(line);
    const name = match?.groups?.name?.toLowerCase() ?? '';
    const message = unescapeData(match?.groups?.message ?? '');
    if (this.#stoppedUntil !== undefined) {
      if (line.trim() !== `::${this.#stoppedUntil}::`) return { kind: 'text', text: line };
      this.#stoppedUntil = undefined;
      return { kind: 'hidden' };
    }
    if (match === null) return { kind: 'text', text: line };
    const properties = readProperties(match.groups?.properties ?? '');
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice': {
        const number = Number(properties.get('line'));
        return {
          kind: 'annotation',
          level: name,
          message,
          file: properties.get('file'),
          line: Number.isInteger(number) && number > 0 ? number : undefined,
          title: properties.get('title'),
        };
      }
      case 'add-mask':
        return { kind: 'mask', secret: message };
      case 'debug':
        return { kind: 'debug', message };
      case 'group':
        return { kind: 'text', text: `##[group]${message}` };
      case 'endgroup':
        return { kind: 'text', text: '##[endgroup]' };
      case 'echo':
        return { kind: 'hidden' };
      case 'stop-commands':
        this.#stoppedUntil = message;
        return { kind: 'hidden' };
      case 'set-output':
      case 'save-state':
      case 'set-env':
      case 'add-path':
      case 'add-matcher':
      case 'remove-matcher':
        return {
          kind: 'rejected',
          why: `The command \`::${name}::\` is not supported; write to the step's command files instead.`,
        };
      default:
        return { kind: 'text', text: line };
    }
  }
}

function readProperties(text: string): ReadonlyMap<string, string> {
  const properties = text.split(',').flatMap((pair): [string, string][] => {
    const equals = pair.indexOf('=');
    return equals < 0
      ? []
      : [[pair.slice(0, equals).trim().toLowerCase(), unescapeProperty(pair.slice(equals + 1))]];
  });
  return new Map(properties);
}

const unescapeData = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

const unescapeProperty = (text: string): string =>
  unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
