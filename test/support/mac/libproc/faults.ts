import type { Fault } from './koffi-double.ts';

const ESRCH = 3;
const EBADF = 9;

const LISTS = new Set(['proc_listpids', 'proc_pidinfo', 'sysctl']);

/** Asked without a buffer for the size of a list, or with one. */
function asksForSize({ name, args }: Parameters<Fault>[0]): boolean {
  const buffer = { proc_listpids: args[2], proc_pidinfo: args[3], sysctl: args[1] }[name];
  return LISTS.has(name) && buffer === null;
}

/** Ways in which libproc can fail, by what happens then. */
export const faults = {
  /** Every list is longer when it is read than when its size was requested. */
  growingLists: (call, answer) => (asksForSize(call) ? Buffer.alloc(8) : answer()),
  /** Processes end after they were listed, and descriptors are closed. */
  vanishing: (call, answer) => {
    if (call.name === 'proc_pidinfo' && Number(call.args[0]) % 3 === 0 && call.args[0] !== process.pid) return ESRCH;
    return call.name === 'proc_pidfdinfo' && Number(call.args[1]) % 2 === 0 ? EBADF : answer();
  },
  /** A macOS whose socket structs have grown. */
  grownSockets: (call, answer) => {
    const outcome = answer();
    if (call.name !== 'proc_pidfdinfo' || typeof outcome === 'number') return outcome;
    return Buffer.concat([outcome, Buffer.alloc(8)]);
  },
  /** A macOS whose process structs have grown. */
  grownProcesses: (call, answer) => {
    const outcome = answer();
    if (call.name !== 'proc_pidinfo' || typeof outcome === 'number' || asksForSize(call)) return outcome;
    return Buffer.concat([outcome, Buffer.alloc(8)]);
  },
  /** No process has any socket. */
  noSockets: (call, answer) => (call.name === 'proc_pidfdinfo' ? EBADF : answer()),
  /** Sockets whose state is elsewhere in the struct. */
  shiftedStates: (call, answer) => {
    const outcome = answer();
    if (call.name === 'proc_pidfdinfo' && typeof outcome !== 'number') outcome.writeInt32LE(4, 344);
    return outcome;
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
