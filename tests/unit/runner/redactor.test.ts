import { afterEach, describe, expect, it, vi } from 'vitest';
import { Redactor } from '../../../src/runner/redactor.ts';

describe('redactor', () => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  afterEach(() => void written.splice(0));

  it('masks each line of a secret of several lines, here and in the log', () => {
    const redactor = new Redactor();
    redactor.add('first-line\nsecond-line');
    expect(redactor.redact('a second-line b first-line')).toBe('a *** b ***');
    expect(written.join('')).toContain('::add-mask::second-line');
  });

  it('masks the longer of two secrets first, and a secret as it stands in a URL', () => {
    const redactor = new Redactor();
    redactor.add('abcd');
    redactor.add('abcd-efgh');
    redactor.add('p@ss/word');
    expect(redactor.redact('abcd-efgh abcd p%40ss%2Fword')).toBe('*** *** ***');
  });

  it('does not mask a value so short that it would blank the log', () => {
    const redactor = new Redactor();
    redactor.add('on');
    expect(redactor.redact('on one')).toBe('on one');
  });
});
