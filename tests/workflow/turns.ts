import { test } from 'vitest';
import { drawn } from '../sample.ts';

/** Files of whole ways that take a quarter of a minute each: what they go through, the layers below try at every push. */
const turns = drawn(['control', 'kill', 'preview', 'rollback'], 1);

/** `test` of a file whose turn may be another time. With none to run, its hooks do nothing either. */
export const inTurn = (file: Parameters<typeof turns>[0]) => test.runIf(turns(file));
