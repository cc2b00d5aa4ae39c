"""Apple's netstat for TCP: network_cmds netstat.tproj/inet.c protopr(), inet6.c inet6print(), main.c."""

import _socket
import sys

from kernel import FIN_RECEIVED, LISTEN, TCP, UDP, queue_limit, read_sockets
from standin import refuse, suffer, write


class Options:
    all = bytes = long = queues = numeric = whole = False
    protocol = None
    family = None


def parse(arguments):
    """getopt(3), as far as the stand-in knows netstat's letters."""
    options = Options()
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if not word.startswith("-") or word == "-":
            refuse("netstat", "argument %s" % word)
        if word == "--":
            break
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "pf":
                value, letters = letters, ""
                if not value:
                    if at >= len(arguments):
                        sys.stderr.write("netstat: option requires an argument -- %s\n" % letter)
                        sys.exit(64)
                    value = arguments[at]
                    at += 1
                if letter == "p":
                    options.protocol = value
                else:
                    options.family = value
            elif letter == "a":
                options.all = True
            elif letter == "b":
                options.bytes = True
            elif letter == "l":
                options.long = True
            elif letter == "L":
                options.queues = True
            elif letter == "n":
                options.numeric = True
            elif letter == "W":
                options.whole = True
            else:
                refuse("netstat", "option -%s" % letter)
    if options.protocol not in ("tcp", "udp"):
        refuse("netstat", "any protocol but tcp and udp (-p)")
    if not options.numeric:
        refuse("netstat", "names instead of numbers (give -n)")
    return options


def endpoint(socket, remote, options):
    """inetprint() and inet6print(): a cell of 22 or 45 characters and a blank."""
    address = socket.remote if remote else socket.local
    port = socket.remote_port if remote else socket.local_port
    width = 45 if options.long else 22
    name = str(port) if port else "*"
    if socket.ipv4:
        # inetprint() appends a blank of its own; inet6print() does not.
        line = ("%s." % address if options.whole else "%.16s." % address) + name + " "
        return "%-*s " % (width, line) if options.whole else "%-*.*s " % (width, width, line)
    if socket.interface and address.startswith("fe80:"):
        address += "%" + _socket.if_indextoname(socket.interface)
    line = ("%.39s." if options.long else "%.16s.") % address + name
    return "%-*.*s " % (width, width, line)


def header(options, settings, tcp):
    # From 26.3 (network_cmds-730) on the two widths of the header are swapped, those of the rows are not.
    wide = options.long != settings.at_least("26.3")
    if options.queues:
        title = "Current listen queue sizes (qlen/incqlen/maxqlen)\n"
        return title + ("%-14.14s %-39.39s\n" if wide else "%-14.14s %-22.22s\n") % ("Listen", "Local Address")
    title = "Active Internet connections" + (" (including servers)" if options.all else "") + "\n"
    cell = "%-45.45s %-45.45s " if wide else "%-22.22s %-22.22s "
    line = "%-5.5s %-6.6s %-6.6s  " % ("Proto", "Recv-Q", "Send-Q") + cell % ("Local Address", "Foreign Address")
    line += "%-11.11s" % "(state)"
    if options.bytes:
        line += (" %12.12s %12.12s" if settings.at_least("15.2") else " %10.10s %10.10s") % ("rxbytes", "txbytes")
    return title + line + "\n"


def counted(socket, settings):
    """
    Received and sent bytes as XNU counts them: received ones with the headers of each segment that brought data or a FIN
    (so_recv_data_stat), from xnu-11215 (macOS 15) on once more as they enter the buffer (sbcompress); sent ones when queued, before
    that when output.
    """
    head = 52 if socket.ipv4 else 72
    twice = settings.at_least("15")
    segments = socket.segments_in + (1 if socket.state in FIN_RECEIVED else 0)
    received = socket.received * (2 if twice else 1) + head * segments
    sent = socket.sent if twice else socket.sent + head * socket.segments_out
    return received, sent


def row(socket, options, settings, limits):
    if options.queues:
        limit = queue_limit(limits[id(socket)])
        queues = "%d/%d/%d" % (socket.backlog + socket.half_open, socket.half_open, limit)
        return "%-14.14s " % queues + endpoint(socket, False, options) + "\n"
    version = ("46" if socket.ipv4 else "6 ") if socket.ipv6 else "4 "
    name = "tcp" if socket.protocol == TCP else "udp"
    line = "%-3.3s%-2.2s %6d %6d  " % (name, version, socket.unread, socket.unsent)
    line += endpoint(socket, False, options) + endpoint(socket, True, options)
    line += "%-11s" % (socket.state_name if socket.protocol == TCP else "           ")
    if options.bytes:
        line += (" %12d %12d" if settings.at_least("15.2") else " %10d %10d") % counted(socket, settings)
    return line + "\n"


def shown(socket, options, settings):
    tcp = socket.protocol == TCP
    if tcp and not options.all and (socket.state == LISTEN or socket.state_name == "CLOSED"):
        return False
    if options.queues and not (tcp and socket.state == LISTEN):
        return False
    if options.family == "inet" and not socket.ipv4 or options.family == "inet6" and not socket.ipv6:
        return False
    sees = settings.get("netstat_sees", "own" if settings.version == "27" else "all")
    return sees == "all" or settings.uid == 0 or sees == "own" and socket.inode != 0 and socket.uid == settings.uid


def main(settings):
    options = parse(sys.argv[1:])
    suffer(settings, "netstat")
    tcp = options.protocol == "tcp"
    sockets, limits = read_sockets(TCP if tcp else UDP)
    rows = [row(one, options, settings, limits) for one in sockets if shown(one, options, settings)]
    # The header is printed by the first row: without one nothing is, and the exit code is 0 all the same.
    if rows:
        write(header(options, settings, tcp) + "".join(rows))
    return 0
