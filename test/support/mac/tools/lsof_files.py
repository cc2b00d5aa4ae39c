"""What the processes of this machine have open, as lsof's darwin dialect gathers it: lsof dialects/darwin/libproc dproc.c, dfile.c, dsock.c."""

import _socket
import os
import stat

from kernel import TCP, UDP, pointer, read_sockets
from lsof_options import ADDRESS, FD, NAME, NET

SOCKET_FLAGS = 3  # FREAD | FWRITE
WAS_LOCKED = 0x4000  # bsd/sys/fcntl.h FWASLOCKED: "has or has had an advisory fcntl lock", never cleared
SHARED, CLOSE_ON_EXEC = 1, 2  # bsd/sys/proc_info.h PROC_FP_*


class File:
    """One line of lsof: what print_proc() can print of it."""

    def __init__(self, fd, kind=""):
        self.fd, self.kind = fd, kind
        self.access, self.selected, self.excluded = " ", 0, False
        self.flags = self.status = self.device_text = self.device = self.raw_device = None
        self.size = self.offset = self.inode = self.protocol = None
        self.state = self.unread = self.unsent = None
        self.name = ""


def label(number):
    """alloc_lfile(): from 10000 on only the last three digits, behind a star."""
    return "%4d" % number if number < 10000 else "*%03d" % (number % 1000)


def mac_device(number):
    """A device as XNU's 32-bit dev_t: eight bits of major, 24 of minor."""
    return (os.major(number) & 0xFF) << 24 | os.minor(number) & 0xFFFFFF


class Gatherer:
    def __init__(self, options, settings):
        self.options, self.settings = options, settings
        self._sockets = None
        self._locks = None

    def sockets(self):
        if self._sockets is None:
            self._sockets = {}
            for protocol in (TCP, UDP):
                for one in read_sockets(protocol)[0]:
                    if one.inode:
                        self._sockets[one.inode] = one
        return self._sockets

    def of(self, process, base, sockets_only):
        """The process's files in lsof's order: cwd, rtd, txt, descriptors. `base` is what the process itself was selected by."""
        files = []

        def link(file, is_socket=False):
            file.selected |= base
            if self.options.descriptors and self._descriptor_fits(file.fd.strip()):
                file.selected |= FD
            if file.selected and not file.excluded and (is_socket or not sockets_only):
                files.append(file)

        folder = "/proc/%d" % process.pid
        if not sockets_only and not self.options.only_descriptors:
            for fd, entry in ((" cwd", "cwd"), (" rtd", "root")):
                path = link_of(folder + "/" + entry)
                # XNU gives a root directory only to a process that called chroot().
                if path and not (entry == "root" and path == "/"):
                    link(self.vnode(File(fd), folder + "/" + entry, path))
            for path in text_files(process.pid):
                link(self.vnode(File(" txt"), path, path))
        try:
            numbers = sorted(int(name) for name in os.listdir(folder + "/fd"))
        except OSError:
            return files
        for number in numbers:
            path = link_of("%s/fd/%d" % (folder, number))
            if path is None:
                continue
            if path.startswith("socket:["):
                link(self.socket(process, number, int(path[8:-1])), True)
            elif not sockets_only:
                link(self.descriptor(process, number, path))
        return files

    def _descriptor_fits(self, fd):
        return (fd in self.options.descriptors) != self.options.descriptors_excluded

    def socket(self, process, number, inode):
        """process_socket_common()."""
        options = self.options
        file = File(label(number), "sock")
        file.access, file.flags, file.status, file.offset = "u", SOCKET_FLAGS, 0, 0
        file.protocol = ""
        socket = self.sockets().get(inode)
        if socket is None:
            self._socket_without_row(process, number, inode, file)
            if file.state is None:
                return file
        else:
            file.kind = "IPv4" if socket.family == _socket.AF_INET else "IPv6"
            file.protocol = "TCP" if socket.protocol == TCP else "UDP"
            file.unread, file.unsent = socket.unread, socket.unsent
            if socket.protocol == TCP:
                file.state = socket.state_name
            file.name = internet_name(socket)
        file.device_text = pointer(inode)
        if file.state is not None and (options.states_in or options.states_out):
            if file.state in options.states_out or options.states_in and file.state not in options.states_in:
                file.excluded = True
                return file
            if options.states_in:
                options.states_in[file.state] = True
        if options.any_network and options.network_family in (None, int(file.kind[3])):
            file.selected |= NET
        ipv4 = file.kind == "IPv4" if socket is None else socket.ipv4
        ports = [0]
        if socket is not None:
            # ent_inaddr(): a foreign end only where there is one.
            ports = [socket.remote_port] if socket.remote_port or socket.remote != "*" else []
            ports.append(socket.local_port)
        for port in ports:
            if any([one.fits(file.protocol, ipv4, port) for one in options.addresses]):
                file.selected |= ADDRESS
        return file

    def _socket_without_row(self, process, number, inode, file):
        """A socket that is in no table: one of TCP that never was connected or was reset is CLOSED, any other is not the internet's."""
        try:
            name = os.getxattr("/proc/%d/fd/%d" % (process.pid, number), "system.sockprotoname").rstrip(b"\0")
        except OSError:
            name = b""
        if name in (b"TCP", b"TCPv6"):
            file.kind = "IPv4" if name == b"TCP" else "IPv6"
            file.protocol, file.state, file.name = "TCP", "CLOSED", "*:*"
            file.unread = file.unsent = 0
        elif name in (b"UNIX", b"UNIX-STREAM"):
            file.kind, file.name, file.device_text = "unix", "->(none)", pointer(inode)

    def descriptor(self, process, number, path):
        file = File(label(number))
        file.flags, file.status = self.flags(process, number)
        file.access = {1: "r", 2: "w", 3: "u"}.get(file.flags & 3, " ")
        if path.startswith("pipe:["):
            file.kind, file.device_text, file.size = "PIPE", pointer(int(path[6:-1])), 16384
            file.flags = None
            return file
        if path.startswith("anon_inode:"):
            file.kind, file.name = "KQUEUE", "count=0, state=0xa"
            return file
        return self.vnode(file, "/proc/%d/fd/%d" % (process.pid, number), path)

    def flags(self, process, number):
        """fill_fileinfo(): how it was opened, whether a lock was ever got on it, and the descriptor's own flags."""
        opened, locked = 0, False
        try:
            with open("/proc/%d/fdinfo/%d" % (process.pid, number), encoding="ascii") as file:
                for line in file:
                    if line.startswith("flags:"):
                        opened = int(line.split()[1], 8)
                    elif line.startswith("lock:") and ("FLOCK" in line or "POSIX" in line or "OFDLCK" in line):
                        locked = True
        except OSError:
            return 0, 0
        flags = {os.O_RDONLY: 1, os.O_WRONLY: 2, os.O_RDWR: 3}.get(opened & os.O_ACCMODE, 0)
        flags |= 4 if opened & os.O_NONBLOCK else 0
        flags |= 8 if opened & os.O_APPEND else 0
        if self._was_locked(process, number, locked):
            flags |= WAS_LOCKED
        return flags, CLOSE_ON_EXEC if opened & os.O_CLOEXEC else 0

    def _was_locked(self, process, number, locked):
        """Linux forgets a lock that is given back; the world remembers those that any lsof in it has seen."""
        if self.settings.world is None:
            return locked
        path = self.settings.world + "/locks"
        if self._locks is None:
            try:
                with open(path, encoding="utf-8") as file:
                    self._locks = set(file.read().split("\n"))
            except FileNotFoundError:
                self._locks = set()
        inode = os.stat("/proc/%d/fd/%d" % (process.pid, number)).st_ino
        key = "%d %d %d %d" % (process.pid, process.started, number, inode)
        if locked and key not in self._locks:
            self._locks.add(key)
            with open(path, "a", encoding="utf-8") as file:
                file.write(key + "\n")
        return key in self._locks

    def vnode(self, file, path, name):
        """enter_vnode_info()."""
        try:
            status = os.stat(path)
        except OSError:
            return file
        kinds = (
            (stat.S_ISFIFO, "FIFO"), (stat.S_ISCHR, "CHR"), (stat.S_ISDIR, "DIR"), (stat.S_ISBLK, "BLK"), (stat.S_ISREG, "REG"),
        )
        file.kind = next((kind for test, kind in kinds if test(status.st_mode)), "REG")
        file.inode, file.name = status.st_ino, name[:-10] if name.endswith(" (deleted)") else name
        if file.kind != "FIFO":
            file.device = mac_device(status.st_dev)
        if file.kind in ("CHR", "BLK"):
            file.raw_device = mac_device(status.st_rdev)
        if file.kind in ("CHR", "FIFO"):
            file.offset = 0
        else:
            file.size = status.st_size
        for target in self.options.targets:
            if (target.device, target.inode) == (status.st_dev, status.st_ino):
                target.found = True
                file.selected |= NAME
        return file


def link_of(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


def text_files(pid):
    """process_text(): every file that is mapped, once, by address; the executable comes first."""
    seen = set()
    paths = []
    try:
        with open("/proc/%d/maps" % pid, encoding="utf-8", errors="surrogateescape") as maps:
            for line in maps:
                fields = line.rstrip("\n").split(None, 5)
                if len(fields) < 6 or not fields[5].startswith("/") or fields[5].endswith(" (deleted)"):
                    continue
                key = fields[3], fields[4]
                if key not in seen:
                    seen.add(key)
                    paths.append(fields[5])
    except OSError:
        pass
    return paths


def internet_name(socket):
    """printinaddr(): numbers only (-n, -P)."""

    def end(address, port):
        host = address if address == "*" or socket.ipv4 else "[%s]" % address
        return "%s:%s" % (host, port or "*")

    local = end(socket.local, socket.local_port)
    if socket.remote == "*" and socket.remote_port == 0:
        return local
    return local + "->" + end(socket.remote, socket.remote_port)
