import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { failure } from '../../../../shared/result.ts';
import type { Networks } from '../types.ts';
import { parseFibTrie, parseIfInet6 } from './network-addresses.ts';
import { readProcNet } from './sockets/proc-net.ts';

/** At most this many processes are searched for a container's; on a larger machine its Gateways are unknown. */
const MAX_PROCESSES = 20_000;

/**
 * The network namespaces of this machine's processes, read through `/proc/PID/net`, which every user may read. The
 * inode of its `tcp` identifies a namespace; the link `/proc/PID/ns/net` would too, but only the process's own user can
 * read it.
 */
export function createLinuxNetworks(): Networks {
  return {
    networkOf,
    group: (pids) => {
      const networks = new Map<number, number[]>();
      for (const pid of pids.slice(0, MAX_PROCESSES)) {
        const network = networkOf(pid);
        if (network === null) continue;
        const members = networks.get(network);
        if (members) members.push(pid);
        else networks.set(network, [pid]);
      }
      return networks;
    },
    addresses: async (pid) => {
      const text = (name: string) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '');
      const [four, six] = await Promise.all([text('fib_trie'), text('if_inet6')]);
      return new Set([...parseFibTrie(four), ...parseIfInet6(six)]);
    },
    read: async (pid, network) => {
      const rows = await readProcNet(`/proc/${pid}/net`);
      // A reused pid shows another network's table.
      if (!rows.ok || networkOf(pid) === network) return rows;
      return failure({ code: 'tool-failed', tool: `/proc/${pid}/net/tcp`, hint: 'the process is gone; look again' });
    },
  };
}

function networkOf(pid: number): number | null {
  try {
    return statSync(`/proc/${pid}/net/tcp`).ino;
  } catch {
    return null;
  }
}
