import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { EMPTY, type RehearsalState, reduce } from '../view/state.ts';
import type { StoryEvent, ViewEvent } from '../view/story.ts';
import { openJsonView, type View } from '../view/view.ts';

/** Passes every event on to the view, keeps all of them in a file, and knows the state they make. */
export interface Recorder {
  readonly state: RehearsalState;
  show(event: ViewEvent): void;
  tell(event: Untimed<StoryEvent>): void;
  close(): Promise<void>;
}

type Untimed<E> = E extends { at: Date } ? Omit<E, 'at'> : never;

/** @param file gets the events as JSON lines */
export function openRecorder(view: View, file: string): Recorder {
  const stream = createWriteStream(file);
  const kept = openJsonView(stream);
  let state = EMPTY;
  const show = (event: ViewEvent) => {
    state = reduce(state, event);
    kept.show(event);
    view.show(event);
  };
  return {
    get state() {
      return state;
    },
    show,
    tell: (event) => show({ at: new Date(), ...event } as ViewEvent),
    async close() {
      stream.end();
      await finished(stream);
    },
  };
}
