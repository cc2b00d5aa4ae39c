import type { Readable } from 'node:stream';
import { execa } from 'execa';
import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import { type Serial, serial } from '../../serial.ts';
import type { ToolName, ToolPaths } from './tools.ts';
import { findTool } from './tools.ts';

/** The output of a tool that ended without being killed. Each caller weighs the exit code itself: lsof's says nothing. */
export interface Output {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface CommandLimits {
  /** After this long the tool is killed with SIGKILL. */
  timeoutMs: number;
  /** A tool that prints more than this is killed, and all of its output is discarded. */
  maxOutputBytes: number;
}

/** Runs one of the known tools; never throws. */
export type RunTool = (tool: ToolName, args: readonly string[]) => Promise<Result<Output, Problem>>;

/** How long each tool may take: a multiple of its time on a busy machine, short enough for a person who waits. */
export const TOOL_TIMEOUTS: Readonly<Record<ToolName, number>> = {
  ss: 4_000,
  netstat: 6_000,
  lsof: 10_000,
  ps: 6_000,
};

/** 32 MiB holds about 200,000 sockets as `ss -i` prints them. */
export const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** How long to wait for a tool's end after SIGKILL: one in uninterruptible sleep, or whose child kept the pipe, never ends. */
const KILLED_GRACE_MS = 250;

interface Running {
  /** Settles with the answer, at the latest shortly after the timeout. */
  answer: Promise<Result<Output, Problem>>;
  /** Settles when the child has really ended, which may be never. */
  exited: Promise<void>;
}

/**
 * The only launcher of tools: absolute path, argument array, nothing in the environment but the locale and `TZ=UTC`, no
 * stdin, bounded in time and output. Calls of the same tool run one after the other; none starts before a killed one
 * has ended.
 */
export function createLauncher(options: {
  paths: ToolPaths;
  /** How to get a tool that is missing. */
  installHint: (tool: ToolName) => string;
  /** A tool's own locale; the C locale where absent. */
  locale?: (tool: ToolName) => Readonly<Record<string, string>> | undefined;
  limits: (tool: ToolName) => CommandLimits;
}): RunTool {
  const turns = new Map<ToolName, Serial>();
  const lingering = new Map<ToolName, Promise<void>>();

  const runNow = async (tool: ToolName, args: readonly string[]): Promise<Result<Output, Problem>> => {
    if (lingering.has(tool)) {
      return failure({
        code: 'tool-timeout',
        tool,
        hint: `An earlier ${tool} still hangs and does not die; a network volume that does not answer is the usual cause: unmount it`,
      });
    }
    const path = await findTool(tool, options.paths, options.installHint);
    if (!path.ok) return path;
    const running = start(path.value, args, options.limits(tool), tool, options.locale?.(tool));
    lingering.set(tool, running.exited);
    void running.exited.then(() => lingering.delete(tool));
    return running.answer;
  };

  return (tool, args) => {
    const inTurn = turns.get(tool) ?? serial();
    turns.set(tool, inTurn);
    return inTurn(() => runNow(tool, args));
  };
}

const C_LOCALE = { LC_ALL: 'C' };

function start(
  path: string,
  args: readonly string[],
  limits: CommandLimits,
  tool: ToolName,
  locale: Readonly<Record<string, string>> = C_LOCALE,
): Running {
  const child = execa(path, args, {
    env: { ...locale, TZ: 'UTC' },
    extendEnv: false,
    preferLocal: false,
    // In a deleted working directory every spawn would fail as if the tool were missing.
    cwd: '/',
    stdin: 'ignore',
    stripFinalNewline: false,
    // execa would repeat its buffered output, escaped, in error messages: many times the memory of the output itself.
    buffer: false,
    timeout: limits.timeoutMs,
    killSignal: 'SIGKILL',
    forceKillAfterDelay: false,
    reject: false,
  });
  let markExited = (): void => {};
  const exited = new Promise<void>((resolve) => {
    markExited = resolve;
  });
  child.once('exit', markExited);
  child.once('error', markExited);

  const collected = collect(child.stdout, child.stderr, limits.maxOutputBytes, () => child.kill('SIGKILL'));
  const answer = child.then((result): Result<Output, Problem> => {
    // A tool that did not start has no exit to wait for.
    if (child.pid === undefined) markExited();
    if (result.timedOut) return failure(timedOut(tool, limits));
    const text = collected();
    if (text === null) {
      return failure({
        code: 'output-unreadable',
        tool,
        hint: `${path} printed more than ${Math.round(limits.maxOutputBytes / 1024)} KiB, which no real ${tool} does: check that file`,
      });
    }
    if (result.exitCode === undefined) {
      const how = result.signal === undefined ? (result.code ?? 'could not be started') : `died of ${result.signal}`;
      return failure({ code: 'tool-failed', tool, hint: `${path}: ${how}; run it by hand to see why` });
    }
    return success({ ...text, exitCode: result.exitCode });
  });
  return { answer: withDeadline(answer, limits, () => failure(timedOut(tool, limits)), child), exited };
}

/** Collects both outputs up to the bound they share; the returned function returns them, or `null` when there was too much. */
function collect(
  stdout: Readable,
  stderr: Readable,
  maxBytes: number,
  tooMuch: () => void,
): () => { stdout: string; stderr: string } | null {
  let bytes = 0;
  const gather = (stream: Readable): Buffer[] => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      if (bytes > maxBytes) return;
      bytes += chunk.length;
      if (bytes > maxBytes) tooMuch();
      else chunks.push(chunk);
    });
    return chunks;
  };
  const [out, err] = [gather(stdout), gather(stderr)];
  return () =>
    bytes > maxBytes
      ? null
      : { stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') };
}

/** A killed tool may leave its pipe open in a child, or never end; its caller must not wait for that. */
function withDeadline<Value>(
  answer: Promise<Value>,
  limits: CommandLimits,
  late: () => Value,
  child: { stdout: Readable; stderr: Readable },
): Promise<Value> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(late());
    }, limits.timeoutMs + KILLED_GRACE_MS);
    void answer.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

function timedOut(tool: ToolName, limits: CommandLimits): Problem {
  return {
    code: 'tool-timeout',
    tool,
    hint: `${tool} gave no answer within ${limits.timeoutMs / 1000} s and was killed; a network volume that does not answer or a busy machine is the usual cause`,
  };
}

/** Every tool ends its last line with a newline: output without one was cut off, and rows may be missing without a trace. */
export function isCutOff({ stdout }: Output): boolean {
  return stdout !== '' && !stdout.endsWith('\n');
}

/** The first line of a tool's complaint, for a hint; bounded, without control characters. */
export function complaint(output: Output): string {
  const line = `${output.stderr}\n${output.stdout}`.split('\n').find((text) => text.trim() !== '') ?? 'it said nothing';
  return line
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 160);
}
