import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import { touches } from '../../sockets/addresses.ts';
import type { ReadTable } from '../../sockets/kernel-table.ts';
import { toKernelTable } from '../../sockets/kernel-table.ts';
import { readProcNet } from './proc-net.ts';
import type { SsTables } from './ss.ts';

/** How long an empty answer from `ss` is trusted before `/proc/net/tcp` is asked to confirm it. */
const CONFIRM_EVERY_MS = 60_000;

/**
 * The kernel's TCP table on Linux: from `ss`, the only source of ages and received bytes, otherwise from
 * `/proc/net/tcp{,6}` with ss's problem attached. An empty table must be confirmed by both, at first and then once a
 * minute, because for /proc the kernel formats its whole table. Fails only when neither can be read.
 */
export function createLinuxTable(options: {
  ss: Pick<SsTables, 'onPorts'>;
  procNet: string;
  /** Monotonic milliseconds. */
  now?: () => number;
}): ReadTable {
  const { ss, procNet, now = () => performance.now() } = options;
  let confirmed: { ports: string; at: number } | null = null;

  return async (ports) => {
    if (ports.length === 0) return success(toKernelTable('ss', [], ports, []));
    const wanted = new Set(ports);
    const first = await ss.onPorts(ports);
    if (first.ok && first.value.rows.length > 0) {
      confirmed = null;
      return success(toKernelTable('ss', first.value.rows, ports, []));
    }
    const key = ports.join();
    const known = confirmed?.ports === key && now() - confirmed.at < CONFIRM_EVERY_MS;
    if (first.ok && !first.value.silent && known) return success(toKernelTable('ss', [], ports, []));

    const proc = await readProcNet(procNet);
    if (!proc.ok) return first.ok ? proc : failure(first.error);
    const rows = proc.value.filter((row) => touches(row, wanted));
    confirmed = rows.length === 0 ? { ports: key, at: now() } : null;
    if (first.ok && rows.length === 0) return success(toKernelTable('ss', [], ports, []));
    if (!first.ok) return success(toKernelTable('/proc/net/tcp', rows, ports, [first.error]));

    // ss listed nothing although the kernel has rows: the table changed between the two reads, or this ss lists
    // nothing.
    const second = await ss.onPorts(ports);
    if (second.ok && second.value.rows.length > 0) return success(toKernelTable('ss', second.value.rows, ports, []));
    const silent: Problem = {
      code: 'tool-failed',
      tool: 'ss',
      hint: 'ss says nothing although the kernel lists connections; check the ss program, or reinstall iproute2',
    };
    return success(toKernelTable('/proc/net/tcp', rows, ports, [second.ok ? silent : second.error]));
  };
}
