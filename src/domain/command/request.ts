import { parseCommand } from './parse.ts';

/** What a comment may ask for beside an approval, which has an issue and words of its own. */
const COMMANDS = ['lock', 'unlock', 'hold', 'release', 'status', 'deploy'] as const;
type CommandWord = (typeof COMMANDS)[number];

export type CommandRequest =
  | {
      readonly word: 'lock' | 'unlock';
      readonly environment: string;
      readonly until: string;
      readonly reason: string;
    }
  | {
      readonly word: 'hold' | 'release';
      readonly release: string;
      readonly until: string;
      readonly reason: string;
    }
  | { readonly word: 'status' | 'deploy'; readonly environment: string };

export type RequestReading =
  | { readonly kind: 'request'; readonly request: CommandRequest }
  /** Somebody talks to people. */
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly why: string };

const USAGE: Readonly<Record<CommandWord, string>> = {
  lock: '/lock <environment> [for 4h] <reason>',
  unlock: '/unlock <environment> <reason>',
  hold: '/hold <version or digest> [for 2d] <reason>',
  release: '/release <version or digest> <reason>',
  status: '/status <environment>',
  deploy: '/deploy <environment>',
};

/** An end, where the reason begins with one: `for 4h`, `until 2026-11-24T08:00Z`. A word without a digit is a reason. */
const END = /^(?:for|until) (\d\S*)(?: +(.*))?$/su;

/** What a comment asks for. What has a part too few or too many asks for nothing: it is answered, not guessed. */
export function readRequest(body: string): RequestReading {
  const reading = parseCommand(body, COMMANDS);
  if (reading.kind !== 'command') return reading;
  const { word, args } = reading;
  const [, subject = '', rest = ''] = /^(\S*) *(.*)$/su.exec(args) ?? [];
  const incomplete = (why: string): RequestReading => ({
    kind: 'malformed',
    why: `${why}: it is written ${USAGE[word]}`,
  });
  if (subject === '') return incomplete(`\`/${word}\` does not say of what`);
  switch (word) {
    case 'status':
    case 'deploy':
      return rest === ''
        ? { kind: 'request', request: { word, environment: subject } }
        : incomplete(`\`/${word}\` takes one environment and nothing else`);
    case 'lock':
    case 'hold': {
      const [, until = '', after = ''] = END.exec(rest) ?? [];
      const reason = until === '' ? rest : after;
      if (reason === '') return incomplete(`\`/${word}\` says no reason`);
      return word === 'lock'
        ? { kind: 'request', request: { word, environment: subject, until, reason } }
        : { kind: 'request', request: { word, release: subject, until, reason } };
    }
    case 'unlock':
      if (rest === '') return incomplete('`/unlock` says no reason');
      return { kind: 'request', request: { word, environment: subject, until: '', reason: rest } };
    case 'release':
      if (rest === '') return incomplete('`/release` says no reason');
      return { kind: 'request', request: { word, release: subject, until: '', reason: rest } };
  }
}
