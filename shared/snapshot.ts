/**
 * The one state object. The engine alone makes it; tray, panel, notifier, journal and terminal only read it, and
 * `--json` prints exactly this. Times are ISO 8601 UTC, durations milliseconds, and a number that is not known is `null`.
 */
export interface Snapshot {
  /** Rises by one with every published change. */
  seq: number;
  at: string;
  level: Level;
  /** True while the user has asked the app to be quiet. */
  paused: boolean;
  scan: ScanState;
  ports: PortState[];
  /** Bots' connections to Gateways on machines that the settings do not name: shown, but not judged. */
  elsewhere: ElsewhereState[];
  /** Processes that hold at least one zombie, worst first. */
  owners: OwnerState[];
  /** Zombies the kernel counts that no visible process owns; `null` while it is not known who owns what. */
  unattributed: number | null;
  advice: Advice;
  cleanup: CleanupState;
  lock: LockState;
  breaker: BreakerState;
  /** The circuit breaker the bots themselves report in their log; `null` without a `runnerLogPath` that can be read. */
  runnerBreaker: BreakerState | null;
  restart: RestartState | null;
  totals: Totals;
}

export type Level = 'clear' | 'notice' | 'warning' | 'critical' | 'blind';

/**
 * ok: all was seen. degraded: counted, but not all owners, or not every count. stale: no look lately (asleep, paused). failed: unknown.
 * A problem with a file of the settings (`runnerLogPath`, `metricsPath`) can appear among the problems of any kind: it affects no count.
 */
export interface ScanState {
  kind: 'ok' | 'degraded' | 'stale' | 'failed';
  /** When the kernel's table was last read with success; the epoch before the first look. */
  at: string;
  durationMs: number;
  problems: Problem[];
}

export interface Problem {
  code: ProblemCode;
  /** The tool, file or setting that let us down, for example `lsof` or `runnerLogPath`. */
  tool: string;
  /** One line that says what to do about it. */
  hint: string;
}

export type ProblemCode =
  | 'tool-missing'
  | 'tool-timeout'
  | 'tool-failed'
  | 'output-unreadable'
  | 'not-permitted'
  | 'counts-disagree';

export interface PortState {
  port: number;
  label: string;
  listening: boolean | null;
  /** The process that listens on the port, or the Gateway that was found behind its forwarder, where it could be seen. */
  gateway: ProcessRef | null;
  /** Connections the kernel completed that the listener has not accepted yet. */
  backlog: number | null;
  jammed: boolean | null;
  /**
   * `gateway` is `null` behind a forwarder through which the Gateway cannot be seen; `total` is then `null` too, unless the settings
   * say that only the bots' side of the port is watched.
   */
  zombies: { client: number | null; gateway: number | null; total: number | null };
  /** Sockets in CLOSE_WAIT that are too young to count. */
  closing: number | null;
  /** Sessions; one on loopback, of which both ends are seen, counts once. */
  established: number | null;
  /** The process that listens on the port for a Gateway elsewhere: in a container, a virtual machine, behind ssh. */
  forwarder: ProcessRef | null;
}

/** Connections to one port of one machine that is no Gateway host of the settings, held by bots or by processes that Sexton cannot see. */
export interface ElsewhereState {
  address: string;
  port: number;
  /** Of them in CLOSE_WAIT, counted as zombies are. */
  zombies: number;
  established: number;
  processes: ProcessRef[];
}

/** `gateway`: the watched port is the local end, so only the Gateway can close it. `client`: a bot has not closed. */
export type Side = 'client' | 'gateway';

export interface OwnerState {
  process: ProcessRef;
  side: Side;
  ports: number[];
  zombies: number;
  /** How many of them port probes left: nothing was ever sent over these connections. Absent when none are known. */
  probes?: number;
  established: number;
  oldestMs: number;
  verdict: Verdict;
  /** Who held the other end while the connection was alive, from earlier scans. */
  culprits: ProcessRef[];
  sockets: SocketRef[];
}

export interface ProcessRef {
  pid: number;
  startedAt: string;
  uid: number;
  /** The script's basename for an interpreter, "IB Gateway" or "TWS" when recognised, else the executable's basename. */
  name: string;
  /** Redacted where it was read. */
  commandLine: string;
}

export interface SocketRef {
  local: string;
  remote: string;
  state: string;
  ageMs: number | null;
  fd: string;
}

/** May this process be signalled? The guard's answer, and its first reason. */
export type Verdict =
  | { kind: 'cleanable'; reason: CleanableReason }
  | {
      kind: 'protected';
      reason: ProtectedReason;
      /**
       * Which relative it is, for `gateway-family`: "a child of IB Gateway (655), which serves an API port"; whose session it is, for
       * `live-session`; what it is, for `interactive`.
       */
      detail?: string;
      /** Kinship that a person may lift for this one process: to a Java without a Gateway's words. */
      liftable?: true;
      /** For `live-session`: the Gateway has not sent a single byte on any of the sessions. */
      unanswered?: true;
    };

export type CleanableReason = 'python' | 'named-bot';

export type ProtectedReason =
  | 'gateway-listener'
  | 'gateway-family'
  | 'gateway-program'
  | 'forwarder'
  | 'self'
  | 'other-user'
  | 'live-session'
  | 'interactive'
  | 'not-a-bot'
  | 'unproven';

/** What helps now, and why, in one or two plain sentences. */
export interface Advice {
  kind: 'nothing' | 'clean' | 'wait' | 'restart' | 'check-bot' | 'fix-machine';
  text: string;
  /** Set when bots fail until the Gateway is restarted: that is an alarm, and the guide is offered. */
  urgent?: boolean;
}

export type CleanedBy = 'user' | 'auto' | 'guard';

export type CleanupState =
  | { kind: 'idle' }
  | { kind: 'running'; since: string }
  | { kind: 'done'; at: string; by: CleanedBy; result: CleanResult };

export interface CleanResult {
  /** No zombie remains; for the bots that the guided restart stops: none of them was left alone. */
  ok: boolean;
  message: string;
  stopped: StoppedProcess[];
  refused: RefusedProcess[];
  /** Zombies left on the selected ports after the clean; `null` when that could not be read. */
  remaining: number | null;
  /** From the first look to the verified verdict. */
  durationMs: number;
}

export interface StoppedProcess {
  pid: number;
  name: string;
  signal: 'SIGTERM' | 'SIGKILL';
}

export interface RefusedProcess {
  pid: number;
  name: string;
  code: RefusalCode;
  /** The same in words. */
  reason: string;
}

/** Why a process was left alone: the verdict's reason, or what else kept Sexton from stopping it. */
export type RefusalCode = ProtectedReason | LeftAloneCode;

export type LeftAloneCode =
  | 'frees-nothing'
  | 'replaced'
  | 'changed'
  | 'not-permitted'
  | 'signal-failed'
  | 'still-there'
  | 'closed-itself'
  | 'unseen'
  | 'too-slow'
  | 'no-journal';

export interface LockState {
  kind: 'free' | 'held' | 'unknown';
  path: string;
  holder: ProcessRef | null;
  since: string | null;
  waiters: ProcessRef[];
  /** The process that took it has let go or ended, and `holder` keeps it by a descriptor of the same opening. Absent otherwise. */
  inherited?: true;
}

/** `unused` until something reports to it; `held` is a person's manual hold. */
export interface BreakerState {
  state: 'closed' | 'open' | 'half_open' | 'held' | 'unused';
  failures: number;
  successes: number;
  threshold: number;
  changedAt: string | null;
  retryAt: string | null;
  reason: string | null;
}

export type RestartStep = 1 | 2 | 3 | 4 | 5;

/** The guided restart. Everything but the first four fields is detail of the step it is at, absent where there is none. */
export interface RestartState {
  step: RestartStep;
  startedAt: string;
  /** What must be seen for the step to be done, in words, with its live numbers. */
  waitingFor: string;
  /** All five; a step that was reverted is no longer done. */
  steps: { done: boolean; at: string | null }[];
  /** What was reverted and led back to this step, in a sentence. */
  notice?: string;
  /** The label of a button to continue on the user's own confirmation, offered only where observation cannot tell. */
  goOn?: string;
  /** The clock of a timed step: since when it runs, how long it usually takes, sockets still on the port. */
  wait?: { since: string; durationMs: number; sockets: number | null };
  /** The bots of step 1 that still run. */
  bots?: RestartBot[];
  /** What helps with this step, each with the exact command to copy where there is one. */
  help?: { text: string; command: string | null }[];
}

/** A bot that the guide waits for. */
export interface RestartBot {
  process: ProcessRef;
  /** The folder of its script, as far as its command line tells. */
  folder: string | null;
  /** Live sessions that end with it: as many gateway-side connections are added when it is stopped. */
  sessions: number;
  /** The guard's answer; protected bots are not offered, but for what a person may lift. */
  verdict: Verdict;
}

export interface Totals {
  cleanups: number;
  cleanupsClean: number;
  connectAttempts: number;
  connectRetries: number;
}
