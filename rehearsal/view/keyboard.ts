/** The part of a terminal's input that is needed: keys as they are pressed. */
export interface KeyInput {
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (data: Buffer) => void): unknown;
  off(event: 'data', listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** What a person can say with a key. */
type Key = 'approve' | 'reject' | 'interrupt';

const KEYS: Readonly<Record<string, Key>> = {
  a: 'approve',
  A: 'approve',
  y: 'approve',
  Y: 'approve',
  r: 'reject',
  R: 'reject',
  n: 'reject',
  N: 'reject',
  // In raw mode the terminal hands Ctrl-C on as a character instead of a signal.
  '\u0003': 'interrupt',
};

export interface Keyboard {
  /** The answer to the question on screen; rejects with the signal's reason when it is aborted. */
  answer(signal: AbortSignal): Promise<'approved' | 'rejected'>;
  /** Gives the keyboard back to the shell. */
  close(): void;
}

/** Reads single keys. Only keys pressed while a question stands count as its answer. */
export function openKeyboard(input: KeyInput, onInterrupt: () => void): Keyboard {
  let answerWith: ((key: 'approve' | 'reject') => void) | undefined;
  const onData = (data: Buffer) => {
    for (const character of data.toString('utf8')) {
      const key = KEYS[character];
      if (key === 'interrupt') onInterrupt();
      else if (key !== undefined) answerWith?.(key);
    }
  };
  input.setRawMode?.(true);
  input.on('data', onData);
  input.resume();
  return {
    answer: (signal) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          answerWith = undefined;
          reject(signal.reason);
        };
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        answerWith = (key) => {
          answerWith = undefined;
          signal.removeEventListener('abort', stop);
          resolve(key === 'approve' ? 'approved' : 'rejected');
        };
      }),
    close() {
      input.off('data', onData);
      input.setRawMode?.(false);
      input.pause();
    },
  };
}
