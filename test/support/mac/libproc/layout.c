/*
 * The structs that libproc and sysctl fill on 64-bit macOS, declared from the documented layout with types of fixed width. Prints one
 * JSON object: each struct's size and offsets, and example structs as hexadecimal bytes with what they were filled with.
 *
 *   cc -o layout layout.c && ./layout > ../../../fixtures/macos/libproc/layout.json
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define COMM 16

struct bsd_info {
  uint32_t pbi_flags, pbi_status, pbi_xstatus, pbi_pid, pbi_ppid;
  uint32_t pbi_uid, pbi_gid, pbi_ruid, pbi_rgid, pbi_svuid, pbi_svgid, rfu_1;
  char pbi_comm[COMM], pbi_name[2 * COMM];
  uint32_t pbi_nfiles, pbi_pgid, pbi_pjobc, e_tdev, e_tpgid;
  int32_t pbi_nice;
  uint64_t pbi_start_tvsec, pbi_start_tvusec;
};

struct short_info {
  uint32_t pbsi_pid, pbsi_ppid, pbsi_pgid, pbsi_status;
  char pbsi_comm[COMM];
  uint32_t pbsi_flags, pbsi_uid, pbsi_gid, pbsi_ruid, pbsi_rgid, pbsi_svuid, pbsi_svgid, pbsi_rfu;
};

struct unique_info {
  uint8_t p_uuid[16];
  uint64_t p_uniqueid, p_puniqueid;
  int32_t p_idversion, p_orig_ppidversion;
  uint64_t p_reserve2, p_reserve3;
};

/* Pointers are 8 bytes; a timeval is 8 bytes of seconds and 4 of microseconds, padded to 16. */
struct timeval_64 {
  int64_t sec;
  int32_t usec;
};

struct extern_proc {
  struct timeval_64 p_starttime;
  uint64_t p_vmspace, p_sigacts;
  int32_t p_flag;
  char p_stat;
  int32_t p_pid, p_oppid, p_dupfd;
  uint64_t user_stack, exit_thread;
  int32_t p_debugger, sigwait;
  uint32_t p_estcpu;
  int32_t p_cpticks;
  uint32_t p_pctcpu;
  uint64_t p_wchan, p_wmesg;
  uint32_t p_swtime, p_slptime;
  struct timeval_64 p_realtimer[2], p_rtime;
  uint64_t p_uticks, p_sticks, p_iticks;
  int32_t p_traceflag;
  uint64_t p_tracep;
  int32_t p_siglist;
  uint64_t p_textvp;
  int32_t p_holdcnt;
  uint32_t p_sigmask, p_sigignore, p_sigcatch;
  uint8_t p_priority, p_usrpri;
  char p_nice, p_comm[COMM + 1];
  uint64_t p_pgrp, p_addr;
  uint16_t p_xstat, p_acflag;
  uint64_t p_ru;
};

struct vmspace {
  int32_t dummy;
  uint64_t dummy2;
  int32_t dummy3[5];
  uint64_t dummy4[3];
};

struct kinfo {
  struct extern_proc kp_proc;
  struct {
    uint64_t e_paddr, e_sess;
    struct {
      char pc_lock[72];
      uint64_t pc_ucred;
      uint32_t p_ruid, p_svuid, p_rgid, p_svgid;
      int32_t p_refcnt;
    } e_pcred;
    struct {
      int32_t cr_ref;
      uint32_t cr_uid;
      int16_t cr_ngroups;
      uint32_t cr_groups[16];
    } e_ucred;
    struct vmspace e_vm;
    int32_t e_ppid, e_pgid;
    int16_t e_jobc;
    int32_t e_tdev, e_tpgid;
    uint64_t e_tsess;
    char e_wmesg[8];
    int32_t e_xsize;
    int16_t e_xrssize, e_xccount, e_xswrss;
    int32_t e_flag;
    char e_login[12];
    int32_t e_spare[4];
  } kp_eproc;
};

struct fd_info {
  int32_t proc_fd;
  uint32_t proc_fdtype;
};

struct file_info {
  uint32_t fi_openflags, fi_status;
  int64_t fi_offset;
  int32_t fi_type;
  uint32_t fi_guardflags;
};

struct vinfo_stat {
  uint32_t vst_dev;
  uint16_t vst_mode, vst_nlink;
  uint64_t vst_ino;
  uint32_t vst_uid, vst_gid;
  int64_t vst_times[8], vst_size, vst_blocks;
  int32_t vst_blksize;
  uint32_t vst_flags, vst_gen, vst_rdev;
  int64_t vst_qspare[2];
};

struct sockbuf_info {
  uint32_t sbi_cc, sbi_hiwat, sbi_mbcnt, sbi_mbmax, sbi_lowat;
  int16_t sbi_flags, sbi_timeo;
};

struct in_address {
  uint32_t i46a_pad32[3];
  uint8_t i46a_addr4[4];
};

struct in_sockinfo {
  int32_t insi_fport, insi_lport;
  uint64_t insi_gencnt;
  uint32_t insi_flags, insi_flow;
  uint8_t insi_vflag, insi_ip_ttl;
  uint32_t rfu_1;
  struct in_address insi_faddr, insi_laddr;
  struct {
    uint8_t in4_tos;
  } insi_v4;
  struct {
    uint8_t in6_hlim;
    int32_t in6_cksum;
    uint16_t in6_ifindex;
    int16_t in6_hops;
  } insi_v6;
};

struct tcp_sockinfo {
  struct in_sockinfo tcpsi_ini;
  int32_t tcpsi_state, tcpsi_timer[4], tcpsi_mss;
  uint32_t tcpsi_flags, rfu_1;
  uint64_t tcpsi_tp;
};

/* The largest member of the union: both addresses take SOCK_MAXADDRLEN bytes. */
struct un_sockinfo {
  uint64_t unsi_conn_so, unsi_conn_pcb;
  char unsi_addr[255], unsi_caddr[255];
};

struct socket_info {
  struct vinfo_stat soi_stat;
  uint64_t soi_so, soi_pcb;
  int32_t soi_type, soi_protocol, soi_family;
  int16_t soi_options, soi_linger, soi_state, soi_qlen, soi_incqlen, soi_qlimit, soi_timeo;
  uint16_t soi_error;
  uint32_t soi_oobmark;
  struct sockbuf_info soi_rcv, soi_snd;
  int32_t soi_kind;
  uint32_t rfu_1;
  union {
    struct tcp_sockinfo pri_tcp;
    struct un_sockinfo pri_un;
    char pri_kern_ctl[24 + 96];
  } soi_proto;
};

struct socket_fdinfo {
  struct file_info pfi;
  struct socket_info psi;
};

struct flock_64 {
  int64_t l_start, l_len;
  int32_t l_pid;
  int16_t l_type, l_whence;
};

static void hex(const void *data, size_t size) {
  const uint8_t *byte = data;
  for (size_t at = 0; at < size; at += 1) printf("%02x", byte[at]);
}

static const char *separator = "";

static void example(const char *name, const void *data, size_t size) {
  printf("%s\n    \"%s\": \"", separator, name);
  hex(data, size);
  printf("\"");
  separator = ",";
}

#define BEGIN(name, type) printf("%s\n    \"%s\": {\n      \"size\": %zu", separator, name, sizeof(type)), separator = ","
#define AT(type, field) printf(",\n      \"%s\": %zu", strrchr("." #field, '.') + 1, offsetof(type, field))
#define AS(type, field, name) printf(",\n      \"%s\": %zu", name, offsetof(type, field))
#define END() printf("\n    }")

static void structs(void) {
  BEGIN("SHORT_INFO", struct short_info);
  AT(struct short_info, pbsi_pid);
  AT(struct short_info, pbsi_ppid);
  AT(struct short_info, pbsi_status);
  AT(struct short_info, pbsi_comm);
  AT(struct short_info, pbsi_flags);
  AT(struct short_info, pbsi_uid);
  END();
  BEGIN("BSD_INFO", struct bsd_info);
  AT(struct bsd_info, pbi_flags);
  AT(struct bsd_info, pbi_status);
  AT(struct bsd_info, pbi_pid);
  AT(struct bsd_info, pbi_ppid);
  AT(struct bsd_info, pbi_uid);
  AT(struct bsd_info, pbi_comm);
  AT(struct bsd_info, pbi_name);
  AT(struct bsd_info, pbi_start_tvsec);
  AT(struct bsd_info, pbi_start_tvusec);
  END();
  BEGIN("UNIQUE_INFO", struct unique_info);
  AT(struct unique_info, p_uniqueid);
  AT(struct unique_info, p_idversion);
  END();
  BEGIN("KINFO", struct kinfo);
  AS(struct kinfo, kp_proc.p_starttime.sec, "p_starttime_sec");
  AS(struct kinfo, kp_proc.p_starttime.usec, "p_starttime_usec");
  AT(struct kinfo, kp_proc.p_stat);
  AT(struct kinfo, kp_proc.p_pid);
  AT(struct kinfo, kp_eproc.e_ucred.cr_uid);
  AT(struct kinfo, kp_eproc.e_ppid);
  AT(struct kinfo, kp_eproc.e_flag);
  END();
  BEGIN("FD_INFO", struct fd_info);
  AT(struct fd_info, proc_fd);
  AT(struct fd_info, proc_fdtype);
  END();
  BEGIN("SOCKET_INFO", struct socket_fdinfo);
  AT(struct socket_fdinfo, psi.soi_so);
  AT(struct socket_fdinfo, psi.soi_type);
  AT(struct socket_fdinfo, psi.soi_protocol);
  AT(struct socket_fdinfo, psi.soi_family);
  AT(struct socket_fdinfo, psi.soi_qlen);
  AT(struct socket_fdinfo, psi.soi_incqlen);
  AS(struct socket_fdinfo, psi.soi_rcv.sbi_cc, "soi_rcv_sbi_cc");
  AT(struct socket_fdinfo, psi.soi_kind);
  AT(struct socket_fdinfo, psi.soi_proto.pri_tcp.tcpsi_ini.insi_fport);
  AT(struct socket_fdinfo, psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport);
  AT(struct socket_fdinfo, psi.soi_proto.pri_tcp.tcpsi_ini.insi_vflag);
  AT(struct socket_fdinfo, psi.soi_proto.pri_tcp.tcpsi_ini.insi_faddr);
  AT(struct socket_fdinfo, psi.soi_proto.pri_tcp.tcpsi_ini.insi_laddr);
  AT(struct socket_fdinfo, psi.soi_proto.pri_tcp.tcpsi_state);
  END();
  BEGIN("FLOCK", struct flock_64);
  AT(struct flock_64, l_start);
  AT(struct flock_64, l_len);
  AT(struct flock_64, l_pid);
  AT(struct flock_64, l_type);
  AT(struct flock_64, l_whence);
  END();
}

static void process_examples(void) {
  struct short_info brief = {.pbsi_pid = 4312, .pbsi_ppid = 1, .pbsi_pgid = 4312, .pbsi_status = 2, .pbsi_flags = 0x4010,
                             .pbsi_uid = 501, .pbsi_gid = 20, .pbsi_ruid = 501, .pbsi_rgid = 20, .pbsi_svuid = 501, .pbsi_svgid = 20};
  strcpy(brief.pbsi_comm, "Python");
  example("short", &brief, sizeof brief);
  brief.pbsi_status = 5;
  example("shortCorpse", &brief, sizeof brief);

  struct bsd_info info = {.pbi_flags = 0x4034, .pbi_status = 2, .pbi_pid = 4312, .pbi_ppid = 1, .pbi_uid = 501, .pbi_gid = 20,
                          .pbi_ruid = 501, .pbi_nfiles = 64, .pbi_pgid = 4312, .e_tdev = 0xffffffff,
                          .pbi_start_tvsec = 1795000000, .pbi_start_tvusec = 123456};
  strcpy(info.pbi_comm, "websocket_serve");
  strcpy(info.pbi_name, "websocket_server_for_trading");
  example("bsd", &info, sizeof info);

  struct unique_info unique = {.p_uniqueid = 9007199254740993u, .p_puniqueid = 1, .p_idversion = -7, .p_orig_ppidversion = 3};
  memset(unique.p_uuid, 0xab, sizeof unique.p_uuid);
  example("unique", &unique, sizeof unique);

  struct kinfo kernel;
  memset(&kernel, 0, sizeof kernel);
  kernel.kp_proc.p_starttime.sec = 1795000000;
  kernel.kp_proc.p_starttime.usec = 654321;
  kernel.kp_proc.p_stat = 2;
  kernel.kp_proc.p_pid = 77;
  strcpy(kernel.kp_proc.p_comm, "login");
  kernel.kp_eproc.e_ucred.cr_uid = 0;
  kernel.kp_eproc.e_pcred.p_ruid = 501;
  kernel.kp_eproc.e_ppid = 70;
  kernel.kp_eproc.e_flag = 0x03;
  example("kinfo", &kernel, sizeof kernel);
}

/* Both ports in network order in the first two bytes of an int. */
static int32_t port(uint16_t number) { return (int32_t)(uint16_t)((number >> 8) | (number << 8)); }

static struct socket_fdinfo tcp(int family, int vflag, uint16_t local, uint16_t foreign, int state) {
  struct socket_fdinfo socket;
  memset(&socket, 0, sizeof socket);
  socket.pfi.fi_openflags = 3;
  socket.pfi.fi_type = 2;
  socket.psi.soi_so = 0x1f2e3d4c5b6a7988u;
  socket.psi.soi_pcb = 0x1111;
  socket.psi.soi_type = 1;
  socket.psi.soi_protocol = 6;
  socket.psi.soi_family = family;
  socket.psi.soi_kind = 2;
  struct tcp_sockinfo *info = &socket.psi.soi_proto.pri_tcp;
  info->tcpsi_ini.insi_vflag = (uint8_t)vflag;
  info->tcpsi_ini.insi_lport = port(local);
  info->tcpsi_ini.insi_fport = port(foreign);
  info->tcpsi_ini.insi_gencnt = 99;
  info->tcpsi_state = state;
  info->tcpsi_mss = 16344;
  info->tcpsi_tp = 0x2222;
  return socket;
}

static void socket_examples(void) {
  static const uint8_t loopback[4] = {127, 0, 0, 1};
  static const uint8_t link_local[16] = {0xfe, 0x80, 0, 4, 0, 0, 0, 0, 0x1c, 0x2b, 0, 0, 0, 0, 0, 9};

  struct socket_fdinfo zombie = tcp(2, 1, 4002, 51000, 5);
  memcpy(zombie.psi.soi_proto.pri_tcp.tcpsi_ini.insi_laddr.i46a_addr4, loopback, 4);
  memcpy(zombie.psi.soi_proto.pri_tcp.tcpsi_ini.insi_faddr.i46a_addr4, loopback, 4);
  zombie.psi.soi_rcv.sbi_cc = 17;
  zombie.psi.soi_snd.sbi_cc = 4;
  example("closeWait", &zombie, sizeof zombie);

  struct socket_fdinfo mapped = zombie;
  mapped.psi.soi_family = 30;
  mapped.psi.soi_proto.pri_tcp.tcpsi_state = 4;
  example("mapped", &mapped, sizeof mapped);

  struct socket_fdinfo listener = tcp(30, 3, 7497, 0, 1);
  listener.psi.soi_qlen = 5;
  listener.psi.soi_incqlen = 2;
  listener.psi.soi_qlimit = 128;
  example("listener", &listener, sizeof listener);

  struct socket_fdinfo six = tcp(30, 2, 4001, 443, 4);
  memcpy(&six.psi.soi_proto.pri_tcp.tcpsi_ini.insi_laddr, link_local, 16);
  memcpy(&six.psi.soi_proto.pri_tcp.tcpsi_ini.insi_faddr, link_local, 16);
  example("linkLocal", &six, sizeof six);

  struct socket_fdinfo fresh = tcp(2, 1, 0, 0, 0);
  example("portless", &fresh, sizeof fresh);

  struct socket_fdinfo detached = zombie;
  detached.psi.soi_kind = 1;
  detached.psi.soi_proto.pri_tcp.tcpsi_state = 0x55;
  example("withoutControlBlock", &detached, sizeof detached);

  struct socket_fdinfo udp = tcp(2, 1, 5353, 0, 0);
  udp.psi.soi_type = 2;
  udp.psi.soi_protocol = 17;
  udp.psi.soi_kind = 1;
  example("udp", &udp, sizeof udp);

  struct socket_fdinfo local = tcp(1, 0, 0, 0, 0);
  local.psi.soi_protocol = 0;
  local.psi.soi_kind = 3;
  memset(&local.psi.soi_proto, 0x2f, sizeof local.psi.soi_proto);
  example("unix", &local, sizeof local);

  struct fd_info fds[4] = {{0, 1}, {3, 5}, {7, 2}, {12, 2}};
  example("fds", fds, sizeof fds);
  struct flock_64 lock = {.l_pid = -1, .l_type = 3};
  example("flock", &lock, sizeof lock);
}

int main(void) {
  printf("{\n  \"structs\": {");
  structs();
  printf("\n  },\n  \"examples\": {");
  separator = "";
  process_examples();
  socket_examples();
  printf("\n  }\n}\n");
  return 0;
}
