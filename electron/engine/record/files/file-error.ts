/** Why a file could not be read or written. `locked`: another program kept its lock for too long. */
export type FileErrorCode = 'disk-full' | 'read-only' | 'not-permitted' | 'locked' | 'io';

/** A file operation that failed. `detail` is the system's own short code or message, for the log and not for decisions. */
export interface FileError {
  code: FileErrorCode;
  path: string;
  detail: string;
}

const CODES: Readonly<Record<string, FileErrorCode>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'read-only',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
};

/** The system's code of what `node:fs` threw, for example `ENOENT`; empty when it has none. */
export function systemCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

/** Turns what `node:fs` threw about `path` into a value. */
export function fileError(path: string, thrown: unknown): FileError {
  const code = systemCode(thrown);
  const detail = code || (thrown instanceof Error ? thrown.message : String(thrown));
  return { code: CODES[code] ?? 'io', path, detail };
}

const WORDS: Readonly<Record<FileErrorCode, string>> = {
  'disk-full': 'the disk is full',
  'read-only': 'the disk is read-only',
  'not-permitted': 'Sexton may not write there',
  locked: 'another program keeps it locked',
  io: 'the disk reported an error',
};

/** The failure in words for a person: "…/settings.json: the disk is full (ENOSPC)". */
export function fileErrorWords(error: FileError): string {
  return `${error.path}: ${WORDS[error.code]} (${error.detail})`;
}
