import { BSD_INFO, KINFO, MAXCOMLEN, SHORT_INFO, UNIQUE_INFO } from './layout.ts';

/** A process's state when it is dead and its parent has not reaped it (SZOMB of bsd/sys/proc.h). */
const CORPSE = 5;
/** The states there are: SIDL to SZOMB. */
const MAX_STATUS = CORPSE;

/** PROC_FLAG_SLEADER of proc_info.h: leads its session. */
const FLAG_SESSION_LEADER = 0x20;
/** EPROC_SLEADER of sysctl.h, its namesake in kinfo_proc. */
const EPROC_SESSION_LEADER = 0x02;

/** A moment as the kernel keeps it. */
export interface StartTime {
  seconds: number;
  microseconds: number;
}

/** What proc_bsdshortinfo tells. It knows neither the start nor the session. */
export interface ShortInfo {
  pid: number;
  ppid: number;
  /** The effective user. */
  uid: number;
  /** The kernel's name for it, cut at 15 bytes. */
  name: string;
  corpse: boolean;
}

/** What proc_bsdinfo tells. */
export interface BsdInfo extends ShortInfo {
  start: StartTime;
  sessionLeader: boolean;
}

/** What identifies a process for as long as the machine runs. */
export interface UniqueInfo {
  /** Given once in a boot; stays when the process becomes another program. */
  uniqueId: bigint;
  /** Changes when the process becomes another program: an audit token names a process by this and the pid. */
  version: number;
}

/** What kinfo_proc tells of everybody's processes. */
export interface KernelInfo {
  pid: number;
  ppid: number;
  uid: number;
  start: StartTime;
  sessionLeader: boolean;
}

/** `null` unless the bytes are exactly one struct with credible contents. The same holds for the others here. */
export function decodeShortInfo(data: Buffer): ShortInfo | null {
  if (data.length !== SHORT_INFO.size) return null;
  const status = data.readUInt32LE(SHORT_INFO.pbsi_status);
  const name = decodeName(data, SHORT_INFO.pbsi_comm, MAXCOMLEN);
  return checked(name, status, {
    pid: data.readUInt32LE(SHORT_INFO.pbsi_pid),
    ppid: data.readUInt32LE(SHORT_INFO.pbsi_ppid),
    uid: data.readUInt32LE(SHORT_INFO.pbsi_uid),
  });
}

/** The longer of its two names is the one that is not cut at 15 bytes; it may be empty. */
export function decodeBsdInfo(data: Buffer): BsdInfo | null {
  if (data.length !== BSD_INFO.size) return null;
  const status = data.readUInt32LE(BSD_INFO.pbi_status);
  const short = decodeName(data, BSD_INFO.pbi_comm, MAXCOMLEN);
  const long = decodeName(data, BSD_INFO.pbi_name, 2 * MAXCOMLEN);
  const info = checked(short === null || long === null ? null : long || short, status, {
    pid: data.readUInt32LE(BSD_INFO.pbi_pid),
    ppid: data.readUInt32LE(BSD_INFO.pbi_ppid),
    uid: data.readUInt32LE(BSD_INFO.pbi_uid),
  });
  const start = startTime(
    data.readBigUInt64LE(BSD_INFO.pbi_start_tvsec),
    data.readBigUInt64LE(BSD_INFO.pbi_start_tvusec),
  );
  if (info === null || start === null) return null;
  const sessionLeader = (data.readUInt32LE(BSD_INFO.pbi_flags) & FLAG_SESSION_LEADER) !== 0;
  return { ...info, start, sessionLeader };
}

export function decodeUniqueInfo(data: Buffer): UniqueInfo | null {
  if (data.length !== UNIQUE_INFO.size) return null;
  const uniqueId = data.readBigUInt64LE(UNIQUE_INFO.p_uniqueid);
  // The kernel's own process alone has number 0 (bsd/kern/kern_fork.c).
  return uniqueId === 0n ? null : { uniqueId, version: data.readInt32LE(UNIQUE_INFO.p_idversion) };
}

export function decodeKernelInfo(data: Buffer): KernelInfo | null {
  if (data.length !== KINFO.size) return null;
  const pid = data.readInt32LE(KINFO.p_pid);
  const ppid = data.readInt32LE(KINFO.e_ppid);
  const status = data.readInt8(KINFO.p_stat);
  const start = startTime(
    data.readBigUInt64LE(KINFO.p_starttime_sec),
    BigInt(data.readUInt32LE(KINFO.p_starttime_usec)),
  );
  if (pid < 0 || ppid < 0 || status < 1 || status > MAX_STATUS || start === null) return null;
  return {
    pid,
    ppid,
    uid: data.readUInt32LE(KINFO.cr_uid),
    start,
    sessionLeader: (data.readInt32LE(KINFO.e_flag) & EPROC_SESSION_LEADER) !== 0,
  };
}

/** Every process of a kinfo_proc array by its pid; `null` when one of them is not credible, or the bytes end within one. */
export function decodeKernelInfos(data: Buffer): Map<number, KernelInfo> | null {
  if (data.length % KINFO.size !== 0) return null;
  const infos = new Map<number, KernelInfo>();
  for (let at = 0; at < data.length; at += KINFO.size) {
    const info = decodeKernelInfo(data.subarray(at, at + KINFO.size));
    if (info === null) return null;
    infos.set(info.pid, info);
  }
  return infos;
}

/** The pids of proc_listpids without the kernel's own, each once: a dying process may stand in two of the kernel's lists. */
export function decodePids(data: Buffer): number[] | null {
  if (data.length % 4 !== 0) return null;
  const pids = new Set<number>();
  for (let at = 0; at < data.length; at += 4) {
    const pid = data.readInt32LE(at);
    if (pid < 0) return null;
    if (pid > 0) pids.add(pid);
  }
  return [...pids];
}

type Numbers = Pick<ShortInfo, 'pid' | 'ppid' | 'uid'>;

function checked(name: string | null, status: number, numbers: Numbers): ShortInfo | null {
  const { pid, ppid } = numbers;
  if (name === null || status < 1 || status > MAX_STATUS || pid < 1 || pid > MAX_PID || ppid > MAX_PID) return null;
  return { ...numbers, name, corpse: status === CORPSE };
}

/** pids are positive 32-bit numbers; the system itself stays below 100,000. */
const MAX_PID = 0x7fff_ffff;

/** The text up to its NUL, which the kernel always writes. */
function decodeName(data: Buffer, offset: number, size: number): string | null {
  const end = data.indexOf(0, offset);
  return end < 0 || end >= offset + size ? null : data.toString('utf8', offset, end);
}

/** Until the year 9999, which is as far as dates are written. */
const MAX_SECONDS = 253_402_300_799n;

function startTime(seconds: bigint, microseconds: bigint): StartTime | null {
  if (seconds > MAX_SECONDS || microseconds >= 1_000_000n) return null;
  return { seconds: Number(seconds), microseconds: Number(microseconds) };
}
