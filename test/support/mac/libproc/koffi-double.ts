import { createRequire } from 'node:module';
import { createKernel, type Mac, type Outcome } from './kernel.ts';

/** One call as it comes out of the product: what it is called, and its numbers and buffers. */
export interface Call {
  name: string;
  args: readonly unknown[];
}

/** Called before a call: its result, an errno or bytes, replaces the kernel's. */
export type Fault = (call: Call, answer: () => Outcome) => Outcome;

export interface DoubleOptions extends Partial<Mac> {
  /** `14.2` and later can signal by an audit token. */
  macos?: string;
  fault?: Fault;
}

type Func = (...args: unknown[]) => unknown;

/** libproc is a part of the first; the others are names of it, or of the program itself. */
const MAC_LIBRARIES = ['/usr/lib/libSystem.B.dylib', '/usr/lib/libSystem.dylib', '/usr/lib/libproc.dylib'];

/** As much of koffi as the product uses. */
export interface RealKoffi {
  load(path: string | null): { func(definition: string): Func };
  errno(value?: number): number;
  os: { errno: Record<string, number> };
}

/**
 * koffi as on a Mac: its library answers from this Linux machine in Apple's structs, with macOS's errno values. Everything else, such as
 * flock(2) of this program's own C library, is the real koffi.
 */
export function createKoffiDouble(options: DoubleOptions = {}): RealKoffi {
  const real = createRequire(import.meta.url)('koffi') as RealKoffi;
  const mac: Mac = {
    uid: options.uid ?? process.geteuid?.() ?? -1,
    restricted: options.restricted ?? (() => false),
    procNet: options.procNet ?? '/proc/net',
  };
  const kernel = createKernel(mac);
  const fault: Fault = options.fault ?? ((_, answer) => answer());
  /** The errno of the double's last call; `null` after a call of the real library. */
  let errno: number | null = null;

  const libproc = (name: string, run: (...args: never[]) => Outcome, buffer: number): Func => {
    return (...args) => {
      const outcome = fault({ name, args }, () => run(...(args as never[])));
      if (typeof outcome === 'number') {
        errno = outcome;
        return 0;
      }
      return fill(args[buffer] as Buffer | null, outcome);
    };
  };

  const functions: Record<string, Func> = {
    proc_listpids: libproc(
      'proc_listpids',
      (_type, _info, buffer: Buffer | null) => kernel.listpids(sizeOf(buffer)),
      2,
    ),
    proc_pidinfo: libproc(
      'proc_pidinfo',
      (pid: number, flavor: number, arg: number, buffer: Buffer | null) =>
        kernel.pidinfo(pid, flavor, Number(arg), sizeOf(buffer)),
      3,
    ),
    proc_pidfdinfo: libproc(
      'proc_pidfdinfo',
      (pid: number, fd: number, flavor: number, buffer: Buffer) => kernel.pidfdinfo(pid, fd, flavor, buffer.length),
      3,
    ),
    proc_pidpath: libproc('proc_pidpath', (pid: number, buffer: Buffer) => kernel.pidpath(pid, buffer.length), 1),
    sysctl: (...args) => {
      const [name, count, old, size] = args as [Buffer, number, Buffer | null, Buffer];
      const numbers = Array.from({ length: count }, (_, index) => name.readInt32LE(4 * index));
      const outcome = fault({ name: 'sysctl', args: [numbers, old] }, () => kernel.sysctl(numbers, sizeOf(old)));
      if (typeof outcome === 'number') {
        errno = outcome;
        return -1;
      }
      size.writeBigUInt64LE(BigInt(fill(old, outcome)));
      return 0;
    },
    fcntl: (...args) => {
      const [fd, , , flock] = args as [number, number, string, Buffer];
      const outcome = fault({ name: 'fcntl', args }, () => kernel.getlock(fd, flock));
      errno = Number(outcome);
      return errno === 0 ? 0 : -1;
    },
  };
  if (isAtLeast(options.macos ?? '15.5', 14, 2)) {
    functions.proc_signal_with_audittoken = (...args) => {
      const [token, signal] = args as [Buffer, number];
      const send = () => kernel.signal(token.readInt32LE(20), token.readInt32LE(28), signal);
      return fault({ name: 'proc_signal_with_audittoken', args }, send);
    };
  }

  return {
    ...real,
    errno: (value) => {
      if (value !== undefined) errno = value;
      return errno ?? real.errno();
    },
    load: (path) => {
      if (path !== null && MAC_LIBRARIES.includes(path)) return { func: (definition) => lookUp(functions, definition) };
      const library = real.load(path);
      return {
        ...library,
        func: (definition) => {
          const call = library.func(definition);
          return (...args) => {
            errno = null;
            return call(...args);
          };
        },
      };
    },
  };
}

function lookUp(functions: Record<string, Func>, definition: string): Func {
  const name = /(\w+)\s*\(/.exec(definition)?.[1] ?? '';
  const found = functions[name];
  // As koffi words it.
  if (found === undefined) throw new Error(`Cannot find function '${name}' in shared library`);
  return found;
}

function sizeOf(buffer: Buffer | null): number | null {
  return buffer === null ? null : buffer.length;
}

/** Writes no further than the buffer goes, as the real calls do; without one only the answer's size is returned. */
function fill(buffer: Buffer | null, data: Buffer): number {
  if (buffer !== null) data.copy(buffer);
  return buffer === null ? data.length : Math.min(buffer.length, data.length);
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number);
  return first > major || (first === major && second >= minor);
}
