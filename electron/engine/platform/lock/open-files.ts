/** What some processes have open, as far as it concerns a handshake. */
export interface OpenFiles {
  /** The inodes of all their sockets; `null` where they cannot be read (macOS, or another user's process). */
  sockets: ReadonlySet<number> | null;
  /** Does one of them have this file open? `null` when that cannot be told. */
  hasFile: boolean | null;
}

/** Reads the processes' descriptors: their sockets, and whether one of them has the file at `path` open. */
export type LookIntoFiles = (pids: readonly number[], path: string) => Promise<OpenFiles>;
