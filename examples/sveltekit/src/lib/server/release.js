/** @typedef {{version: string, commit: string, builtAt: string}} Release */

/**
 * What this build is: the build puts here what Airlock said. Unbuilt, it is nobody's release.
 *
 * @type {Release}
 */
export const release =
  typeof __RELEASE__ === 'undefined'
    ? { version: 'dev', commit: 'unknown', builtAt: 'unknown' }
    : __RELEASE__;
