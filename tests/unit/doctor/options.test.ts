import { expect, it } from 'vitest';
import { HELP, readOptions } from '../../../cli/doctor/options.ts';

const DEFAULTS = { repository: undefined, config: '.github/airlock.yml', json: false };

it.each([
  [[], DEFAULTS],
  [
    ['--json', '--repo', 'octo/shop'],
    { ...DEFAULTS, json: true, repository: { owner: 'octo', name: 'shop' } },
  ],
  [['--config=a.yml'], { ...DEFAULTS, config: 'a.yml' }],
  [['--help'], undefined],
])('%j is read', (args, options) => {
  expect(readOptions(args)).toEqual(options);
});

it.each([
  [['--repo', 'shop'], 'OWNER/NAME'],
  [['--repo', 'octo/shop/x'], 'OWNER/NAME'],
  [['--repo'], 'repo'],
  [['--jsn'], '--json'],
  [['--token', 'ghp_shown'], '`--token` is no option'],
  [['extra'], 'extra'],
])('%j is refused', (args, words) => {
  expect(() => readOptions(args)).toThrow(expect.objectContaining({ code: 'ARGUMENTS_WRONG' }));
  expect(() => readOptions(args)).toThrow(words.replace('--json', 'json'));
  expect(() => readOptions(args)).not.toThrow('ghp_shown');
});

it('tells of every option', () => {
  for (const name of ['repo', 'config', 'json', 'help']) expect(HELP).toContain(`--${name}`);
});
