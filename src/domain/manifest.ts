/**
 * What a sealed release holds, entry by entry, sorted by path (JavaScript string order). Paths are
 * relative, use `/` and start with `app/` (the build output) or `migrations/`. Directories are not
 * listed: they exist where a file needs them.
 */
export type Manifest = readonly ManifestEntry[];

export type ManifestEntry = FileEntry | LinkEntry;

export interface FileEntry {
  readonly kind: 'file';
  readonly path: string;
  /** Of a file's permissions only "may be executed" belongs to the release; umasks differ. */
  readonly mode: FileMode;
  /** Bytes. */
  readonly size: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

export type FileMode = '0644' | '0755';

/** A symbolic link that stays inside its own top folder. */
export interface LinkEntry {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
}

/** Top folders of a sealed release. */
export const APP_FOLDER = 'app';
export const MIGRATIONS_FOLDER = 'migrations';
const TOP_FOLDERS: readonly string[] = [APP_FOLDER, MIGRATIONS_FOLDER];

/** Bytes of a path, the limit of most file systems. */
const LONGEST_PATH = 4096;
const LONGEST_NAME = 255;

/** The order of a manifest: by UTF-16 code units, the same on every machine and in every locale. */
export const byPath = (a: { path: string }, b: { path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

/** Bytes of all files. */
export const totalBytes = (manifest: Manifest): number =>
  manifest.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0);

/**
 * The text whose SHA-256 is the release's digest. It says what the files are and nothing else: no
 * version, time, owner or place. UTF-8, lines ended by `\n`:
 *
 *     airlock-manifest/1
 *     ["file","app/index.html","0644",1234,"<64 hex digits>"]
 *     ["link","app/latest","index.html"]
 *
 * The first line names the encoding. Each further line is one entry, in the manifest's order, as a JSON
 * array without white space, so that no name can be read as two entries.
 */
export function canonicalManifest(manifest: Manifest): string {
  const line = (entry: ManifestEntry) =>
    JSON.stringify(
      entry.kind === 'file'
        ? [entry.kind, entry.path, entry.mode, entry.size, entry.sha256]
        : [entry.kind, entry.path, entry.target],
    );
  return ['airlock-manifest/1', ...manifest.map(line), ''].join('\n');
}

/**
 * Everything that makes a manifest unsafe or ambiguous to unpack on any machine; empty when it is sound.
 * A sound manifest cannot write or point outside its own top folders, and means the same tree on file
 * systems that do not tell upper from lower case.
 */
export function manifestProblems(manifest: Manifest): readonly string[] {
  const problems: string[] = [];
  manifest.forEach((entry, index) => {
    const problem =
      pathProblem(entry.path) ?? (entry.kind === 'link' ? linkProblem(entry.path, entry.target) : undefined);
    if (problem !== undefined) problems.push(`${JSON.stringify(entry.path)} ${problem}`);
    const before = manifest[index - 1];
    if (before !== undefined && byPath(before, entry) > 0)
      problems.push(`${JSON.stringify(entry.path)} is out of order`);
  });
  return [...problems, ...collisions(manifest)];
}

function pathProblem(path: string): string | undefined {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'is not a plain relative path';
  if (!TOP_FOLDERS.includes(segments[0] ?? '') || segments.length < 2)
    return `is not inside ${TOP_FOLDERS.join('/ or ')}/`;
  if (hasUnsafeCharacter(path)) return 'has a backslash, a control character or a name that is not UTF-8';
  if (segments.some((segment) => segment.toLowerCase() === '.git')) return 'is part of a Git repository';
  if (utf8Bytes(path) > LONGEST_PATH || segments.some((segment) => utf8Bytes(segment) > LONGEST_NAME))
    return 'is too long';
  return undefined;
}

/**
 * `..` may stand only at the front of a target. The link's own parents are real folders (see
 * `collisions`), so the climb ends in a real folder of the tree, and every name after it leads to an
 * entry that was held to the same rule. `links/../..` through another link could climb out.
 */
function linkProblem(path: string, target: string): string | undefined {
  if (target === '' || target.startsWith('/') || hasUnsafeCharacter(target))
    return 'is a link whose target is not a plain relative path';
  if (utf8Bytes(target) > LONGEST_PATH) return 'is a link whose target is too long';
  const steps = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const firstName = steps.findIndex((step) => step !== '..');
  const climbs = firstName === -1 ? steps.length : firstName;
  // Inside `app/a/link` one climb reaches `app`; a second would leave it.
  const foldersBelowTop = path.split('/').length - 2;
  if (climbs > foldersBelowTop) return `is a link that leaves the release (${JSON.stringify(target)})`;
  if (steps.slice(climbs).includes('..'))
    return `is a link that climbs after it descended (${JSON.stringify(target)})`;
  return undefined;
}

// U+FFFD is what Node puts where a file name's bytes are not UTF-8; half a surrogate pair has no UTF-8.
const hasUnsafeCharacter = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u001f\u007f\\\ufffd]/.test(text) || !text.isWellFormed();

const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

/** Paths that are one path on some file system, and entries that need another entry to be a folder. */
function collisions(manifest: Manifest): readonly string[] {
  const problems: string[] = [];
  const seen = new Map<string, { path: string; isFolder: boolean }>();
  const occupy = (path: string, isFolder: boolean) => {
    const key = path.normalize('NFC').toLowerCase();
    const other = seen.get(key);
    if (other === undefined) seen.set(key, { path, isFolder });
    else if (other.path !== path || !(other.isFolder && isFolder))
      problems.push(`${JSON.stringify(path)} and ${JSON.stringify(other.path)} cannot both exist`);
  };
  for (const entry of manifest) {
    for (let slash = entry.path.indexOf('/'); slash !== -1; slash = entry.path.indexOf('/', slash + 1))
      occupy(entry.path.slice(0, slash), true);
    occupy(entry.path, false);
  }
  return problems;
}
