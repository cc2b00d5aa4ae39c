import type { ServedPort } from '../../../shared/plan.ts';
import type { Platform } from '../platform/types.ts';

/**
 * What else these processes serve, by pid: the ports they listen on and the number of connections on each. Only for the
 * review; `null` when it cannot be read.
 */
export async function readServed(
  platform: Pick<Platform, 'readListeningPorts' | 'readTable'>,
  pids: readonly number[],
): Promise<ReadonlyMap<number, ServedPort[]> | null> {
  const served = new Map<number, ServedPort[]>(pids.map((pid) => [pid, []]));
  const any = await platform.readListeningPorts(pids);
  if (!any.ok) return null;
  // Bots hardly ever listen, so this one question is usually enough.
  if (any.value.length === 0) return served;
  const table = await platform.readTable(any.value);
  if (!table.ok) return null;
  for (const pid of pids) {
    const ports = await platform.readListeningPorts([pid]);
    if (!ports.ok) return null;
    const clients = (port: number) =>
      table.value.rows.filter(({ state, local }) => state === 'ESTABLISHED' && local.port === port).length;
    served.set(
      pid,
      ports.value.map((port) => ({ port, clients: clients(port) })),
    );
  }
  return served;
}
