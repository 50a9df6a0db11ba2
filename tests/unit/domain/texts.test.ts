import { describe, expect, it } from 'vitest';
import { describeDuration } from '../../../src/domain/duration.ts';
import { outputTail, plainOutput } from '../../../src/domain/output.ts';
import { describeBytes } from '../../../src/domain/size.ts';
import { Tail } from '../../../src/domain/tail.ts';
import { timeline } from '../../../src/domain/timeline.ts';

describe('describeBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [14_541, '14.2 KiB'],
    [3 * 1024 ** 2, '3.00 MiB'],
    [5 * 1024 ** 4, '5.00 TiB'],
    [5 * 1024 ** 5, '5120.0 TiB'],
  ])('%i → %s', (bytes, words) => expect(describeBytes(bytes)).toBe(words));
});

describe('describeDuration', () => {
  it.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [12_449, '12.4 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min 0 s'],
    [185_500, '3 min 5 s'],
  ])('%i → %s', (milliseconds, words) => expect(describeDuration(milliseconds)).toBe(words));
});

describe('plainOutput', () => {
  it.each([
    ['colours', '\u001b[1m\u001b[31mred\u001b[39m!', 'red!'],
    ['links', '\u001b]8;;http://x\u0007text\u001b]8;;\u0007', 'text'],
    ['progress that was written over', '10 %\r50 %\r100 %\nnext', '100 %\nnext'],
    ['Windows line ends', 'a\r\nb\r\n', 'a\nb\n'],
    ['control and direction characters', 'a\u0000b\u0008c\u202ed', 'abcd'],
  ])('takes out %s', (_, output, plain) => expect(plainOutput(output)).toBe(plain));
});

describe('outputTail', () => {
  it('leaves a short output alone', () => expect(outputTail('a\n\nb\n')).toBe('a\n\nb'));

  it('keeps the end of a long one, and says so', () => {
    const tail = outputTail(Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n'));
    expect(tail.split('\n')).toHaveLength(61);
    expect(tail).toMatch(/^… the whole output.*\nline 440\n.*\nline 499$/s);
  });

  it('is bounded for one endless line too', () => {
    expect(outputTail('x'.repeat(1_000_000)).length).toBeLessThan(13_000);
  });
});

describe('Tail', () => {
  it('keeps the last characters of many pieces', () => {
    const tail = new Tail(10);
    for (let index = 0; index < 100; index++) tail.add(`${index} `);
    expect(String(tail)).toBe('97 98 99 '.padStart(10, ' '));
    expect(tail.cut).toBe(true);
  });

  it('keeps everything that fits', () => {
    const tail = new Tail(10);
    tail.add('12345');
    tail.add('67890');
    expect([String(tail), tail.cut]).toEqual(['1234567890', false]);
  });
});

describe('timeline', () => {
  it('shows side by side what ran side by side', () => {
    expect(
      timeline([
        { name: 'install', from: 1000, to: 3000 },
        { name: 'lint', from: 3000, to: 4000 },
        { name: 'test', from: 3000, to: 5000 },
      ]).split('\n'),
    ).toEqual([
      `install ${'█'.repeat(24)}${'░'.repeat(24)}  2.0 s`,
      `lint    ${'░'.repeat(24)}${'█'.repeat(12)}${'░'.repeat(12)}  1.0 s`,
      `test    ${'░'.repeat(24)}${'█'.repeat(24)}  2.0 s`,
    ]);
  });

  it('shows a check that took no time', () => {
    expect(timeline([{ name: 'a', from: 5, to: 5 }])).toBe(`a █${'░'.repeat(47)}  0 ms`);
  });
});
