/**
 * The layout of the kernel structs that libproc and sysctl fill on 64-bit macOS, in bytes from the start of each struct. Declared
 * in Apple's xnu: bsd/sys/proc_info.h, proc_info_private.h, sysctl.h and proc.h; the same from macOS 13 to 15. The names are Apple's.
 * test/support/mac/libproc/layout.c declares the structs once more in C, and the tests compare both.
 */

/** struct proc_bsdshortinfo: what anybody may know of any process. */
export const SHORT_INFO = {
  size: 64,
  pbsi_pid: 0,
  pbsi_ppid: 4,
  pbsi_status: 12,
  pbsi_comm: 16,
  pbsi_flags: 32,
  pbsi_uid: 36,
} as const;

/** struct proc_bsdinfo: one's own processes only. */
export const BSD_INFO = {
  size: 136,
  pbi_flags: 0,
  pbi_status: 4,
  pbi_pid: 12,
  pbi_ppid: 16,
  pbi_uid: 20,
  pbi_comm: 48,
  pbi_name: 64,
  pbi_start_tvsec: 120,
  pbi_start_tvusec: 128,
} as const;

/** struct proc_uniqidentifierinfo; its size is asserted in Apple's header. */
export const UNIQUE_INFO = { size: 56, p_uniqueid: 16, p_idversion: 32 } as const;

/** struct kinfo_proc: the start time and the session of everybody's processes. */
export const KINFO = {
  size: 648,
  p_starttime_sec: 0,
  p_starttime_usec: 8,
  p_stat: 36,
  p_pid: 40,
  cr_uid: 420,
  e_ppid: 560,
  e_flag: 612,
} as const;

/** struct proc_fdinfo. */
export const FD_INFO = { size: 8, proc_fd: 0, proc_fdtype: 4 } as const;

/** struct socket_fdinfo, down to the tcp_sockinfo in its union. */
export const SOCKET_INFO = {
  size: 792,
  soi_so: 160,
  soi_type: 176,
  soi_protocol: 180,
  soi_family: 184,
  soi_qlen: 194,
  soi_incqlen: 196,
  soi_rcv_sbi_cc: 208,
  soi_kind: 256,
  insi_fport: 264,
  insi_lport: 268,
  insi_vflag: 288,
  insi_faddr: 296,
  insi_laddr: 312,
  tcpsi_state: 344,
} as const;

/** struct flock, as fcntl(F_GETLK) takes it. */
export const FLOCK = { size: 24, l_start: 0, l_len: 8, l_pid: 16, l_type: 20, l_whence: 22 } as const;

/** MAXCOMLEN of bsd/sys/param.h: a process's name, its NUL included; `pbi_name` has twice that. */
export const MAXCOMLEN = 16;
