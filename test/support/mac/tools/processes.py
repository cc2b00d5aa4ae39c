"""This machine's processes, from /proc, as XNU's sysctls and proc_info would report them."""

import _struct
import os

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_boot_time = None

# Apple's own programs that its code signature restricts: KERN_PROCARGS2 leaves their environment out (cs_restricted).
RESTRICTED = "sh,dash,bash,zsh,env,sleep,cat,tail,head,grep,sed,awk,true,false,tee,timeout,nohup,perl"


def read_bytes(path):
    with open(path, "rb", buffering=0) as file:
        parts = []
        while True:
            part = file.read(65536)
            if not part:
                return b"".join(parts)
            parts.append(part)


def boot_time():
    """Whole seconds, and the same in every run: a start time must not waver between two looks."""
    global _boot_time
    if _boot_time is None:
        for line in read_bytes("/proc/stat").split(b"\n"):
            if line.startswith(b"btime "):
                _boot_time = int(line[6:])
    return _boot_time


# How a stand-in is started by its first line; it goes about as the program that it stands for.
_COSTUME = b"\0-IS\0"
_APPLE = {"netstat": "/usr/sbin/netstat", "lsof": "/usr/sbin/lsof", "ps": "/bin/ps"}


class Process:
    """One process; what costs a further file is read when it is asked for."""

    def __init__(self, pid):
        self.pid = pid
        data = read_bytes("/proc/%d/stat" % pid)
        end = data.rindex(b")")
        self.linux_comm = data[data.index(b"(") + 1 : end].decode("utf-8", "surrogateescape")
        fields = data[end + 2 :].split()
        self.state = fields[0].decode("ascii")
        self.ppid, self.pgid, self.session, tty, self.terminal_group = (int(field) for field in fields[1:6])
        self.tty = tty if tty != 0 else None
        self.cpu_ticks = int(fields[11]) + int(fields[12])
        self.nice = int(fields[16])
        self.started = boot_time() + int(fields[19]) // _TICKS
        self.size, self.resident = int(fields[20]) // 1024, int(fields[21]) * _PAGE // 1024
        self.stack = int(fields[25])
        self._ids = self._area = None

    @property
    def zombie(self):
        return self.state in "ZX"

    def _read_ids(self):
        if self._ids is None:
            for line in read_bytes("/proc/%d/status" % self.pid).split(b"\n"):
                if line.startswith(b"Uid:"):
                    ids = line.split()
                    self._ids = int(ids[1]), int(ids[2])
        return self._ids

    @property
    def ruid(self):
        return self._read_ids()[0]

    @property
    def uid(self):
        return self._read_ids()[1]

    def name(self, longest=31):
        """pbi_name, or p_comm with 16: set_proc_name() takes the last part of the executable's path, symbolic links followed."""
        try:
            path = self._apple()[0] if self._apple() is not None else os.readlink("/proc/%d/exe" % self.pid)
        except OSError:
            path = self.linux_comm
        path = path[: -len(" (deleted)")] if path.endswith(" (deleted)") else path
        return path[path.rindex("/") + 1 :][:longest] if "/" in path else path[:longest]

    def _cmdline(self):
        if self._area is None:
            try:
                self._area = read_bytes("/proc/%d/cmdline" % self.pid)
            except OSError:
                self._area = b""
        return self._area

    def _apple(self):
        """The path and the arguments of the Apple program that this process stands for; `None` for any other process."""
        area = self._cmdline()
        if _COSTUME not in area:
            return None
        strings = area.split(b"\0")
        path = _APPLE.get(strings[2][strings[2].rfind(b"/") + 1 :].decode("ascii", "replace")) if len(strings) > 3 else None
        if strings[1] != b"-IS" or path is None:
            return None
        return path, b"\0".join([path.encode("ascii")] + strings[3:])

    def argument_area(self):
        """The strings from argv[0] on, and how many argv had when the program began (p_argc)."""
        apple = self._apple()
        area = self._cmdline() if apple is None else apple[1]
        if apple is None and area and (b"\0\0" in area or not area.endswith(b"\0")):
            count = self._argc()
            if count:
                return area, count
        return area, area.count(b"\0") or 1

    def _argc(self):
        """The count that the kernel put at the top of the first stack; 0 when it cannot be read."""
        try:
            descriptor = os.open("/proc/%d/mem" % self.pid, os.O_RDONLY)
        except OSError:
            return 0
        try:
            return _struct.unpack("=q", os.pread(descriptor, 8, self.stack))[0]
        except (OSError, _struct.error):
            return 0
        finally:
            os.close(descriptor)

    def environment(self):
        try:
            return read_bytes("/proc/%d/environ" % self.pid)
        except OSError:
            return b""


def pids():
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def read_process(pid):
    """The process, or `None` when there is none (any more). Linux's kernel threads do not exist on a Mac."""
    try:
        process = Process(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if pid == 2 and process.ppid == 0 or process.ppid == 2 and process.session == 0 else process
