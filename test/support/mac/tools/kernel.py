"""This machine's TCP and UDP sockets, from the kernel (sock_diag), as XNU would hold them."""

import _socket
import _struct
import os

TCP = 6
UDP = 17

ESTABLISHED, SYN_SENT, SYN_RCVD, FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT = 1, 2, 3, 4, 5, 6
CLOSED, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING, NEW_SYN_RCVD, BOUND = 7, 8, 9, 10, 11, 12, 13

# bsd/netinet/tcp_fsm.h, tcpstates[].
STATE_NAMES = {
    ESTABLISHED: "ESTABLISHED",
    SYN_SENT: "SYN_SENT",
    SYN_RCVD: "SYN_RCVD",
    FIN_WAIT_1: "FIN_WAIT_1",
    FIN_WAIT_2: "FIN_WAIT_2",
    TIME_WAIT: "TIME_WAIT",
    CLOSED: "CLOSED",
    CLOSE_WAIT: "CLOSE_WAIT",
    LAST_ACK: "LAST_ACK",
    LISTEN: "LISTEN",
    CLOSING: "CLOSING",
    NEW_SYN_RCVD: "SYN_RCVD",
    BOUND: "CLOSED",
}

# States in which Linux has counted the peer's FIN as one unread byte, until the program has read the end.
FIN_RECEIVED = (CLOSE_WAIT, LAST_ACK, CLOSING)
# States in which Linux counts one's own SYN or FIN as an unsent or unacknowledged byte.
OWN_FLAG_QUEUED = (SYN_SENT, FIN_WAIT_1, LAST_ACK, CLOSING)

SOMAXCONN = 128  # bsd/sys/socket.h: solisten() clamps a backlog to it.
MAPPED = b"\0" * 10 + b"\xff\xff"


class Socket:
    """One socket as XNU's control block says it; `ipv4` and `ipv6` are INP_IPV4 and INP_IPV6 of its inp_vflag."""

    __slots__ = (
        "protocol", "family", "state", "ipv4", "ipv6", "local", "local_port", "remote", "remote_port", "interface",
        "unread", "unsent", "uid", "inode", "received", "sent", "segments_in", "segments_out", "backlog", "half_open",
    )

    @property
    def state_name(self):
        return STATE_NAMES[self.state]


def _address(raw, family, ipv4):
    """The address in text, `*` for any; a mapped IPv4 address is an IPv4 address to XNU."""
    if family == _socket.AF_INET:
        raw = raw[:4]
    elif ipv4 and raw[:12] == MAPPED:
        raw = raw[12:]
    if not any(raw):
        return "*"
    return _socket.inet_ntop(_socket.AF_INET if len(raw) == 4 else _socket.AF_INET6, raw)


def _dump(protocol, family):
    """Every reply of the kernel to one SOCK_DIAG_BY_FAMILY dump."""
    channel = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, 4)
    try:
        extensions = 1 << (2 - 1)  # INET_DIAG_INFO
        request = _struct.pack("=BBBxI48x", family, protocol, extensions, 0xFFFFFFFF)
        channel.send(_struct.pack("=IHHII", 16 + len(request), 20, 0x301, 1, 0) + request)
        while True:
            data = channel.recv(1 << 20)
            at = 0
            while at < len(data):
                length, kind = _struct.unpack_from("=IH", data, at)
                if kind == 3:
                    return
                if kind == 2:
                    raise OSError("the kernel refused to list its sockets (sock_diag)")
                yield data[at + 16 : at + length]
                at += (length + 3) & ~3
    finally:
        channel.close()


def _attributes(message):
    at = 72
    while at + 4 <= len(message):
        length, kind = _struct.unpack_from("=HH", message, at)
        yield kind, message[at + 4 : at + length]
        at += (length + 3) & ~3


def _socket_of(message, protocol):
    family, state = message[0], message[1]
    _, unread, unsent, uid, inode = _struct.unpack_from("=IIIII", message, 52)
    made = Socket()
    made.protocol, made.family, made.state, made.uid, made.inode = protocol, family, state, uid, inode
    only_v6 = False
    info = b""
    for kind, value in _attributes(message):
        if kind == 2:
            info = value
        elif kind == 11:
            only_v6 = value[:1] == b"\1"
    local, remote = message[8:24], message[24:40]
    made.ipv6 = family == _socket.AF_INET6
    made.ipv4 = not made.ipv6
    if made.ipv6:
        if local[:12] == MAPPED or remote[:12] == MAPPED:
            # tcp_input() and tcp6_usr_connect() turn such a socket into an IPv4 one.
            made.ipv4, made.ipv6 = True, False
        elif not any(local) and not only_v6 and state in (LISTEN, BOUND, CLOSED):
            # tcp6_usr_bind() and tcp6_usr_listen(): any address, not IPv6 only.
            made.ipv4 = True
    made.local, made.remote = _address(local, family, made.ipv4), _address(remote, family, made.ipv4)
    made.local_port, made.remote_port = _struct.unpack_from("!HH", message, 4)
    made.interface = _struct.unpack_from("=I", message, 40)[0]
    made.backlog = made.half_open = 0
    if state == LISTEN:
        made.backlog = unread
        made.unread = made.unsent = 0
    else:
        made.unread = max(0, unread - 1) if state in FIN_RECEIVED else unread
        made.unsent = max(0, unsent - 1) if state in OWN_FLAG_QUEUED else unsent
    made.received = made.sent = made.segments_in = made.segments_out = 0
    if protocol == TCP and len(info) >= 216 and state != LISTEN:
        made.received = _struct.unpack_from("=Q", info, 128)[0]
        if state in FIN_RECEIVED or state == TIME_WAIT:
            made.received = max(0, made.received - 1)
        made.segments_out, made.segments_in = (
            _struct.unpack_from("=I", info, 136)[0],
            _struct.unpack_from("=I", info, 152)[0],
        )
        sent, again = _struct.unpack_from("=QQ", info, 200)
        made.sent = max(0, sent - again)
    return made, unsent


def read_sockets(protocol=TCP):
    """All sockets of the network, newest first and TIME_WAIT last, as get_tcp_inp_list() walks XNU's lists."""
    sockets = []
    limits = {}
    for family in (_socket.AF_INET, _socket.AF_INET6):
        for message in _dump(protocol, family):
            made, unsent = _socket_of(message, protocol)
            sockets.append(made)
            if made.state == LISTEN:
                limits[id(made)] = unsent
    listeners = [one for one in sockets if one.state == LISTEN]
    for request in sockets:
        if request.state in (SYN_RCVD, NEW_SYN_RCVD) and request.inode == 0:
            for listener in listeners:
                if listener.local_port == request.local_port and listener.local in ("*", request.local):
                    listener.half_open += 1
                    break
    sockets.sort(key=lambda one: (one.state == TIME_WAIT, one.inode == 0, -one.inode, one.local_port, one.remote_port))
    return sockets, limits


def queue_limit(asked):
    return SOMAXCONN if asked <= 0 or asked > SOMAXCONN else asked


def pointer(number):
    """A kernel address as VM_KERNEL_ADDRHASH hides it: 64 bits, the same for the same thing until the next boot."""
    mixed = (number * 0x9E3779B97F4A7C15 + _boot()) & 0xFFFFFFFFFFFFFFFF
    mixed ^= mixed >> 29
    return "0x%08x" % ((mixed * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF)


def _boot():
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return int(file.read(8), 16)
    except (OSError, ValueError):
        return os.getuid()
