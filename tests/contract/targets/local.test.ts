import { expect, it } from 'vitest';
import { createLocalTarget } from '../../../src/targets/local/provider.ts';
import { targets } from '../../../src/targets/registry.ts';
import { LocalUnderTest } from './local-environment.ts';
import { describeTarget } from './target-contract.ts';

const { can } = createLocalTarget({ daemonEntry: '' });

describeTarget('local', can, () => LocalUnderTest.open());

it('can what the reader of airlock.yml is told that it can', () => {
  expect(targets.local?.can).toEqual(can);
});
