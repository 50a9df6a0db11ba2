/** The composition root: ports joined to providers. Loaded by an action's main once its inputs are read. */
export { createChecker } from '../checks/checker.ts';
export { environmentNamed } from '../domain/route.ts';
export { httpProber } from '../probes/http.ts';
export { diskReleaseStore } from '../release/disk-release-store.ts';
export { processRunner } from '../runner/processes.ts';
export { configuredNames } from './app-variables.ts';
export { openApproval } from './approval.ts';
export { openApprovals, openComments } from './comments.ts';
export { openConfiguration } from './configuration.ts';
export { openControl } from './control.ts';
export { openExamination } from './doctor.ts';
export { openEnvironment } from './environment.ts';
export { openGatekeeper, openHolds, openLedger, readApprovers, settle } from './ledger.ts';
export { migratorOpener, safeReverter } from './migrator.ts';
export { openPreview } from './preview.ts';
export { openPullRequests } from './pull-requests.ts';
export { readRelease, unpackRelease } from './release.ts';
export { openAccess } from './target.ts';
