import { describe, expect, it } from 'vitest';
import { defineContract } from '../../../src/runner/contract.ts';
import { readInputs, secretValues } from '../../../src/runner/inputs.ts';

const contract = defineContract({
  name: 'sample',
  title: 'Sample',
  description: 'A contract with one input of each kind.',
  inputs: {
    'with-hyphen': { description: 'Text.', kind: 'text', required: true },
    flag: { description: 'Flag.', kind: 'boolean', default: 'false' },
    count: { description: 'Count.', kind: 'integer', minimum: 1, maximum: 9, default: '3' },
    mode: { description: 'Mode.', kind: 'choice', choices: ['a', 'b'], default: 'a' },
    names: { description: 'Names.', kind: 'list', default: '' },
    data: { description: 'Data.', kind: 'json', default: '[]' },
    password: { description: 'Password.', kind: 'json', default: '{}', secret: true },
  },
  outputs: {},
  permissions: {},
  refusals: {},
  post: false,
});

const read = (given: Record<string, string>) => readInputs(contract, given);

describe('inputs', () => {
  it('are read by the names GitHub gives them, with the defaults of the contract', () => {
    expect(read({ 'INPUT_WITH-HYPHEN': ' here ' })).toEqual({
      'with-hyphen': 'here',
      flag: false,
      count: 3,
      mode: 'a',
      names: [],
      data: [],
      password: {},
    });
  });

  it('are typed by their kind', () => {
    const inputs = read({
      'INPUT_WITH-HYPHEN': 'x',
      INPUT_FLAG: 'True',
      INPUT_COUNT: '9',
      INPUT_NAMES: 'a, b\nc,,',
      INPUT_DATA: '{"x":1}',
    });
    expect(inputs).toMatchObject({ flag: true, count: 9, names: ['a', 'b', 'c'], data: { x: 1 } });
  });

  it('report every bad one at once, each by name', () => {
    const bad = { INPUT_FLAG: 'yes', INPUT_COUNT: '10', INPUT_MODE: 'c', INPUT_DATA: '{' };
    expect(() => read(bad)).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        message: expect.stringMatching(/`with-hyphen`.*`flag`.*`count`.*`mode`.*`data`/s),
      }),
    );
  });

  it.each(['1e3', '0x10', '3.0', ' ', 'NaN', '99999999999999999999'])(
    'refuse %j as a whole number',
    (text) => {
      const attempt = () => read({ 'INPUT_WITH-HYPHEN': 'x', INPUT_COUNT: text });
      // A blank is an absent input: it has its default.
      if (text.trim() === '') expect(attempt()).toMatchObject({ count: 3 });
      else expect(attempt).toThrow(/`count`/);
    },
  );

  it('never show the value of a secret', () => {
    expect(() => read({ 'INPUT_WITH-HYPHEN': 'x', INPUT_PASSWORD: 'hunter2-hunter2' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
    expect(secretValues(contract, { INPUT_PASSWORD: ' hunter2-hunter2 ' })).toEqual(['hunter2-hunter2']);
  });
});
