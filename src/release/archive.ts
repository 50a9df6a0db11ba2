import { Header, Pax } from 'tar';
import type { ManifestEntry } from '../domain/manifest.ts';

/**
 * The archive of a release is a plain tar stream that follows from its manifest byte by byte: entries in
 * the manifest's order, no owners, no times, no directories. Sealing writes these bytes; unpacking
 * compares against them, so there is no foreign archive to interpret: whatever the manifest does not say
 * (a hard link, a device, an extra entry, another path) is a difference.
 */
const BLOCK = 512;

/** What stands before an entry's bytes: one header block, or three and more where its path is long. */
export function entryHeader(entry: ManifestEntry): Buffer {
  const fields =
    entry.kind === 'file'
      ? { path: entry.path, mode: Number.parseInt(entry.mode, 8), size: entry.size, type: 'File' as const }
      : { path: entry.path, mode: 0o777, size: 0, type: 'SymbolicLink' as const, linkpath: entry.target };
  const header = new Header({ ...fields, uid: 0, gid: 0, mtime: new Date(0), devmaj: 0, devmin: 0 });
  const block = Buffer.alloc(BLOCK);
  const needsExtension = header.encode(block);
  if (!needsExtension) return block;
  const extension = new Pax({
    path: fields.path,
    size: fields.size,
    ...('linkpath' in fields && { linkpath: fields.linkpath }),
  });
  return Buffer.concat([extension.encode(), block]);
}

/** Zeros that fill a file's last block. */
export const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** What ends an archive. */
export const END_OF_ARCHIVE: Buffer = Buffer.alloc(2 * BLOCK);

/** What a header block that should not be there says of itself, for an error message. */
export function describeHeader(block: Buffer): string {
  try {
    const header = new Header(block);
    if (header.nullBlock) return 'the end of the archive';
    if (!header.cksumValid) return 'damaged bytes';
    return `${header.type} ${JSON.stringify(header.path)} of ${header.size} bytes`;
  } catch {
    return 'damaged bytes';
  }
}
