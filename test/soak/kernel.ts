import { readdirSync, readlinkSync } from 'node:fs';
import type { Snapshot } from '../../shared/snapshot.ts';
import { type KernelSocket, readSockets } from '../support/simulator/index.ts';

/** What is true on the ports, as lines that two readings can be compared by. */
export type Truth = string[];

/** The sockets that matter: with one of the ports at either end, in a state that lasts until a process acts. */
function relevant(sockets: readonly KernelSocket[], ports: readonly number[]): KernelSocket[] {
  const lasting = new Set(['ESTABLISHED', 'CLOSE_WAIT', 'LISTEN']);
  return sockets.filter(
    ({ state, local, remote }) => lasting.has(state) && (ports.includes(local.port) || ports.includes(remote.port)),
  );
}

/** The sockets of a process by its descriptors; none when it has ended. */
function inodesOf(pid: number): Set<number> {
  const inodes = new Set<number>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const found = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (found) inodes.add(Number(found));
    }
  } catch {
    // It has ended, and holds nothing.
  }
  return inodes;
}

/** The facts from the kernel's tables, read without the product's code. `pids` are all processes that could own a socket. */
export async function readTruth(ports: readonly number[], pids: readonly number[]): Promise<Truth> {
  const sockets = relevant(await readSockets(), ports);
  const truth: Truth = [];
  for (const port of ports) {
    const here = (state: KernelSocket['state'], end: 'local' | 'remote') =>
      sockets.filter((socket) => socket.state === state && socket[end].port === port).length;
    const counts = {
      listening: here('LISTEN', 'local') > 0,
      client: here('CLOSE_WAIT', 'remote'),
      gateway: here('CLOSE_WAIT', 'local'),
      established: here('ESTABLISHED', 'remote'),
    };
    truth.push(portLine(port, counts));
  }
  if (process.platform !== 'linux') return truth;
  const zombies = sockets.filter(({ state }) => state === 'CLOSE_WAIT');
  for (const pid of new Set(pids)) {
    const mine = inodesOf(pid);
    for (const side of ['client', 'gateway'] as const) {
      const end = side === 'client' ? 'remote' : 'local';
      const held = zombies.filter(({ inode, [end]: one }) => mine.has(inode ?? -1) && ports.includes(one.port)).length;
      if (held > 0) truth.push(ownerLine(pid, side, held));
    }
  }
  return truth.sort();
}

/** The same facts from the engine's snapshot. */
export function toldTruth(snapshot: Snapshot): Truth {
  const ports = snapshot.ports.map(({ port, listening, zombies, established }) =>
    portLine(port, { listening, client: zombies.client, gateway: zombies.gateway, established }),
  );
  const owners = snapshot.owners
    .filter(({ zombies }) => zombies > 0)
    .map(({ process, side, zombies }) => ownerLine(process.pid, side, zombies));
  return [...ports, ...(process.platform === 'linux' ? owners : [])].sort();
}

interface Counts {
  listening: boolean | null;
  client: number | null;
  gateway: number | null;
  established: number | null;
}

function portLine(port: number, { listening, client, gateway, established }: Counts): string {
  return `port ${port}: listening ${listening}, client ${client}, gateway ${gateway}, established ${established}`;
}

function ownerLine(pid: number, side: string, zombies: number): string {
  return `pid ${pid} holds ${zombies} on the ${side} side`;
}
