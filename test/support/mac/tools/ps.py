"""Apple's ps: adv_cmds ps/ps.c main(), ps/keyword.c, ps/print.c."""

import os
import sys
import time

from processes import RESTRICTED, pids, read_process
from standin import refuse, suffer, utf8_locale, write

PID_MAX = 99999  # ps.c addelem_pid(); bsd/sys/proc_internal.h


def visible(text, utf8):
    """strvis(3) with VIS_TAB | VIS_NL | VIS_NOSLASH: `é` is `M-CM-)` in the C locale, a newline `\\012` in each."""
    out = []
    for letter in text.decode("utf-8", "surrogateescape") if utf8 else text.decode("latin-1"):
        code = ord(letter)
        if " " <= letter <= "~":
            out.append(letter)
        elif utf8 and code >= 0xA0 and letter.isprintable():
            out.append(letter)
        else:
            raw = letter.encode("utf-8", "surrogateescape") if utf8 else bytes((code,))
            out.extend(hidden(byte) for byte in raw)
    return "".join(out)


def hidden(byte):
    if byte in (9, 10) or byte & 0x7F == 0x20:
        return "\\%03o" % byte
    meta = "M" if byte & 0x80 else ""
    low = byte & 0x7F
    if low < 0x20 or low == 0x7F:
        return meta + "^" + ("?" if low == 0x7F else chr(low + 0x40))
    return meta + "-" + chr(low)


def command_line(process, options, arguments):
    """getproclline(): argv as one line, with `-E` what follows it, or argv[0] alone. The executable's path is skipped."""
    if process.zombie:
        return b"<defunct>"
    area, count = process.argument_area()
    strings = area.split(b"\0")
    if area.endswith(b"\0"):
        strings.pop()
    if not strings or strings[0] == b"":
        return b"(" + process.name(16).encode("utf-8", "surrogateescape") + b")"
    if not arguments:
        return strings[0]
    strings = strings[:count]
    if options.environment and (options.me == 0 or process.ruid == options.me):
        if process.name() not in options.restricted:
            for one in process.environment().split(b"\0"):
                if one == b"":
                    break
                strings.append(one)
    return b" ".join(strings)


def state_letters(process, options):
    letters = {"Z": "Z", "X": "Z", "T": "T", "t": "T", "R": "R", "D": "U", "I": "I"}.get(process.state, "S")
    letters += "<" if process.nice < 0 else "N" if process.nice > 0 else ""
    letters += "X" if process.state == "t" else ""
    letters += "s" if process.session == process.pid else ""
    letters += "+" if process.tty is not None and process.pgid == process.terminal_group else ""
    return letters


def signed(number):
    return str(number - (1 << 32) if number >= 1 << 31 else number)


def elapsed(process, options):
    seconds = max(0, int(options.now) - process.started)
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if seconds > 86400:
        return "%02d-%02d:%02d:%02d" % (days, hours, minutes, seconds % 60)
    if seconds > 3600:
        return "%02d:%02d:%02d" % (seconds // 3600, minutes, seconds % 60)
    return "%02d:%02d" % (seconds // 60, seconds % 60)


def terminal_of(process):
    if process.tty is None:
        return "??"
    major, minor = process.tty >> 8 & 0xFFF, process.tty & 0xFF | process.tty >> 12 & 0xFFF00
    return "s%03d" % minor if 136 <= major < 144 else "%03d" % minor


def cpu_time(process, options):
    hundredths = process.cpu_ticks
    return "%3d:%02d.%02d" % (hundredths // 6000, hundredths // 100 % 60, hundredths % 100)


def user_name(uid):
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def shown_line(arguments):
    return lambda process, options: visible(command_line(process, options, arguments), options.utf8)


def lstart(process, options):
    return time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(process.started))


# Name: header, width, left, width from the values, value. keyword.c var[].
COLUMNS = {
    "args": ("ARGS", 64, True, True, shown_line(True)),
    "comm": ("COMM", 16, True, True, shown_line(False)),
    "command": ("COMMAND", 16, True, True, shown_line(True)),
    "etime": ("ELAPSED", 20, False, True, elapsed),
    "lstart": ("STARTED", 28, True, False, lstart),
    "nice": ("NI", 2, False, False, lambda process, options: str(process.nice)),
    "pgid": ("PGID", 5, False, False, lambda process, options: str(process.pgid)),
    "pid": ("PID", 5, False, False, lambda process, options: str(process.pid)),
    "ppid": ("PPID", 5, False, False, lambda process, options: str(process.ppid)),
    "rss": ("RSS", 6, False, False, lambda process, options: str(process.resident)),
    "ruid": ("RUID", 5, False, False, lambda process, options: signed(process.ruid)),
    "state": ("STAT", 4, True, False, state_letters),
    "time": ("TIME", 9, False, False, cpu_time),
    "tt": ("TT ", 5, False, False, lambda process, options: terminal_of(process) + " "),
    "ucomm": ("UCOMM", 16, True, False, lambda process, options: process.name(16)),
    "uid": ("UID", 5, False, False, lambda process, options: signed(process.uid)),
    "user": ("USER", 16, True, True, lambda process, options: user_name(process.uid)),
    "vsz": ("VSZ", 8, False, False, lambda process, options: str(process.size)),
}
ALIASES = {"stat": "state", "ni": "nice", "vsize": "vsz", "cputime": "time"}


class Options:
    def __init__(self, settings):
        self.all = self.without_terminal = self.environment = False
        self.pids, self.users, self.columns = [], [], []
        self.selectors = self.status = 0
        self.me, self.utf8, self.now = settings.uid, utf8_locale(), time.time()
        self.restricted = settings.get("restricted", RESTRICTED).split(",")


def add_columns(options, text):
    """parsefmt(): each item may carry its own header behind `=`, which on a Mac ends at the next comma."""
    for item in text.replace("\t", ",").replace(" ", ",").replace("\n", ",").split(","):
        name, equals, header = item.partition("=")
        name = ALIASES.get(name, name)
        if not item:
            continue
        if name in COLUMNS:
            options.columns.append((name, header if equals else COLUMNS[name][0]))
        else:
            sys.stderr.write("ps: %s: keyword not found\n" % item.partition("=")[0])
            options.status = 1
    if not options.columns:
        sys.stderr.write("ps: no valid keywords; valid keywords:\n")
        write(" ".join(sorted(list(COLUMNS) + list(ALIASES))) + "\n")
        sys.exit(1)


def add_pids(options, text):
    bad = False
    for item in text.replace("\t", ",").replace(" ", ",").split(","):
        if not item.isdigit():
            sys.stderr.write("ps: Invalid process id: %s\n" % item if item else "ps: Invalid (zero-length) process id\n")
            bad = True
        elif int(item) > PID_MAX and not os.path.exists("/proc/" + item):
            sys.stderr.write("ps: process id too large: %s\n" % item)
            bad = True
        else:
            options.pids.append(int(item))
    return bad


def parse(settings, arguments):
    options = Options(settings)
    fatal = False
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if word[:1].isdigit():
            fatal |= add_pids(options, word)
            continue
        letters = word[1:] if word.startswith("-") else word
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "opU":
                value = letters or (arguments[at] if at < len(arguments) else "")
                at += 0 if letters else 1
                letters = ""
                if letter == "o":
                    add_columns(options, value)
                elif letter == "p":
                    fatal |= add_pids(options, value)
                    options.selectors += 1
                else:
                    options.users.extend(int(user) for user in value.split(","))
                    options.selectors += 1
                    options.without_terminal = True
            elif letter in "Ae":
                options.all = options.without_terminal = True
                options.selectors += 1
            elif letter == "a":
                options.all = True
                options.selectors += 1
            elif letter == "x":
                options.without_terminal = True
            elif letter == "E":
                options.environment = True
            elif letter != "w":
                # Output that is no terminal's is never cut, so -w changes nothing (ps.c, 3862041).
                refuse("ps", "option -%s" % letter)
    if fatal:
        sys.exit(1)
    if not options.columns:
        refuse("ps", "its columns when none is named (give -o)")
    return options


def kept(process, options):
    if process.pid in options.pids:
        return True
    if not options.without_terminal and process.tty is None:
        return False
    if options.all:
        return True
    if options.selectors == 0 or options.users:
        # One selector is left to the kernel, which then compares the real user (KERN_PROC_RUID).
        return process.ruid in (options.users or [options.me])
    return False


def main(settings):
    options = parse(settings, sys.argv[1:])
    suffer(settings, "ps")
    listed = options.pids if options.selectors == 1 and options.pids and not options.all else pids()
    rows = []
    for pid in sorted(set(listed)):
        process = read_process(pid)
        if process is None or not kept(process, options):
            continue
        try:
            cells = [COLUMNS[name][4](process, options) for name, _ in options.columns]
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended between the two looks; XNU gives all in one.
        rows.append((-1 if process.tty is None else process.tty, pid, cells))
    rows.sort(key=lambda row: row[:2])
    write(table([row[2] for row in rows], options))
    return options.status if rows else 1


def table(rows, options):
    widths = []
    for at, (name, header) in enumerate(options.columns):
        _, width, _, dynamic, _ = COLUMNS[name]
        if dynamic:
            width = min(width, max((len(row[at].encode("utf-8", "surrogateescape")) for row in rows), default=0))
        widths.append(max(width, len(header)))
    last = len(widths) - 1

    def line(cells, header):
        parts = []
        for at, cell in enumerate(cells):
            name, width = options.columns[at][0], widths[at]
            _, _, left, dynamic, _ = COLUMNS[name]
            if at == last and (header and left or name in ("args", "comm", "command")):
                parts.append(cell)
            elif left:
                cut = width if name in ("args", "comm", "command") and not header else None
                parts.append("%-*s" % (width, cell[:cut]))
            else:
                parts.append("%*s" % (width, cell))
        return " ".join(parts) + "\n"

    headers = [header for _, header in options.columns]
    text = line(headers, True) if any(headers) else ""
    return text + "".join(line(row, False) for row in rows)
