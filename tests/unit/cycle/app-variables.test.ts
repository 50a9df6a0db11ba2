import { expect, it } from 'vitest';
import { appVariables, configuredNames } from '../../../src/composition/app-variables.ts';
import { silentLog } from './world.ts';

it('masks what may be secret and keeps the words that the pipeline says itself', () => {
  const masked: string[] = [];
  const log = { ...silentLog, mask: (value: string) => void masked.push(value) };
  const lines = [
    'NODE_ENV=production',
    'CACHE=true',
    'PORT=31337',
    'PIN=123456',
    'KEY=hunter2',
    'PW="true grit"',
  ];
  const variables = appVariables({ log }, { 'database-url': '', 'app-variables': lines.join('\n') });
  expect(masked.sort()).toEqual(['123456', 'hunter2', 'true grit']);
  expect(variables).toMatchObject({ NODE_ENV: 'production', CACHE: 'true', PW: 'true grit' });
});

it('names what is set and not empty, and hides the values all the same', () => {
  const masked: string[] = [];
  const log = { ...silentLog, mask: (value: string) => void masked.push(value) };
  const lines = ['KEY=hunter2', 'EMPTY=', 'BLANK=" "', 'PEM="first\nsecond"'];
  expect(configuredNames({ log }, lines.join('\n'))).toEqual(['KEY', 'PEM']);
  expect(masked).toContain('hunter2');
});
