import { createLogUpdate } from 'log-update';
import { frame, lastFrame } from './frame.ts';
import { plainLines } from './plain.ts';
import { plainEvent } from './plain-text.ts';
import { penFor, screenOf } from './screen.ts';
import { EMPTY, type RehearsalState, reduce } from './state.ts';
import type { ViewEvent } from './story.ts';

/** Shows a rehearsal as it goes. */
export interface View {
  show(event: ViewEvent): void;
  /** Leaves the last picture behind and gives the terminal back. A second call does nothing. */
  close(): void;
}

/** The part of a terminal or a file that a view writes to. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

type Environment = Readonly<Record<string, string | undefined>>;

const FRAME_EVERY_MS = 100;

/** The moving picture for a terminal. */
export function openLiveView(output: NodeJS.WriteStream, environment: Environment): View {
  const paint = createLogUpdate(output);
  let state: RehearsalState = EMPTY;
  let closed = false;
  const draw = () => {
    const screen = screenOf(output, environment);
    const lines = frame(state, screen, new Date());
    // Always as high as the screen: log-update's patches lose lines when one is put in between.
    const rest = Array.from({ length: Math.max(0, screen.rows - 1 - lines.length) }, () => '');
    paint([...lines, ...rest].join('\n'));
  };
  const resize = () => {
    paint.clear();
    draw();
  };
  const timer = setInterval(draw, FRAME_EVERY_MS);
  output.on('resize', resize);
  return {
    show(event) {
      state = reduce(state, plainEvent(event, screenOf(output, environment).unicode));
    },
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      output.off('resize', resize);
      paint.clear();
      paint.done();
      output.write(`${lastFrame(state, screenOf(output, environment), new Date()).join('\n')}\n`);
    },
  };
}

/** Lines for a log, a pipe or a CI job. */
export function openPlainView(output: Output, environment: Environment): View {
  const screen = screenOf(output, environment);
  const colour = screen.colour && output.isTTY === true;
  const linesOf = plainLines(penFor({ ...screen, colour }));
  return {
    show(event) {
      for (const line of linesOf(plainEvent(event, screen.unicode))) output.write(`${line}\n`);
    },
    close() {},
  };
}

/** One JSON object a line: the events as they are, with the version of their shape (see README.md). */
export function openJsonView(output: Output): View {
  return {
    show(event) {
      output.write(`${JSON.stringify({ v: 1, ...event })}\n`);
    },
    close() {},
  };
}
