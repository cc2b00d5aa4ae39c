import type { Endpoint, Holding } from '../../types.ts';

/** The same sockets by both: libproc before and after lsof, because sockets come and go while lsof looks. */
export interface Views {
  before: readonly Holding[];
  lsof: readonly Holding[];
  after: readonly Holding[];
}

/** One socket on which the two do not agree. */
export interface Difference {
  kind: 'only-libproc' | 'only-lsof' | 'other-state' | 'other-user';
  holding: Holding;
}

/** `nothing`: no socket was there to be compared, which proves nothing. */
export type Agreement =
  | { kind: 'agreed'; compared: number }
  | { kind: 'nothing' }
  | { kind: 'disagreed'; differences: readonly Difference[] };

/**
 * Compares what libproc and lsof tell of the same ports. A socket that libproc saw both times must be in lsof's list, with the user and
 * one of its states; one that lsof lists must be among those that libproc saw. lsof on macOS asks libproc itself, so this proves that the
 * structs are read as Apple's own program reads them, not that the kernel is right.
 */
export function compareViews({ before, lsof, after }: Views): Agreement {
  const differences: Difference[] = [];
  let compared = 0;
  const listed = lsof.filter(({ fd }) => isDescriptor(fd));
  for (const early of before) {
    const late = after.find((one) => isSame(one, early));
    if (late === undefined) continue;
    const other = listed.find((one) => isSame(early, one));
    if (other === undefined) differences.push({ kind: 'only-libproc', holding: early });
    else if (other.state !== early.state && other.state !== late.state) {
      differences.push({ kind: 'other-state', holding: other });
    } else if (other.uid !== early.uid) differences.push({ kind: 'other-user', holding: other });
    else compared += 1;
  }
  for (const holding of listed) {
    const seen = [...before, ...after].some((one) => isSame(one, holding));
    if (!seen) differences.push({ kind: 'only-lsof', holding });
  }
  if (differences.length > 0) return { kind: 'disagreed', differences };
  return compared > 0 ? { kind: 'agreed', compared } : { kind: 'nothing' };
}

/** lsof also lists sockets on their way between processes (`fp.`), which are in no descriptor table. */
function isDescriptor(label: string): boolean {
  return /^\*?\d+$/.test(label);
}

function isSame(one: Holding, other: Holding): boolean {
  return (
    one.pid === other.pid &&
    isSameFd(one.fd, other.fd) &&
    isSameEnd(one.local, other.local) &&
    (one.remote === null || other.remote === null ? one.remote === other.remote : isSameEnd(one.remote, other.remote))
  );
}

/** From 10,000 on lsof prints the last digits behind an asterisk. */
function isSameFd(libproc: string, lsof: string): boolean {
  return lsof.startsWith('*') ? libproc.endsWith(lsof.slice(1)) : libproc === lsof;
}

function isSameEnd(one: Endpoint, other: Endpoint): boolean {
  return one.port === other.port && withoutScope(one.address) === withoutScope(other.address);
}

/** lsof prints the number of the interface that the kernel keeps within a link-local address (`fe80:4::1`). */
function withoutScope(address: string): string {
  return address.replace(/^(fe[89ab][\da-f]):[1-9a-f][\da-f]{0,3}::/, '$1::');
}
