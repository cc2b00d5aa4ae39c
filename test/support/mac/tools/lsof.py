"""Apple's lsof 4.91: lsof main.c, proc.c print_proc(), print.c print_file(), lib/ptti.c."""

import sys
import time

from lsof_files import Gatherer
from lsof_options import ADDRESS, FILE_SELECTIONS, NET, PID, PROCESS_SELECTIONS, complain, find_targets, parse
from processes import pids, read_process
from standin import suffer, utf8_locale, write

UTF8 = utf8_locale()
ESCAPES = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}

# The process was selected without a word: no selection was asked for.
EVERYTHING = 1 << 30


def select_process(options, pid):
    """is_proc_excl(): `None` when the process is left out, else the selections that it answers to itself."""
    if options.selections == 0:
        return EVERYTHING
    if pid in options.pids:
        return PID
    if options.selections == PID or options.every and options.pids:
        return None
    return 0


def sockets_only(options, base):
    """The conditions at the head of gather_proc_info()."""
    network = options.selections & (NET | ADDRESS)
    if not network:
        return False
    if options.every or options.selections == network:
        return True
    if options.selections & FILE_SELECTIONS or not options.selections & PROCESS_SELECTIONS:
        return False
    return not base & PROCESS_SELECTIONS


def printed(options, file):
    """is_file_sel()."""
    if not file.selected or file.excluded:
        return False
    if options.selections and options.every and file.selected & options.selections != options.selections:
        return False
    return True


def command_field(process):
    return escaped(process.name())


def escaped(text, blank=True):
    """safestrprt(): what this locale cannot print as `\\xNN`, a backslash doubled; in a column a blank is not printed either."""
    out = []
    for letter in text:
        code = ord(letter)
        if " " <= letter <= "~" and letter != "\\" and (blank or letter != " "):
            out.append(letter)
        elif letter in ESCAPES:
            out.append(ESCAPES[letter])
        elif code < 0x20:
            out.append("^" + chr(code + 0x40))
        elif code >= 0xA0 and UTF8 and letter.isprintable():
            out.append(letter)
        else:
            out.extend("\\x%02x" % byte for byte in letter.encode("utf-8", "surrogateescape"))
    return "".join(out)


def offset_text(file):
    return "0t%d" % file.offset


def flags_text(file):
    """print_fflags() with hexadecimal flags, as -F G has them."""
    return "0x%x;0x%x" % (file.flags, file.status)


def field_lines(options, process, files):
    fields, end = options.fields, options.terminator
    out = ["p%d%s" % (process.pid, end)]
    if "g" in fields:
        out.append("g%d%s" % (process.pgid, end))
    if "R" in fields:
        out.append("R%d%s" % (process.ppid, end))
    if "c" in fields:
        out.append("c%s%s" % (command_field(process), end))
    if "u" in fields:
        out.append("u%d%s" % (process.uid - (1 << 32) if process.uid >= 1 << 31 else process.uid, end))
    if "L" in fields and not options.numeric_users:
        name = login_name(process.uid)
        if name is not None:
            out.append("L%s%s" % (name, end))
    if end == "\0":
        out.append("\n")
    for file in files:
        parts = ["f" + file.fd.strip(" ")]  # The descriptor is always selected.
        if "a" in fields:
            parts.append("a" + file.access)
        if "l" in fields:
            parts.append("l ")
        if "t" in fields and file.kind:
            parts.append("t" + file.kind)
        if "G" in fields and file.flags is not None:
            parts.append("G" + flags_text(file))
        if "d" in fields and file.device_text:
            parts.append("d" + file.device_text)
        if "D" in fields and file.device is not None:
            parts.append("D0x%x" % file.device)
        if "r" in fields and file.raw_device is not None:
            parts.append("r0x%x" % file.raw_device)
        if "s" in fields and file.size is not None:
            parts.append("s%d" % file.size)
        if "o" in fields and file.offset is not None:
            parts.append("o" + offset_text(file))
        if "i" in fields and file.inode is not None:
            parts.append("i%d" % file.inode)
        if "P" in fields and file.protocol:
            parts.append("P" + file.protocol)
        if "n" in fields:
            parts.append("n" + escaped(file.name))
        if "T" in fields and file.state is not None:
            parts += ["TST=" + file.state, "TQR=%d" % file.unread, "TQS=%d" % file.unsent]
        out.append("".join(part + end for part in parts) + ("\n" if end == "\0" else ""))
    return "".join(out)


def login_name(uid):
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def table(options, found):
    """print_file(): each column as wide as its title or its widest cell; COMMAND is cut at nine."""
    rows = []
    for process, files in found:
        user = None if options.numeric_users else login_name(process.uid)
        for file in files:
            device = file.raw_device if file.raw_device is not None else file.device
            shown_device = "%d,%d" % (device >> 24, device & 0xFFFFFF) if device is not None else file.device_text or ""
            size = str(file.size) if file.size is not None else offset_text(file) if file.offset is not None else ""
            node = str(file.inode) if file.inode is not None else file.protocol or ""
            state = " (%s)" % file.state if file.state is not None else ""
            rows.append((
                escaped(process.name(), blank=False)[:9], str(process.pid), "%8d" % process.uid if user is None else user,
                file.fd, file.access, file.kind, shown_device, size, node, escaped(file.name) + state,
            ))
    if not rows:
        return ""

    def widest(at, title):
        return max([len(title)] + [len(row[at]) for row in rows])

    command, pid, user = widest(0, "COMMAND"), widest(1, "PID"), widest(2, "USER")
    fd = max([len("FD")] + [len(row[3]) + 2 for row in rows])
    kind, device, size, node = widest(5, "TYPE"), widest(6, "DEVICE"), widest(7, "SIZE/OFF"), widest(8, "NODE")
    text = "%-*.*s %*s" % (command, command, "COMMAND", pid, "PID")
    text += " %*s %*s   %*s %*s %*s %*s NAME\n" % (
        user, "USER", fd - 2, "FD", kind, "TYPE", device, "DEVICE", size, "SIZE/OFF", node, "NODE",
    )
    for row in rows:
        text += "%-*s %*s %*s %*s%c%c %*s %*s %*s %*s %s\n" % (
            command, row[0], pid, row[1], user, row[2], fd - 2, row[3], row[4], " ",
            kind, row[5], device, row[6], size, row[7], node, row[8], row[9],
        )
    return text


def mounts_that_hang(options, settings):
    """readmnt(): every mount is looked at; a dead one costs the whole timeout each time, unless -b leaves it alone."""
    for mount in settings.names("dead_mounts"):
        if not options.avoid_blocking:
            time.sleep(options.timeout)
        if not options.quiet:
            if options.avoid_blocking:
                complain("avoiding readlink(%s): -b was specified." % mount)
                complain("avoiding stat(%s): -b was specified." % mount)
            complain("WARNING: can't stat() smbfs file system %s" % mount)
            sys.stderr.write("      Output information may be incomplete.\n")
            sys.stderr.write('      assuming "dev=2d000003" from mount table\n')


def main(settings):
    options = parse(sys.argv[1:])
    suffer(settings, "lsof")
    find_targets(options)
    complaint = settings.get("lsof_complaint")
    if complaint:
        complain(complaint)
    # process_fds() looks into every vnode, and so into the mounts, even when only sockets are wanted.
    mounts_that_hang(options, settings)
    gatherer = Gatherer(options, settings)
    found, located = [], set()
    for pid in pids():
        process = read_process(pid)
        if process is None or process.zombie:
            continue
        try:
            # proc_pidinfo(PROC_PIDTASKALLINFO) refuses another user's process, and lsof passes over it without a word.
            if settings.uid not in (0, process.uid):
                continue
            base = select_process(options, pid)
            if base is None:
                continue
            if base == PID:
                located.add(pid)
            files = gatherer.of(process, base, sockets_only(options, base))
        except (FileNotFoundError, ProcessLookupError):
            continue
        files = [file for file in files if printed(options, file)]
        if files:
            found.append((process, files))
    if options.terse:
        write("".join("%d\n" % process.pid for process, _ in found))
    elif options.fields is not None:
        write("".join(field_lines(options, process, files) for process, files in found))
    else:
        write(table(options, found))
    return exit_code(options, located, any(file.selected & NET for _, files in found for file in files))


def exit_code(options, located, network_found):
    """1 as soon as anything that was asked for was not found, however much else was printed."""
    if any(not target.found for target in options.targets) or options.failed:
        return 1
    arguments = {one.argument for one in options.addresses}
    if any(not any(one.found for one in options.addresses if one.argument == argument) for argument in arguments):
        return 1
    if options.any_network and not network_found:
        return 1
    if not all(options.states_in.values()) or not all(pid in located for pid in options.pids):
        return 1
    return 0
