import { connectionKey, indexHoldings } from '../observe/endpoints.ts';
import type { Look } from '../observe/observer.ts';
import { ProcessMap } from '../platform/process/process-map.ts';
import type { ProcessRecord, ProcessTable } from '../platform/types.ts';
import { ancestorsOf, childrenOf, descendantsOf } from './evidence.ts';
import type { Proof } from './proof.ts';

/** How far back sessions are remembered: as far as automatic cleaning asks. */
const SESSION_MEMORY_MS = 300_000;
/** A session could come and go unseen between scans further apart than this. An automatic clean takes less time. */
const MAX_GAP_MS = 10_000;

/** When a scan was taken: monotonic milliseconds, and wall time, which advances while the machine sleeps. */
export interface Moment {
  now: number;
  wall: number;
}

/**
 * Remembers which processes have recently had an answered API session. One that was never answered does not count;
 * where answers cannot be read, every session counts. Time in which nothing was seen proves nothing, so the history
 * starts over after a gap.
 */
export class SessionHistory {
  readonly #self: { uid: number };
  #knownSince: number | null = null;
  #last: Moment | null = null;
  /** When a process was last seen with a session of its own. */
  readonly #holders = new ProcessMap<number>();
  /** When a process was last seen with a session of its own, of one of its descendants or of one of its ancestors. */
  readonly #families = new ProcessMap<number>();
  /** When a session was last seen that could be anybody's. */
  #unclaimedAt = Number.NEGATIVE_INFINITY;
  #processes: ProcessTable = new Map();

  constructor(self: { uid: number }) {
    this.#self = self;
  }

  /** Records a scan and who held what then. Without both, that time counts as unseen. */
  note(look: Look | null, proof: Proof | null, at: Moment): void {
    if (look === null || proof === null || proof.attribution.unreadable > 0) {
      this.#knownSince = null;
      this.#last = null;
      return;
    }
    if (this.#last === null || isGap(this.#last, at)) this.#knownSince = at.now;
    this.#last = at;
    this.#processes = proof.attribution.processes;
    const holders = sessionHolders(look, proof);
    const children = childrenOf(this.#processes);
    for (const pid of holders) {
      this.#mark(this.#holders, pid, at.now);
      const kin = [...ancestorsOf(pid, this.#processes), ...descendantsOf(pid, children)];
      for (const member of [pid, ...kin.map((process) => process.pid)]) this.#mark(this.#families, member, at.now);
    }
    if (this.#hasUnclaimed(look, proof)) this.#unclaimedAt = at.now;
    for (const memory of [this.#holders, this.#families]) {
      memory.keepWhere((seen) => at.now - seen <= SESSION_MEMORY_MS);
    }
  }

  /** How long neither the process nor its family is known to have had an answered session; 0 when that is not known. */
  quietForMs(process: ProcessRecord, now: number): number {
    if (this.#knownSince === null) return 0;
    // A young child of a bot that has had a session may have inherited what that bot holds.
    const above = ancestorsOf(process.pid, this.#processes).map((one) => this.#holders.get(one));
    const seen = [this.#families.get(process), ...above].filter((at) => at !== undefined);
    return Math.max(0, now - Math.max(this.#knownSince, this.#unclaimedAt, ...seen));
  }

  #mark(memory: ProcessMap<number>, pid: number, now: number): void {
    const process = this.#processes.get(pid);
    if (process) memory.set(process, now);
  }

  /** Is there a session from this host whose holder was not seen and may be this user's? */
  #hasUnclaimed({ sessions }: Look, { attribution: { holdings } }: Proof): boolean {
    const holdersOf = indexHoldings(holdings);
    return sessions.some(({ client, answered }) => {
      if (client === null || answered === false) return false;
      const isOthers = client.uid !== null && client.uid !== this.#self.uid;
      return !isOthers && holdersOf(client).length === 0;
    });
  }
}

/** The processes that hold a session to a protected port that may have been answered. */
function sessionHolders({ beyond }: Look, { attribution: { holdings, ports } }: Proof): Set<number> {
  const unanswered = new Set(beyond.rows.filter(({ bytesReceived }) => bytesReceived === 0).map(connectionKey));
  const holders = holdings.filter(
    (holding) =>
      holding.state === 'ESTABLISHED' &&
      holding.remote !== null &&
      ports.has(holding.remote.port) &&
      !unanswered.has(connectionKey(holding)),
  );
  return new Set(holders.map(({ pid }) => pid));
}

function isGap(last: Moment, { now, wall }: Moment): boolean {
  return now - last.now > MAX_GAP_MS || wall - last.wall > MAX_GAP_MS;
}
