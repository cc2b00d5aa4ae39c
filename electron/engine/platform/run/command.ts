import type { Readable } from 'node:stream';
import { execa } from 'execa';
import type { Result } from '../../../../shared/result.ts';
import { failure, success } from '../../../../shared/result.ts';
import type { Problem } from '../../../../shared/snapshot.ts';
import type { ToolName, ToolPaths } from './tools.ts';
import { findTool } from './tools.ts';

/** What a tool that ended by itself said. The exit code is told, and is for each caller to weigh: lsof's says nothing. */
export interface Output {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface CommandLimits {
  /** After this long the tool is killed with SIGKILL. */
  timeoutMs: number;
  /** A tool that prints more than this is killed, and nothing of what it printed is believed. */
  maxOutputBytes: number;
}

/** Runs one of the known tools; never throws. */
export type RunTool = (tool: ToolName, args: readonly string[]) => Promise<Result<Output, Problem>>;

/** How long each tool may take: a multiple of what it took on a busy machine, short enough for a person who waits. */
export const TOOL_TIMEOUTS: Readonly<Record<ToolName, number>> = {
  ss: 4_000,
  netstat: 6_000,
  lsof: 10_000,
  ps: 6_000,
};

/** 32 MiB holds about 200,000 sockets as `ss -i` prints them. */
export const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** How long after SIGKILL a tool's end is waited for: one in uninterruptible sleep, or whose child kept the pipe, never ends. */
const KILLED_GRACE_MS = 250;

interface Running {
  /** Settles with the answer, at the latest shortly after the timeout. */
  answer: Promise<Result<Output, Problem>>;
  /** Settles when the child is really gone, which may be never. */
  exited: Promise<void>;
}

/**
 * The one launcher of all tools: absolute path, argument array, nothing in the environment but locale and `TZ=UTC`, no stdin,
 * bounded in time and output. Calls of the same tool run one after the other; while a killed one has not gone, no second is started.
 */
export function createLauncher(options: {
  kind: 'linux' | 'darwin';
  paths: ToolPaths;
  limits: (tool: ToolName) => CommandLimits;
}): RunTool {
  const queue = new Map<ToolName, Promise<unknown>>();
  const lingering = new Map<ToolName, Promise<void>>();

  const runNow = async (tool: ToolName, args: readonly string[]): Promise<Result<Output, Problem>> => {
    if (lingering.has(tool)) {
      return failure({
        code: 'tool-timeout',
        tool,
        hint: `An earlier ${tool} still hangs and does not die; a network volume that does not answer is the usual cause: unmount it`,
      });
    }
    const path = await findTool(tool, options.paths, options.kind);
    if (!path.ok) return path;
    const running = start(options.kind, tool, path.value, args, options.limits(tool));
    lingering.set(tool, running.exited);
    void running.exited.then(() => lingering.delete(tool));
    return running.answer;
  };

  return (tool, args) => {
    const previous = queue.get(tool) ?? Promise.resolve();
    const next = previous.then(() => runNow(tool, args));
    queue.set(tool, next);
    return next;
  };
}

/** In the C locale ps on macOS prints `josM-CM-)` for `josé` (strvis in adv_cmds ps/print.c). */
const ENVIRONMENTS = {
  usual: { LC_ALL: 'C', TZ: 'UTC' },
  psOnMac: { LC_CTYPE: 'UTF-8', LC_TIME: 'C', TZ: 'UTC' },
} as const;

function start(
  kind: 'linux' | 'darwin',
  tool: ToolName,
  path: string,
  args: readonly string[],
  limits: CommandLimits,
): Running {
  const child = execa(path, args, {
    env: ENVIRONMENTS[kind === 'darwin' && tool === 'ps' ? 'psOnMac' : 'usual'],
    extendEnv: false,
    preferLocal: false,
    // A working directory that was deleted would make every spawn fail as if the tool were missing.
    cwd: '/',
    stdin: 'ignore',
    stripFinalNewline: false,
    // execa repeats what it buffered, escaped, in its error messages: many times the memory of the output itself.
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
    // A tool that could not even be started has no exit to wait for.
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

/** Gathers both outputs up to the bound they share; the returned function gives them, or `null` once there was too much. */
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

/** A killed tool may leave its pipe open in a child of its own, or not die at all; its caller must not wait for that. */
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

/** Every tool ends its last line: output that stops before was cut on its way, and rows that nobody misses may be gone with it. */
export function isCutOff({ stdout }: Output): boolean {
  return stdout !== '' && !stdout.endsWith('\n');
}

/** The first line of what a tool complained, for a hint; bounded, without control characters. */
export function complaint(output: Output): string {
  const line = `${output.stderr}\n${output.stdout}`.split('\n').find((text) => text.trim() !== '') ?? 'it said nothing';
  return line
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 160);
}
