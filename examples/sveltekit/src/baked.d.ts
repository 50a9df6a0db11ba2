/** Put in place by vite.config.js; not there outside of a build. */
declare const __RELEASE__: import('./lib/server/release.js').Release | undefined;
