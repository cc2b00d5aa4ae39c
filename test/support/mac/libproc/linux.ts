import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this Linux machine, with what macOS would report about it. Read without the product's code, which is being tested. */
export interface LinuxProcess {
  pid: number;
  ppid: number;
  /** The effective, real and saved user. */
  uids: [effective: number, real: number, saved: number];
  name: string;
  zombie: boolean;
  stopped: boolean;
  sessionLeader: boolean;
  startTicks: number;
  /** A thread of the kernel itself, which macOS has none of. */
  kernel: boolean;
}

const TICKS_PER_SECOND = 100;

let bootSeconds: number | null = null;

/** Seconds and microseconds since 1970. */
export function startOf({ startTicks }: LinuxProcess): { seconds: number; microseconds: number } {
  bootSeconds ??= Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  const whole = Math.floor(startTicks / TICKS_PER_SECOND);
  return { seconds: bootSeconds + whole, microseconds: (startTicks % TICKS_PER_SECOND) * 10_000 };
}

/** Every pid; those of threads are not listed. */
export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** `null` when there is no such process. */
export function readProcess(pid: number): LinuxProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    if (Number(/^Tgid:\s+(\d+)/m.exec(status)?.[1]) !== pid) return null;
    const uids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(status)?.slice(1).map(Number) ?? [];
    const [real = 0, effective = 0, saved = 0] = uids;
    const close = stat.lastIndexOf(')');
    const fields = stat.slice(close + 2).split(' ');
    return {
      pid,
      ppid: Number(fields[1]),
      uids: [effective, real, saved],
      name: stat.slice(stat.indexOf('(') + 1, close),
      zombie: fields[0] === 'Z' || fields[0] === 'X',
      stopped: fields[0] === 'T' || fields[0] === 't',
      sessionLeader: Number(fields[3]) === pid,
      startTicks: Number(fields[19]),
      kernel: (Number(fields[6]) & 0x0020_0000) !== 0,
    };
  } catch {
    return null;
  }
}

/** The program's file; `null` when there is none, or it may not be seen. */
export function readExecutable(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

/** Strings that end in NUL: `cmdline` or `environ`. */
export function readStrings(pid: number, file: 'cmdline' | 'environ'): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
    return text === '' ? [] : text.replace(/\0$/, '').split('\0');
  } catch {
    return [];
  }
}

/** What each descriptor points to, by number. */
export function readDescriptors(pid: number): Map<number, string> {
  const folder = `/proc/${pid}/fd`;
  const found = new Map<number, string>();
  try {
    for (const name of readdirSync(folder)) {
      const target = readDescriptor(pid, Number(name));
      if (target !== null) found.set(Number(name), target);
    }
  } catch {
    // It has ended.
  }
  return new Map([...found].sort(([one], [other]) => one - other));
}

/** `null` when the descriptor is not open. */
export function readDescriptor(pid: number, fd: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return null;
  }
}

/** Does another process, or another descriptor of ours, hold a lock of any kind on this file? */
export function isLockedByAnybody(dev: number, inode: number): boolean {
  const hex = (part: number) => part.toString(16).padStart(2, '0');
  const file = `${hex((dev >> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >> 12) & 0xfff00))}:${inode}`;
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .some((line) => !line.includes('->') && line.split(/\s+/)[5] === file);
}
