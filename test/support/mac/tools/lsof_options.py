"""The command line of lsof 4.91 as Apple builds it: lsof main.c, arg.c."""

import os
import sys

from kernel import STATE_NAMES
from standin import refuse

# Which selections a file or process answers to (lsof.h SEL*).
FD, NET, PID, ADDRESS, NAME = 1, 2, 4, 8, 16
PROCESS_SELECTIONS = PID
FILE_SELECTIONS = FD | NAME

USAGE = """lsof 4.91
 latest revision: ftp://lsof.itap.purdue.edu/pub/tools/unix/lsof/
 latest FAQ: ftp://lsof.itap.purdue.edu/pub/tools/unix/lsof/FAQ
 latest man page: ftp://lsof.itap.purdue.edu/pub/tools/unix/lsof/lsof_man
 usage: [-?abhlnNoOPRtUvVX] [+|-c c] [+|-d s] [+D D] [+|-f[cgG]]
 [-F [f]] [-g [s]] [-i [i]] [+|-L [l]] [+|-M] [-o [o]] [-p s]
 [+|-r [t]] [-s [p:s]] [-S [t]] [-T [t]] [-u s] [+|-w] [-x [fl]] [--] [names]
Use the ``-h'' option to get more help information.
"""

VERSION = """lsof version information:
    revision: 4.91
    latest revision: ftp://lsof.itap.purdue.edu/pub/tools/unix/lsof/
    latest FAQ: ftp://lsof.itap.purdue.edu/pub/tools/unix/lsof/FAQ
    latest man page: ftp://lsof.itap.purdue.edu/pub/tools/unix/lsof/lsof_man
    configuration info: libproc-based
    Anyone can list all files.
    /dev warnings are disabled.
    Kernel ID check is disabled.
"""

# Fields in the order in which -F without letters selects them all; `r`, `K`, `M`, `z` and `Z` are not among Apple's.
ALL_FIELDS = "aCcdDfFGgiklLmnNoPpRsStTu"
KNOWN_FIELDS = ALL_FIELDS + "r0"


class Address:
    """One port, or any, of one -i; the parts of one -i count as found together."""

    def __init__(self, argument, protocol, family, first, last):
        self.argument, self.protocol, self.family = argument, protocol, family
        self.first, self.last = first, last
        self.found = False

    def fits(self, protocol, ipv4, port):
        if self.protocol and self.protocol != protocol:
            return False
        if self.family and self.family != (4 if ipv4 else 6):
            return False
        if self.first is None or self.first <= port <= self.last:
            self.found = True
            return True
        return False


class Target:
    """A file named on the command line."""

    def __init__(self, device, inode):
        self.device, self.inode, self.found = device, inode, False


class Options:
    def __init__(self):
        self.every = self.avoid_blocking = self.terse = self.quiet = self.only_descriptors = False
        self.numeric_users = self.any_network = self.version = False
        self.network_family = None
        self.fields, self.terminator = None, "\n"
        self.addresses, self.pids, self.states_in, self.states_out = [], [], {}, set()
        self.descriptors, self.descriptors_excluded = [], False
        self.names, self.targets = [], []
        self.timeout = 15  # TMLIMIT
        self.failed = False
        self.selections = 0


def usage():
    sys.stderr.write(USAGE)
    sys.exit(1)


def complain(text):
    sys.stderr.write("lsof: %s\n" % text)


def enter_address(options, text):
    """enter_network_address(): [46][protocol][:ports]. Hosts and service names are not the stand-in's."""
    rest, family = text, None
    if rest[:1] in ("4", "6"):
        family, rest = int(rest[0]), rest[1:]
    if not rest:
        options.any_network, options.network_family = True, family
        return True
    protocol, colon, ports = rest.partition(":")
    if "@" in protocol:
        refuse("lsof", "-i %s" % text)
    if protocol and protocol.lower() not in ("tcp", "udp"):
        complain("unknown protocol name (%s) in: -i %s" % (protocol, text))
        return False
    if colon and not ports:
        complain("unacceptable port specification in: -i %s" % text)
        return False
    spans = []
    for part in ports.split(",") if colon else []:
        first, dash, last = part.partition("-")
        if not first.isdigit() or dash and not last.isdigit():
            complain("unacceptable port specification in: -i %s" % text)
            return False
        spans.append((int(first), int(last) if dash else int(first)))
    for first, last in spans or [(None, None)]:
        options.addresses.append(Address(text, protocol.upper() or None, family, first, last))
    return True


def enter_states(options, text):
    protocol, _, names = text.partition(":")
    if protocol.lower() != "tcp":
        complain('unknown -s protocol: "%s"' % text)
        return False
    fine = True
    for name in names.split(","):
        wanted = name.lstrip("^").upper()
        if wanted not in STATE_NAMES.values():
            complain("unknown TCP state name: %s" % name.lstrip("^"))
            fine = False
        elif name.startswith("^"):
            options.states_out.add(wanted)
        else:
            options.states_in[wanted] = False
    return fine


def enter_pids(options, text):
    for part in text.split(","):
        if not part.isdigit():
            complain("illegal process ID: %s" % text)
            return False
        options.pids.append(int(part))
    return True


def parse(arguments):
    """GetOpt() of main.c: letters may stand together, and a value that may be missing ends at a `-` or `+`."""
    options = Options()
    fine = True
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word[:1] not in ("-", "+") or len(word) == 1:
            break
        at += 1
        if word in ("--", "++"):
            break
        sign, letters = word[0], word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            value = None
            if letter in "dFipsST":
                value, letters = letters, ""
                if not value and at < len(arguments):
                    value = arguments[at]
                    if letter in "FisST" and value[:1] in ("-", "+"):
                        value = ""
                    else:
                        at += 1
            if letter == "a":
                options.every = True
            elif letter == "b":
                options.avoid_blocking = True
            elif letter == "d":
                options.descriptors_excluded = value.startswith("^")
                options.descriptors.extend(part.lstrip("^") for part in value.split(","))
            elif letter == "F":
                fine &= enter_fields(options, value)
            elif letter == "i":
                if value:
                    fine &= enter_address(options, value)
                else:
                    options.any_network = True
            elif letter == "l":
                options.numeric_users = True
            elif letter == "p":
                fine &= enter_pids(options, value)
            elif letter == "s":
                fine &= enter_states(options, value) if value else True
            elif letter == "S":
                fine &= enter_timeout(options, value)
            elif letter == "t":
                options.terse = options.quiet = True
            elif letter == "v":
                options.version = True
            elif letter == "w":
                options.quiet = sign == "-"
            elif letter == "X":
                options.only_descriptors = not options.only_descriptors
            elif letter not in "nPT":
                refuse("lsof", "option %s%s" % (sign, letter))
    options.names = arguments[at:]
    if not fine:
        usage()
    if options.version:
        sys.stderr.write(VERSION)
        sys.exit(0)
    options.selections = (
        (FD if options.descriptors else 0)
        | (NET if options.any_network else 0)
        | (PID if options.pids else 0)
        | (ADDRESS if options.addresses else 0)
        | (NAME if options.names else 0)
    )
    if options.selections == 0 and options.every:
        complain("no select options to AND via -a")
        usage()
    return options


def enter_fields(options, value):
    fine = True
    if value in ("", "0"):
        options.fields = set(ALL_FIELDS)
    else:
        options.fields = set(value)
        for letter in value:
            if letter not in KNOWN_FIELDS:
                complain("unknown field: %s" % letter)
                fine = False
    if "0" in value:
        options.terminator = "\0"
    return fine


def enter_timeout(options, value):
    if value and not value.isdigit():
        refuse("lsof", "-S %s" % value)
    options.timeout = int(value) if value else 15
    if options.timeout < 2:
        complain("WARNING: -S time (%d) changed to 2" % options.timeout)
        options.timeout = 2
    return True


def find_targets(options):
    """ck_file_arg(): the files by device and inode; with -b none can be looked at."""
    for name in options.names:
        try:
            if options.avoid_blocking:
                raise BlockingIOError(11, "Resource temporarily unavailable")
            status = os.stat(name)
        except OSError as problem:
            complain("status error on %s: %s" % (name if options.avoid_blocking else resolved(name), problem.strerror))
            options.failed = True
            continue
        options.targets.append(Target(status.st_dev, status.st_ino))
    if options.names and not options.targets:
        usage()


def resolved(name):
    return os.path.realpath(name) if os.path.islink(name) else name
