/** The composition root: ports joined to providers. Loaded by an action's main once its inputs are read. */

export { httpProber } from '../probes/http.ts';
export { environmentOf, openConfiguration } from './configuration.ts';
export { keepEntry, openGatekeeper, openLedger, settle } from './ledger.ts';
export { openMigrator, safeReverter } from './migrator.ts';
export { readRelease, unpackRelease } from './release.ts';
export { openTarget } from './target.ts';
