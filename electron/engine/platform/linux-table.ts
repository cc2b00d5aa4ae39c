import type { Result } from '../../../shared/result.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { touches } from './addresses.ts';
import type { RunTool } from './command.ts';
import { complaint } from './command.ts';
import type { ReadTable } from './kernel-table.ts';
import { toKernelTable } from './kernel-table.ts';
import { readProcNet } from './proc-net-files.ts';
import { parseSs } from './ss.ts';
import type { TcpRow } from './types.ts';

/**
 * The kernel's TCP table on Linux: `ss`, which alone knows ages and received bytes, else `/proc/net/tcp{,6}` with the problem
 * of ss attached. Where the ends alone are wanted, `/proc/net/tcp{,6}` comes first. Fails only when neither can be read.
 */
export function createLinuxTable(options: { run: RunTool; procNet: string }): ReadTable {
  const ss = createSs(options.run);
  return async (ports, need = 'all') => {
    if (ports.length === 0) return success(toKernelTable('ss', [], ports, []));
    if (need === 'ends') {
      const ends = await readProcNet(options.procNet);
      if (ends.ok) return success(toKernelTable('/proc/net/tcp', ends.value, ports, []));
    }
    const wanted = new Set(ports);
    const first = await ss(ports);
    if (first.ok && first.value.length > 0) return success(toKernelTable('ss', first.value, ports, []));

    const proc = await readProcNet(options.procNet);
    if (!proc.ok) return first.ok ? proc : failure(first.error);
    const known = proc.value.filter((row) => touches(row, wanted));
    if (first.ok && known.length === 0) return success(toKernelTable('ss', [], ports, []));
    if (!first.ok) return success(toKernelTable('/proc/net/tcp', known, ports, [first.error]));

    // ss was silent though the kernel has rows: the table moved between the two reads, or this ss does not list anything.
    const second = await ss(ports);
    if (second.ok && second.value.length > 0) return success(toKernelTable('ss', second.value, ports, []));
    const silent: Problem = {
      code: 'tool-failed',
      tool: 'ss',
      hint: 'ss says nothing although the kernel lists connections; check the ss program, or reinstall iproute2',
    };
    return success(toKernelTable('/proc/net/tcp', known, ports, [second.ok ? silent : second.error]));
  };
}

type ReadRows = (ports: readonly number[]) => Promise<Result<TcpRow[], Problem>>;

function createSs(run: RunTool): ReadRows {
  /** `-O` came with iproute2 5.3; without it, details follow on lines of their own. */
  let oneLine = true;
  const once = (ports: readonly number[]) => {
    const filter = ports.flatMap((port) => [`sport = :${port}`, `dport = :${port}`]).join(' or ');
    return run('ss', [oneLine ? '-HtanieO' : '-Htanie', `( ${filter} )`]);
  };
  return async (ports) => {
    let output = await once(ports);
    if (
      output.ok &&
      oneLine &&
      output.value.exitCode !== 0 &&
      /(invalid|unrecognized) option/.test(output.value.stderr)
    ) {
      oneLine = false;
      output = await once(ports);
    }
    if (!output.ok) return output;
    if (output.value.exitCode !== 0) {
      const hint = `ss failed (exit ${output.value.exitCode}: ${complaint(output.value)}); run "ss -tan" by hand`;
      return failure({ code: 'tool-failed', tool: 'ss', hint });
    }
    const parsed = parseSs(output.value.stdout);
    if (parsed.unreadable > 0) {
      const hint = `ss printed ${parsed.unreadable} lines that are no connections; check the ss program, or reinstall iproute2`;
      return failure({ code: 'output-unreadable', tool: 'ss', hint });
    }
    return success(parsed.rows);
  };
}
