import { toKernelTable } from '../../../electron/engine/platform/sockets/kernel-table.ts';
import type {
  Holding,
  HoldingsRead,
  Identity,
  Platform,
  ProcessRecord,
  Signal,
  SignalOutcome,
  Target,
  TcpRow,
} from '../../../electron/engine/platform/types.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { UNUSED } from '../../support/system.ts';
import { botRecord, ME, processRecord, SELF, tcpRow } from './builders.ts';

/** How a pretend process takes SIGTERM; SIGKILL ends all but the unkillable. */
export type Manners = 'obeys' | 'ignores' | 'unkillable' | { endsAfterMs: number } | 'closes-sockets';

interface Living {
  record: ProcessRecord;
  manners: Manners;
  permitted: boolean;
}

interface Socket {
  inode: number;
  row: TcpRow;
  since: number;
  holders: Set<number>;
}

/** A signal that reached the kernel, and whom it hit there. */
export interface Hit {
  at: number;
  pid: number;
  startToken: string;
  signal: Signal;
}

const BROKEN: Problem = { code: 'tool-failed', tool: 'lsof', hint: 'Reinstall it.' };

/**
 * A pretend operating system with its own clock: processes, sockets and things that happen at set times or at set calls. The
 * platform over it is typed as the real one, so it cannot drift.
 */
export class Machine {
  now = 0;
  readonly hits: Hit[] = [];
  /** What fails until it is taken out: names of the platform's methods. */
  readonly broken = new Set<string>();
  /** What happens right before a call of the platform, once. */
  readonly before: Partial<Record<keyof Platform, () => void>> = {};
  /** Makes lsof lie. */
  lie: (holdings: Holding[]) => Holding[] = (holdings) => holdings;
  /** Which system the kernel is like. */
  kind: 'linux' | 'darwin' = 'linux';
  /** What each look costs in milliseconds; things happen meanwhile. */
  costs = { table: 5, processes: 5, holdings: 40, target: 1 };
  /** Milliseconds that reading an identity takes before a signal. */
  beforeSignal: () => number = () => 0;
  /** How the holdings are read. */
  by: HoldingsRead['by'] = 'lsof';
  /** Hears of a signal in the moment in which it hits. */
  onHit: (hit: Hit) => void = () => undefined;
  readonly #living = new Map<number, Living>();
  readonly #sockets = new Map<number, Socket>();
  #agenda: { at: number; what: () => void }[] = [];
  #inode = 1_000;
  #starts = 0;

  constructor() {
    this.spawn(processRecord(1, { ppid: 0, uid: 0, name: 'launchd', executable: '/sbin/launchd' }));
    this.spawn(processRecord(SELF, { name: 'node', executable: '/usr/bin/node', args: ['node', 'sexton'] }));
  }

  spawn(record: ProcessRecord, manners: Manners = 'obeys', { permitted = true } = {}): number {
    this.#starts += 1;
    this.#living.set(record.pid, {
      record: { ...record, startToken: `${record.pid}#${this.#starts}` },
      manners,
      permitted,
    });
    return record.pid;
  }

  bot(pid: number, manners: Manners = 'obeys', about: Partial<ProcessRecord> = {}): number {
    return this.spawn(botRecord(pid, `/home/me/bots/runner_${pid}.py`, about), manners);
  }

  record(pid: number): ProcessRecord | undefined {
    return this.#living.get(pid)?.record;
  }

  change(pid: number, about: Partial<ProcessRecord>): void {
    const one = this.#living.get(pid);
    if (one) one.record = { ...one.record, ...about };
  }

  /** Opens a socket for the holders; its inode. */
  open(state: TcpRow['state'], local: string | number, remote: string | number | null, ...holders: number[]): number {
    this.#inode += 1;
    const row = tcpRow(state, local, remote, { inode: this.#inode, uid: ME });
    this.#sockets.set(this.#inode, { inode: this.#inode, row, since: this.now, holders: new Set(holders) });
    return this.#inode;
  }

  /** A client-side zombie on 4002 that has been there for `ageMs`. */
  zombie(holder: number, ageMs = 60_000, port = 4002, ...others: number[]): number {
    const inode = this.open('CLOSE_WAIT', 50_000 + this.#inode, port, holder, ...others);
    const socket = this.#sockets.get(inode);
    if (socket) socket.since = this.now - ageMs;
    return inode;
  }

  /** One more process holds the socket: it was inherited or passed on. */
  share(inode: number, holder: number): void {
    this.#sockets.get(inode)?.holders.add(holder);
  }

  /** The Gateway has sent so many bytes on a session; unknown while nobody says. */
  receive(inode: number, bytesReceived: number): void {
    const socket = this.#sockets.get(inode);
    if (socket) socket.row = { ...socket.row, bytesReceived };
  }

  /** The holder, or everybody, closes its descriptors of a socket. */
  close(inode: number, holder?: number): void {
    const socket = this.#sockets.get(inode);
    if (holder === undefined) socket?.holders.clear();
    else socket?.holders.delete(holder);
    if (socket?.holders.size === 0) this.#sockets.delete(inode);
  }

  /** The process ends; a child may keep its sockets. */
  end(pid: number, corpse = false): void {
    const one = this.#living.get(pid);
    if (corpse && one) one.record = { ...one.record, corpse: true };
    else this.#living.delete(pid);
    for (const socket of [...this.#sockets.values()]) {
      if (socket.holders.has(pid)) this.close(socket.inode, pid);
    }
  }

  alive(pid: number): boolean {
    return this.#living.get(pid)?.record.corpse === false;
  }

  ageOf(inode: number | null): number {
    return this.now - (this.#sockets.get(inode ?? -1)?.since ?? this.now);
  }

  zombies(): number {
    return [...this.#sockets.values()].filter(({ row }) => row.state === 'CLOSE_WAIT').length;
  }

  /** Lets something happen when the clock gets there. */
  at(moment: number, what: () => void): void {
    this.#agenda.push({ at: moment, what });
    this.#agenda.sort((one, other) => one.at - other.at);
  }

  /** Lets time pass, with all that was to happen meanwhile. */
  async pass(ms: number): Promise<void> {
    const until = this.now + Math.max(0, ms);
    for (let next = this.#agenda[0]; next && next.at <= until; next = this.#agenda[0]) {
      this.#agenda = this.#agenda.slice(1);
      this.now = Math.max(this.now, next.at);
      next.what();
    }
    this.now = until;
    await Promise.resolve();
  }

  readonly clock = {
    now: () => this.now,
    wall: () => 1_767_322_800_000 + this.now,
    sleep: (ms: number) => this.pass(ms),
  };

  rows(): TcpRow[] {
    return [...this.#sockets.values()].map(({ row, since }) => ({
      ...row,
      lastSegmentMs: this.kind === 'linux' && row.state === 'CLOSE_WAIT' ? this.now - since : null,
      inode: this.kind === 'linux' ? row.inode : null,
    }));
  }

  holdings(): Holding[] {
    return [...this.#sockets.values()].flatMap(({ row: { state, local, remote }, inode, holders }) =>
      [...holders].map((pid) => ({
        pid,
        uid: this.record(pid)?.uid ?? null,
        fd: '7',
        inode: this.kind === 'linux' ? inode : null,
        state,
        local,
        remote,
      })),
    );
  }

  platform(): Platform {
    const call = async <Value>(name: keyof Platform, cost: number, make: () => Value) => {
      const happens = this.before[name];
      delete this.before[name];
      happens?.();
      await this.pass(cost / 2);
      const value = make();
      await this.pass(cost / 2);
      return value;
    };
    const read = async <Value>(name: keyof Platform, cost: number, make: () => Value) => {
      const value = await call(name, cost, make);
      return this.broken.has(name) ? failure(BROKEN) : success(value);
    };
    const touches = (ports: readonly number[]) => (row: Pick<TcpRow, 'local' | 'remote'>) =>
      ports.includes(row.local.port) || (row.remote !== null && ports.includes(row.remote.port));
    const table = () => new Map([...this.#living].map(([pid, { record }]) => [pid, { ...record }]));
    return {
      ...UNUSED,
      confirmsHoldings: this.kind === 'linux',
      self: { pid: SELF, uid: ME },
      readTable: (ports) => read('readTable', this.costs.table, () => toKernelTable('ss', this.rows(), ports, [])),
      readHoldings: (ports) =>
        read('readHoldings', this.costs.holdings, () => ({
          rows: this.lie(this.holdings()).filter(touches(ports)),
          unreadable: 0,
          by: this.by,
        })),
      readListeningPorts: (pids) =>
        read('readListeningPorts', this.costs.holdings, () => [
          ...new Set(
            this.holdings().flatMap(({ pid, state, local }) =>
              state === 'LISTEN' && pids.includes(pid) ? [local.port] : [],
            ),
          ),
        ]),
      readProcesses: () => read('readProcesses', this.costs.processes, table),
      readProcessesOf: (pids) =>
        read('readProcessesOf', 1, () => new Map([...table()].filter(([pid]) => pids.includes(pid)))),
      readHeldSockets: (pid) =>
        call('readHeldSockets', 0, () => {
          const held = [...this.#sockets.values()].filter(({ holders }) => this.kind === 'linux' && holders.has(pid));
          return { inodes: new Set(held.map(({ inode }) => inode)), complete: this.kind === 'linux' };
        }),
      openTarget: (identity) => call('openTarget', this.costs.target, () => this.#open(identity)),
    } satisfies Platform;
  }

  #open(
    identity: Identity,
  ): ReturnType<Awaited<Platform['openTarget']>> extends Promise<infer Answer> ? Answer : never {
    const state = this.#compare(identity);
    if (state.kind !== 'same') return failure(state);
    const target: Target = {
      identity,
      signal: async (signal, mayStill = () => true) => {
        const happens = this.before.openTarget;
        delete this.before.openTarget;
        happens?.();
        await this.pass(this.beforeSignal());
        const now = this.#compare(identity);
        if (now.kind !== 'same') return now;
        return mayStill() ? this.#hit(identity.pid, signal) : { kind: 'withheld', detail: 'too slow' };
      },
      gone: async () => {
        const record = this.record(identity.pid);
        return record === undefined || record.startToken !== identity.startToken || record.corpse;
      },
      close: () => undefined,
    };
    return success(target);
  }

  #compare(identity: Identity): SignalOutcome | { kind: 'same' } {
    const record = this.record(identity.pid);
    if (record === undefined) return { kind: 'gone' };
    if (record.startToken !== identity.startToken) return { kind: 'replaced' };
    if (record.corpse) return { kind: 'gone' };
    const same = record.uid === identity.uid && record.executable === identity.executable;
    return { kind: same ? 'same' : 'replaced' };
  }

  #hit(pid: number, signal: Signal): SignalOutcome {
    const one = this.#living.get(pid);
    if (!one) return { kind: 'gone' };
    if (!one.permitted) return { kind: 'not-permitted' };
    const { manners, record } = one;
    const hit = { at: this.now, pid, startToken: record.startToken, signal };
    this.hits.push(hit);
    this.onHit(hit);
    const ends = () => {
      if (this.record(pid)?.startToken === record.startToken) this.end(pid);
    };
    if (manners === 'unkillable') return { kind: 'sent' };
    if (signal === 'SIGKILL' || manners === 'obeys') this.at(this.now + 2, ends);
    else if (manners === 'closes-sockets') {
      for (const { inode, holders } of [...this.#sockets.values()]) if (holders.has(pid)) this.close(inode, pid);
    } else if (manners !== 'ignores') this.at(this.now + manners.endsAfterMs, ends);
    return { kind: 'sent' };
  }
}
