import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import type { RunTool } from '../run/command.ts';
import { complaint, isCutOff } from '../run/command.ts';
import { touches } from '../sockets/addresses.ts';
import type { ReadTable } from '../sockets/kernel-table.ts';
import { toKernelTable } from '../sockets/kernel-table.ts';
import type { TcpRow } from '../types.ts';
import { parseListenQueues } from './listen-queues.ts';
import type { NetstatTable } from './netstat-parse.ts';
import { parseNetstat } from './netstat-parse.ts';

/**
 * The kernel's TCP table on macOS: `netstat -an -p tcp` always; `-l` when an IPv6 address on the ports was cut; `-b` for received bytes
 * only with established rows (answered?) and zombies of the Gateway's side (a port probe's?); `-L` for backlogs only with rows on the Gateway's side. What the last two fail to tell stays unknown.
 */
export function createDarwinTable(run: RunTool): ReadTable {
  return async (ports) => {
    const wanted = new Set(ports);
    if (ports.length === 0) return success(toKernelTable('netstat', [], ports, []));
    let flags = '-an';
    const plain = await readSettled(run, flags);
    if (!plain.ok) return plain;
    let table = plain.value;
    if ([...table.cut].some((row) => touches(row, wanted))) {
      const full = await readSettled(run, '-anl');
      if (full.ok && full.value.unreadable <= table.unreadable) {
        table = full.value;
        flags = '-anl';
      }
    }
    let rows = table.rows.filter((row) => touches(row, wanted));
    const tellsByBytes = ({ state, local }: TcpRow) =>
      state === 'ESTABLISHED' || (state === 'CLOSE_WAIT' && wanted.has(local.port));
    if (rows.some(tellsByBytes)) rows = await withBytes(run, `${flags}b`, rows);
    if (rows.some((row) => wanted.has(row.local.port))) rows = await withBacklogs(run, rows);
    const { unreadable } = table;
    return success({
      ...toKernelTable('netstat', rows, ports, unreadable > 0 ? [garbled(unreadable)] : []),
      unreadable,
    });
  };
}

/** Reads once more when netstat says that the table moved under it. */
async function readSettled(run: RunTool, flags: string): Promise<Result<NetstatTable, Problem>> {
  const first = await readOnce(run, flags);
  return first.ok && first.value.moved ? readOnce(run, flags) : first;
}

async function readOnce(run: RunTool, flags: string): Promise<Result<NetstatTable, Problem>> {
  const output = await run('netstat', [flags, '-p', 'tcp']);
  if (!output.ok) return output;
  const { exitCode, stdout, stderr } = output.value;
  const table = parseNetstat(stdout);
  if (exitCode !== 0 || !table.printed || isCutOff(output.value)) {
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

function keyOf(row: TcpRow): string {
  const { local, remote } = row;
  return `${local.address} ${local.port} ${remote?.address ?? ''} ${remote?.port ?? ''}`;
}

async function withBytes(run: RunTool, flags: string, rows: TcpRow[]): Promise<TcpRow[]> {
  const table = await readSettled(run, flags);
  if (!table.ok) return rows;
  const bytes = new Map(table.value.rows.map((row) => [keyOf(row), row.bytesReceived]));
  return rows.map((row) => ({ ...row, bytesReceived: bytes.get(keyOf(row)) ?? null }));
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
