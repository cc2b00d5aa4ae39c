import type { Holding, Parsed } from '../types.ts';
import { parseColonEndpoint } from './addresses.ts';
import { parseTcpState } from './tcp-states.ts';

/** The requested fields: no names of processes or users, so no other program can choose what the answer contains. */
export const LSOF_FIELDS = 'pufdtPnT0';

interface ProcessSet {
  pid: number | null;
  uid: number | null;
}

interface FileSet {
  fd: string;
  inode: number | null;
  protocol: string | null;
  name: string | null;
  state: string | null;
}

/**
 * The TCP sockets in `lsof -F` output, whether its fields end in NUL or newline and whichever fields were requested
 * besides `p f n T`. A TCP socket without a process, a port pair or a state counts as unreadable; one without a local
 * port is left out.
 */
export function parseLsof(text: string): Parsed<Holding> {
  const rows: Holding[] = [];
  let unreadable = 0;
  let owner: ProcessSet = { pid: null, uid: null };
  let file: FileSet | null = null;

  const finish = (): void => {
    const holding = file === null ? null : toHolding(owner, file);
    if (holding === 'unreadable') unreadable += 1;
    else if (holding !== null) rows.push(holding);
    file = null;
  };

  for (const piece of text.split(/[\0\n]/)) {
    const letter = piece[0];
    const value = piece.slice(1);
    if (letter === 'p') {
      finish();
      owner = { pid: /^[1-9]\d{0,9}$/.test(value) ? Number(value) : null, uid: null };
    } else if (letter === 'u') {
      owner.uid = /^\d{1,10}$/.test(value) ? Number(value) : null;
    } else if (letter === 'f') {
      finish();
      file = emptyFile(value);
    } else if (letter === 'n') {
      // Without field f, every name starts a file.
      if (file === null || file.name !== null) {
        finish();
        file = emptyFile('');
      }
      file.name = value;
    } else if (file !== null) {
      if (letter === 'd') file.inode = inodeOf(value);
      else if (letter === 'P') file.protocol = value;
      else if (letter === 'T' && value.startsWith('ST=')) file.state = value.slice(3);
    } else if (piece !== '' && !/^[A-Za-z]/.test(piece)) {
      unreadable += 1;
    }
  }
  finish();
  return { rows, unreadable };
}

function emptyFile(fd: string): FileSet {
  return { fd, inode: null, protocol: null, name: null, state: null };
}

/** On Linux field d is a socket's inode in decimal, on macOS a device address such as `0x1f3a…`. */
function inodeOf(value: string): number | null {
  return /^[1-9]\d{0,14}$/.test(value) ? Number(value) : null;
}

function toHolding(owner: ProcessSet, file: FileSet): Holding | 'unreadable' | null {
  if (file.protocol !== null && file.protocol !== 'TCP') return null;
  if (file.name === null) return 'unreadable';
  // The state may follow the name, as in lsof's table form: `… (CLOSED)`.
  const match = /^(\S+?)(?:->(\S+))?(?: \(([A-Z\d_]+)\))?$/.exec(file.name);
  const local = parseColonEndpoint(match?.[1] ?? '');
  const remote = match?.[2] === undefined ? null : parseColonEndpoint(match[2]);
  const state = parseTcpState(file.state ?? match?.[3] ?? '');
  if (local === 'portless') return null;
  if (owner.pid === null || local === null || state === null) return 'unreadable';
  if (match?.[2] !== undefined && remote === null) return 'unreadable';
  return {
    pid: owner.pid,
    uid: owner.uid,
    fd: file.fd,
    inode: file.inode,
    state,
    local,
    remote: remote === 'portless' || state === 'LISTEN' ? null : remote,
  };
}
