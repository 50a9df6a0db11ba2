import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onInterrupts } from '../../../rehearsal/view/interrupts.ts';
import { openKeyboard } from '../../../rehearsal/view/keyboard.ts';

class Terminal extends EventEmitter {
  raw = false;
  setRawMode(on: boolean) {
    this.raw = on;
  }
  resume() {}
  pause() {}
  press(keys: string) {
    this.emit('data', Buffer.from(keys));
  }
}

describe('the keyboard', () => {
  it('answers with the key pressed while the question stands, and not with earlier ones', async () => {
    const terminal = new Terminal();
    const keyboard = openKeyboard(terminal, () => {});
    terminal.press('r');
    const answer = keyboard.answer(AbortSignal.timeout(5_000));
    terminal.press('x');
    terminal.press('a');
    terminal.press('r');
    expect(await answer).toBe('approved');
    const second = keyboard.answer(AbortSignal.timeout(5_000));
    terminal.press('R');
    expect(await second).toBe('rejected');
  });

  it.each([
    ['y', 'approved'],
    ['N', 'rejected'],
  ])('takes %s for a plain answer', async (key, verdict) => {
    const terminal = new Terminal();
    const answer = openKeyboard(terminal, () => {}).answer(AbortSignal.timeout(5_000));
    terminal.press(key);
    expect(await answer).toBe(verdict);
  });

  it('stops asking when the run is cancelled', async () => {
    const stop = new AbortController();
    const keyboard = openKeyboard(new Terminal(), () => {});
    const answer = keyboard.answer(stop.signal);
    stop.abort(new Error('cancelled'));
    await expect(answer).rejects.toThrow('cancelled');
    await expect(keyboard.answer(stop.signal)).rejects.toThrow('cancelled');
  });

  it('takes Ctrl-C as an interrupt and gives the terminal back', () => {
    const terminal = new Terminal();
    let interrupts = 0;
    const keyboard = openKeyboard(terminal, () => {
      interrupts += 1;
    });
    expect(terminal.raw).toBe(true);
    terminal.press('\u0003');
    keyboard.close();
    terminal.press('\u0003');
    expect(interrupts).toBe(1);
    expect(terminal.raw).toBe(false);
  });
});

describe('interrupts', () => {
  function listening() {
    const source = new EventEmitter();
    const heard: string[] = [];
    let time = 0;
    const interrupts = onInterrupts(
      { cancel: () => heard.push('cancel'), end: () => heard.push('end') },
      source as unknown as NodeJS.Process,
      () => time,
    );
    return { source, heard, interrupts, pass: (milliseconds: number) => (time += milliseconds) };
  }

  it('the first cancels, the second ends', () => {
    const { source, heard, interrupts, pass } = listening();
    source.emit('SIGINT');
    pass(1_000);
    interrupts.interrupt();
    expect(heard).toEqual(['cancel', 'end']);
  });

  it('one press that arrives twice is one', () => {
    const { source, heard, pass } = listening();
    source.emit('SIGINT');
    pass(5);
    source.emit('SIGINT');
    expect(heard).toEqual(['cancel']);
  });

  it('stops listening', () => {
    const { source, heard, interrupts } = listening();
    interrupts.close();
    expect(source.listenerCount('SIGTERM')).toBe(0);
    expect(heard).toEqual([]);
  });
});
