import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import type { RunTool } from '../../run/command.ts';
import { complaint, isCutOff } from '../../run/command.ts';
import { touches } from '../../sockets/addresses.ts';
import type { ReadTable } from '../../sockets/kernel-table.ts';
import { toKernelTable } from '../../sockets/kernel-table.ts';
import type { Holding, KernelTable, Parsed, TcpRow } from '../../types.ts';
import { parseListenQueues } from './listen-queues.ts';
import type { NetstatTable } from './netstat-parse.ts';
import { parseNetstat } from './netstat-parse.ts';

/** Every TCP socket that this user may see in the hands of a process. */
export type ReadEveryHolding = () => Promise<Result<Parsed<Holding>, Problem>>;

/**
 * The kernel's TCP table on macOS: `netstat -anlb -p tcp` tells states, whole addresses and received bytes at once; `-L` backlogs, only
 * where something listens on the ports. What that one fails to tell stays unknown. A netstat that prints nothing at all is checked
 * against `readHeld`: no socket in sight is an empty table, but from macOS 27 on it is what a user without rights may get.
 */
export function createDarwinTable(run: RunTool, readHeld: ReadEveryHolding): ReadTable {
  return async (ports) => {
    const wanted = new Set(ports);
    if (ports.length === 0) return success(toKernelTable('netstat', [], ports, []));
    const table = await readSettled(run);
    if (!table.ok) return table;
    if (!table.value.printed) return withoutNetstat(await readHeld(), ports);
    const { unreadable } = table.value;
    const rows = table.value.rows.filter((row) => touches(row, wanted));
    const listening = rows.some(({ state, local }) => state === 'LISTEN' && wanted.has(local.port));
    const told = listening ? await withBacklogs(run, rows) : rows;
    return success({
      ...toKernelTable('netstat', told, ports, unreadable > 0 ? [garbled(unreadable)] : []),
      unreadable,
    });
  };
}

/** The table as far as processes hold its sockets: those that nobody has accepted, and those of other users, are missing. */
function withoutNetstat(
  held: Result<Parsed<Holding>, Problem>,
  ports: readonly number[],
): Result<KernelTable, Problem> {
  if (!held.ok) return held;
  if (held.value.rows.length === 0 && held.value.unreadable === 0) {
    return success({ ...toKernelTable('netstat', [], ports, []), unreadable: 0 });
  }
  const rows = new Map(held.value.rows.map((holding) => [keyOf(holding), toRow(holding)]));
  const table = toKernelTable('lsof', [...rows.values()], ports, [HIDDEN]);
  // Of zombies in sight the number is worth showing. That there is none cannot be said from here.
  const seen = table.rows.some(({ state }) => state === 'CLOSE_WAIT');
  return success({ ...table, unreadable: Math.max(held.value.unreadable, seen ? 0 : 1) });
}

const HIDDEN: Problem = {
  code: 'not-permitted',
  tool: 'netstat',
  hint: 'macOS shows this user no connections through netstat, so Sexton counts those that it sees in the hands of processes; there may be more. "sudo sexton status" counts all',
};

/** Reads once more when netstat says that the table moved under it. */
async function readSettled(run: RunTool): Promise<Result<NetstatTable, Problem>> {
  const first = await readOnce(run);
  return first.ok && first.value.moved ? readOnce(run) : first;
}

async function readOnce(run: RunTool): Promise<Result<NetstatTable, Problem>> {
  const output = await run('netstat', ['-anlb', '-p', 'tcp']);
  if (!output.ok) return output;
  const { exitCode, stdout, stderr } = output.value;
  const table = parseNetstat(stdout);
  const silent = stdout === '' && stderr.trim() === '';
  if (exitCode !== 0 || !(table.printed || silent) || isCutOff(output.value)) {
    const hint = `netstat gave no whole table (exit ${exitCode}: ${complaint(output.value)}); run "/usr/sbin/netstat -an -p tcp" by hand`;
    return failure({ code: 'tool-failed', tool: 'netstat', hint });
  }
  if (table.rows.length === 0 && table.unreadable > 0) return failure(garbled(table.unreadable));
  return success({ ...table, moved: table.moved || /may have been (?:created|deleted)/.test(stderr) });
}

function garbled(lines: number): Problem {
  const hint = `netstat printed ${lines} lines in an unknown form, so connections may be missing; run "sexton doctor" and report the macOS version`;
  return { code: 'output-unreadable', tool: 'netstat', hint };
}

function keyOf({ local, remote }: TcpRow | Holding): string {
  return `${local.address} ${local.port} ${remote?.address ?? ''} ${remote?.port ?? ''}`;
}

function toRow({ state, local, remote, uid }: Holding): TcpRow {
  return { state, local, remote, recvQ: null, lastSegmentMs: null, bytesReceived: null, uid, inode: null };
}

async function withBacklogs(run: RunTool, rows: TcpRow[]): Promise<TcpRow[]> {
  const output = await run('netstat', ['-anL', '-p', 'tcp']);
  if (!output.ok || output.value.exitCode !== 0) return rows;
  const waiting = new Map<string, number>();
  for (const { local, waiting: count } of parseListenQueues(output.value.stdout).rows) {
    const key = `${local.address} ${local.port}`;
    waiting.set(key, Math.max(waiting.get(key) ?? 0, count));
  }
  return rows.map((row) =>
    row.state === 'LISTEN' ? { ...row, recvQ: waiting.get(`${row.local.address} ${row.local.port}`) ?? null } : row,
  );
}
