import { Failure } from '../../src/domain/failure.ts';
import { onInterrupts } from '../view/interrupts.ts';
import { type Keyboard, openKeyboard } from '../view/keyboard.ts';
import { openJsonView, openLiveView, openPlainView, type View } from '../view/view.ts';
import type { Reviewer } from './approval.ts';
import { HELP, type RehearseOptions, readCommand } from './options.ts';
import { rehearse } from './rehearse.ts';

const INTERRUPTED = 130;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(explain(error));
  return 1;
});

async function main(args: readonly string[]): Promise<number> {
  const command = readCommand(args);
  if (command.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  return rehearseHere(command.options);
}

/** A rehearsal on this terminal. */
async function rehearseHere(options: RehearseOptions): Promise<number> {
  const isLive = !options.json && process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  const view = viewFor(options, isLive);
  const cancel = new AbortController();
  let endAll: () => Promise<void> = async () => {};
  let keyboard: Keyboard | undefined;
  const interrupts = onInterrupts({
    cancel() {
      cancel.abort(new Error('cancelled'));
      view.show({
        at: new Date(),
        type: 'note',
        text: 'Cancelling the run; once more ends everything at once.',
      });
    },
    end() {
      keyboard?.close();
      view.close();
      endAll().finally(() => process.exit(INTERRUPTED));
    },
  });
  // With the reader gone, or the terminal closed, nobody hears the rest; what runs must still end.
  process.stdout.on('error', () => cancel.abort(new Error('cancelled')));
  process.stderr.on('error', () => {});
  if (isLive && process.stdin.isTTY) keyboard = openKeyboard(process.stdin, interrupts.interrupt);
  try {
    const ending = await rehearse(options, {
      view,
      review: reviewerFor(options, view, keyboard),
      cancelled: cancel.signal,
      onEnd: (end) => {
        endAll = end;
      },
    });
    return ending.foretold ? 0 : 1;
  } finally {
    interrupts.close();
    keyboard?.close();
    view.close();
  }
}

function viewFor(options: RehearseOptions, isLive: boolean): View {
  if (options.json) return openJsonView(process.stdout);
  return isLive ? openLiveView(process.stdout, process.env) : openPlainView(process.stdout, process.env);
}

function reviewerFor({ answer }: RehearseOptions, view: View, keyboard: Keyboard | undefined): Reviewer {
  if (answer !== undefined) return async () => answer;
  if (keyboard !== undefined) return (_environment, signal) => keyboard.answer(signal);
  return async (environment) => {
    const text = `no terminal to ask in: ${environment} is approved (--approve and --reject say it beforehand)`;
    view.show({ at: new Date(), type: 'note', text });
    return 'approved';
  };
}

/** What went wrong and what to do; a stack only for what nobody expected. */
function explain(error: unknown): string {
  if (error instanceof Failure) return `${error.code}: ${error.message}\nNext: ${error.next}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
