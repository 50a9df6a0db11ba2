import { vercelCapabilities } from '../../../src/targets/vercel/settings.ts';
import { describeTarget } from './target-contract.ts';
import { VercelUnderTest } from './vercel-environment.ts';

describeTarget('vercel', vercelCapabilities, () => VercelUnderTest.open());
