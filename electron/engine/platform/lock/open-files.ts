/** What some processes have open, as far as it concerns a handshake. */
export interface OpenFiles {
  /** The inodes of all their sockets; `null` where that cannot be read (macOS, or another user's process). */
  sockets: ReadonlySet<number> | null;
  /** Has one of them this file open? `null` when that cannot be told. */
  hasFile: boolean | null;
}

/** Looks into the descriptors of processes: their sockets, and whether one of them has the file at `path` open. */
export type LookIntoFiles = (pids: readonly number[], path: string) => Promise<OpenFiles>;
