import { createLocalTarget } from '../../../src/targets/local/provider.ts';
import { LocalUnderTest } from './local-environment.ts';
import { describeTarget } from './target-contract.ts';

describeTarget('local', createLocalTarget({ daemonEntry: '' }).can, () => LocalUnderTest.open());
