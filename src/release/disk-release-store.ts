import type { ReleaseStore } from '../ports/release-store.ts';
import { sealRelease } from './seal.ts';
import { discardRelease, openRelease } from './sealed-folder.ts';
import { unpackRelease } from './unpack.ts';

/** Sealed releases on this machine's disk. */
export const diskReleaseStore: ReleaseStore = {
  seal: sealRelease,
  open: openRelease,
  unpack: unpackRelease,
  discard: discardRelease,
};
