"""Starts a command under a pid of our choice (Linux 5.5 or newer, as root), to simulate a reused pid.

Usage: with_pid.py PID COMMAND...
"""

import ctypes
import os
import signal
import sys

CLONE3 = 435

wanted = (ctypes.c_int * 1)(int(sys.argv[1]))
# struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup
request = (ctypes.c_uint64 * 11)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(wanted), 1, 0)
libc = ctypes.CDLL(None, use_errno=True)
pid = libc.syscall(CLONE3, ctypes.byref(request), ctypes.sizeof(request))
if pid < 0:
    sys.exit(f"pid {sys.argv[1]}: {os.strerror(ctypes.get_errno())}")
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
_, status = os.waitpid(pid, 0)
if os.WIFSIGNALED(status):
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.WEXITSTATUS(status))
