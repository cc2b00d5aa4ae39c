import type { Result } from '../../../../../shared/result.ts';
import { failure, success } from '../../../../../shared/result.ts';
import type { Problem } from '../../../../../shared/snapshot.ts';
import type { RunTool } from '../../run/command.ts';
import { complaint, isCutOff } from '../../run/command.ts';
import type { TcpRow } from '../../types.ts';
import { parseSs } from './ss-parse.ts';

/** What `ss` listed. It prints a header even when the list is empty; without a header it gave no answer. */
export interface SsAnswer {
  rows: TcpRow[];
  silent: boolean;
}

/** The questions for `ss`; the kernel filters the rows. */
export interface SsTables {
  /** Every row with one of the ports at either end. */
  onPorts(ports: readonly number[]): Promise<Result<SsAnswer, Problem>>;
  /** Every listener, with its inode. */
  listeners(): Promise<Result<SsAnswer, Problem>>;
}

/** After a timeout ss is not asked again for this long: it would hang again, and a clean reads the table a dozen times. */
const REST_AFTER_TIMEOUT_MS = 30_000;

/** Asks `ss` through the launcher. `now` is monotonic milliseconds. */
export function createSs(run: RunTool, now: () => number = () => performance.now()): SsTables {
  let hung: { problem: Problem; until: number } | null = null;
  /** `-O` needs iproute2 5.3; without it, details are on lines of their own. */
  let oneLine = true;
  const ask = async (flags: string, filter: readonly string[]): Promise<Result<SsAnswer, Problem>> => {
    if (hung !== null && now() < hung.until) return failure(hung.problem);
    const once = () => run('ss', [oneLine ? `${flags}O` : flags, ...filter]);
    let output = await once();
    if (
      output.ok &&
      oneLine &&
      output.value.exitCode !== 0 &&
      /(invalid|unrecognized) option/.test(output.value.stderr)
    ) {
      oneLine = false;
      output = await once();
    }
    if (!output.ok) {
      const { error } = output;
      hung = error.code === 'tool-timeout' ? { problem: error, until: now() + REST_AFTER_TIMEOUT_MS } : null;
      return output;
    }
    const { exitCode, stdout } = output.value;
    if (exitCode !== 0) {
      const hint = `ss failed (exit ${exitCode}: ${complaint(output.value)}); run "ss -tan" by hand`;
      return failure({ code: 'tool-failed', tool: 'ss', hint });
    }
    const parsed = parseSs(stdout);
    if (parsed.unreadable > 0) {
      const hint = `ss printed ${parsed.unreadable} lines that are no connections; check the ss program, or reinstall iproute2`;
      return failure({ code: 'output-unreadable', tool: 'ss', hint });
    }
    if (isCutOff(output.value)) {
      const hint = 'ss stopped in the middle of a line, so connections may be missing; run "ss -tan" by hand';
      return failure({ code: 'output-unreadable', tool: 'ss', hint });
    }
    return success({ rows: parsed.rows, silent: stdout === '' });
  };
  return {
    onPorts: (ports) => {
      const filter = ports.flatMap((port) => [`sport = :${port}`, `dport = :${port}`]).join(' or ');
      return ask('-tanie', [`( ${filter} )`]);
    },
    listeners: () => ask('-tlne', []),
  };
}
