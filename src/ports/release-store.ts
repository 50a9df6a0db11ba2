import type { Manifest } from '../domain/manifest.ts';
import type { Digest, Release } from '../domain/release.ts';
import type { BundleSize } from '../domain/size.ts';

/** Seals releases into folders that travel between jobs, and opens them again. Throws `Failure`. */
export interface ReleaseStore {
  /** Reads the build once and writes a sealed release that is whole or not there. */
  seal(request: SealRequest): Promise<SealedRelease>;
  /** Reads what a sealed release says of itself, and holds its digest to its manifest. Files stay packed. */
  open(folder: string): Promise<OpenedRelease>;
  /** Unpacks into a folder that is whole or not there, every file verified against `expected`. */
  unpack(folder: string, into: string, expected: Digest, signal: AbortSignal): Promise<UnpackedRelease>;
  /** Removes a sealed release; refuses a folder that holds anything else. Nothing there is a success. */
  discard(folder: string): Promise<void>;
}

/** All paths are absolute. */
export interface SealRequest {
  readonly app: string;
  readonly version: string;
  readonly commit: string;
  readonly builtAt: string;
  /** What was measured of the build; nothing lets the sealed files be counted. Outside the digest. */
  readonly sizes?: readonly BundleSize[];
  /** Folder with the build's output. */
  readonly output: string;
  /** Folder with the app's migrations, where it has a database. */
  readonly migrations?: string | undefined;
  /** Folder that will hold the sealed release; one sealed there before is replaced. */
  readonly into: string;
  readonly signal: AbortSignal;
}

export interface OpenedRelease {
  readonly release: Release;
  readonly manifest: Manifest;
  /** What the build weighs; not part of what the digest holds. */
  readonly sizes: readonly BundleSize[];
}

export interface SealedRelease extends OpenedRelease {
  readonly folder: string;
  /** Bytes of the packed files. */
  readonly archiveBytes: number;
  /** What a person should look at, though it stops nothing. */
  readonly warnings: readonly string[];
}

export interface UnpackedRelease {
  readonly release: Release;
  readonly sizes: readonly BundleSize[];
  readonly appDirectory: string;
  /** Absent when the release has no migrations. */
  readonly migrationsDirectory: string | undefined;
}
