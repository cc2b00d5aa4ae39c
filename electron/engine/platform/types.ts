import type { Result } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import type { SystemFlock } from './lock/flock.ts';
import type { LookIntoFiles } from './lock/open-files.ts';
import type { LockLook } from './lock/sighting.ts';
import type { SystemNotes } from './notes.ts';
import type { FindMarked } from './run/marked.ts';

/** TCP states under one spelling on every system, as netstat on macOS prints them. */
export type TcpState =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN_SENT'
  | 'SYN_RECEIVED'
  | 'ESTABLISHED'
  | 'CLOSE_WAIT'
  | 'FIN_WAIT_1'
  | 'CLOSING'
  | 'LAST_ACK'
  | 'FIN_WAIT_2'
  | 'TIME_WAIT';

/** One end of a connection. `address` is plain text without brackets or zone; v4-mapped IPv6 stands as its IPv4 address; `*` is any. */
export interface Endpoint {
  address: string;
  port: number;
}

/** One row of the kernel's TCP table. What the source does not tell is `null`. */
export interface TcpRow {
  state: TcpState;
  local: Endpoint;
  /** `null` for a listener. */
  remote: Endpoint | null;
  /** Unread bytes; for a listener the connections waiting in its accept backlog, where the system says so. */
  recvQ: number | null;
  /** Milliseconds since the last segment came in (Linux `ss -i`): a proven lower bound of a CLOSE_WAIT's age. */
  lastSegmentMs: number | null;
  /** Bytes the other end has sent so far (Linux `ss -i`, macOS `netstat -b`). */
  bytesReceived: number | null;
  /** Segments with data that have come in (Linux `ss -i`, since kernel 4.6); absent when there are none, or where it is not told. */
  dataSegmentsIn?: number;
  uid: number | null;
  inode: number | null;
}

/** What a parser made of a tool's text: rows, and how many lines that should have been rows were not. */
export interface Parsed<Row> {
  rows: Row[];
  unreadable: number;
}

/** A look at the kernel's TCP table. */
export interface KernelTable {
  /** `ss`, `/proc/net/tcp` or `netstat`. */
  source: string;
  rows: TcpRow[];
  /** Connections waiting in the accept backlog, by listening port; absent ports are not listening, `null` is not known. */
  backlog: ReadonlyMap<number, number | null>;
  problems: Problem[];
  /** Lines that should have been rows and could not be read: any of them may be a row on any port. None when absent. */
  unreadable?: number;
}

/**
 * The network namespaces of this machine, each known by a number that the kernel gave it and read through a process that lives in it: a
 * container's sockets are in its own.
 */
export interface Networks {
  /** The network that a process lives in; `null` when there is no such process. */
  networkOf(pid: number): number | null;
  /** The networks of these processes, with the processes in each. */
  group(pids: readonly number[]): ReadonlyMap<number, readonly number[]>;
  /** The addresses that the network of this process has itself, loopback's included. */
  addresses(pid: number): Promise<ReadonlySet<string>>;
  /** Every row of the TCP table of `network`, in which this process lives. */
  read(pid: number, network: number): Promise<Result<TcpRow[], Problem>>;
}

/** A TCP socket in a process's descriptor table, as `lsof` lists it. The same socket may be held by several processes. */
export interface Holding {
  pid: number;
  uid: number | null;
  /** lsof's label of the descriptor; a label and not a number (`*995` stands for a cut one). */
  fd: string;
  /** The socket's inode on Linux; `null` elsewhere. */
  inode: number | null;
  state: TcpState;
  local: Endpoint;
  remote: Endpoint | null;
}

/**
 * A process as the system describes it now. `startToken` has the finest start time the system knows and is what identity
 * is compared by; `startedAt` is the same moment for people.
 */
export interface ProcessRecord {
  pid: number;
  ppid: number;
  uid: number;
  startedAt: string;
  startToken: string;
  /** The kernel's name for it (Linux `comm`, macOS `ps -o comm` basename). */
  name: string;
  /** Absolute path of the executable; `null` when it may not be read. */
  executable: string | null;
  /** Redacted arguments, the program first; on macOS split at blanks, which is all `ps` tells. */
  args: string[];
  /** Leads its own session: a login shell, a daemon, launchd. */
  sessionLeader: boolean;
  /** Dead, and only kept in the table because its parent has not reaped it (state Z). */
  corpse: boolean;
}

/** Every process by its pid. */
export type ProcessTable = ReadonlyMap<number, ProcessRecord>;

/** What makes a process the same process: a pid alone is never an identity. */
export interface Identity {
  pid: number;
  startToken: string;
  uid: number;
  executable: string | null;
}

export type Signal = 'SIGTERM' | 'SIGKILL';

/** Holdings, and whether they came from the kernel's own tables or by running `lsof`, which takes longer. */
export interface HoldingsRead extends Parsed<Holding> {
  by: 'native' | 'lsof';
}

/**
 * What became of a signal. `gone`: no such identity any more. `replaced`: the pid belongs to another process now. `withheld`: Sexton
 * itself did not send it.
 */
export type SignalOutcome =
  | { kind: 'sent' }
  | { kind: 'withheld'; detail: string }
  | { kind: 'gone' }
  | { kind: 'replaced' }
  | { kind: 'not-permitted' }
  | { kind: 'failed'; detail: string };

/** A grip on one process that a reused pid cannot take over (pidfd on Linux); close it when done. */
export interface Target {
  readonly identity: Identity;
  /**
   * Reads the identity again and signals only if it is still the same process. `mayStill` is asked right before the signal is sent,
   * after that read, which may take long; when it says no, the signal is withheld.
   */
  signal(signal: Signal, mayStill?: () => boolean): Promise<SignalOutcome>;
  /** True when there is no such identity any more, or only a corpse of it. */
  gone(): Promise<boolean>;
  close(): void;
}

/** The sockets in a process's descriptor table at one moment, by inode. */
export interface HeldSockets {
  inodes: ReadonlySet<number>;
  /** False when descriptors may not be read, or where the system offers no proof apart from lsof (macOS): what is absent is unknown then. */
  complete: boolean;
}

/** The operating system, as the engine sees it. The only room that runs tools or touches processes. */
export interface Platform {
  /** Whose desktop the app's window, icon and login item follow. Nothing about processes may depend on it: ask a capability. */
  readonly desktop: 'linux' | 'darwin';
  /** Can the kernel confirm what lsof says of a process's sockets (`readHeldSockets`, by inode)? Otherwise lsof's word stands alone. */
  readonly confirmsHoldings: boolean;
  readonly notes: SystemNotes;
  /**
   * The count: every row of the kernel's TCP table with one of `ports` at either end, whatever its state.
   */
  readTable(ports: readonly number[]): Promise<Result<KernelTable, Problem>>;
  /** The attribution: which processes hold sockets with one of `ports` at either end (`lsof`). */
  readHoldings(ports: readonly number[]): Promise<Result<HoldingsRead, Problem>>;
  /** The TCP ports that the given processes listen on, as far as this user may see, for learning a Gateway's unusual ports. */
  readListeningPorts(pids: readonly number[]): Promise<Result<number[], Problem>>;
  /** Every process. Own corpses and kernel threads included. */
  readProcesses(): Promise<Result<ProcessTable, Problem>>;
  /** Just these, freshly read; a pid that is not there is absent from the answer. */
  readProcessesOf(pids: readonly number[]): Promise<Result<ProcessTable, Problem>>;
  /** Every socket in the process's descriptor table now, in one pass; one that is gone holds none. */
  readHeldSockets(pid: number): Promise<HeldSockets>;
  /** Other networks of this machine; absent where they cannot be read (macOS). */
  readonly networks?: Networks;
  /** A grip on the process with this identity, or why there is none. */
  openTarget(identity: Identity): Promise<Result<Target, SignalOutcome>>;
  /** Exclusive locks on files, as bots take them. */
  readonly flock: SystemFlock;
  readonly lockLook: LockLook;
  readonly lookIntoFiles: LookIntoFiles;
  readonly findMarked: FindMarked;
  /** The user that runs Sexton, and its own pid. */
  readonly self: { pid: number; uid: number };
}
