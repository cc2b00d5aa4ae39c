"""A pretend TWS or IB Gateway: listens, accepts, answers or hangs, closes or refuses to, and ends on command."""

import collections
import os
import selectors
import signal
import socket
import struct
import threading
import time

from puppet import SETTINGS, Puppet, fork, spawn


def message(*fields):
    """One message of the API: its length, then its fields, each ended by a NUL."""
    body = "".join(f"{field}\0" for field in fields).encode()
    return struct.pack(">I", len(body)) + body


VERSION = message("176", "20250102 03:04:05 UTC")
ACCOUNTS = message("15", "1", "DU1234567")
NEXT_ID = message("9", "1", "1")
ID_IN_USE = message("4", "2", "-1", "326", "Unable to connect as the client id is already in use.", "")
# How long TWS keeps such a connection after the error.
ID_IN_USE_CLOSES_AFTER_MS = 500


def listener(host, port, backlog):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        only = 0 if host in ("::", "::ffff:127.0.0.1") else 1
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
    sock.bind((host, port))
    sock.listen(backlog)
    sock.setblocking(False)
    return sock


class Gateway:
    def __init__(self):
        self.puppet = Puppet(self)
        self.mode = SETTINGS.get("mode", "answer")
        self.refuses_to_close = SETTINGS.get("refusesToClose", False)
        self.accepting = SETTINGS.get("accepting", True)
        self.accepted = 0
        self.listeners = []
        self.clients = {}
        self.left = set()
        # How many replies each connection has got, and those whose handshake is under way.
        self.steps = {}
        self.shaking = set()
        self.most_shaking = 0
        self.step_ms = SETTINGS.get("stepMs", 0)
        self.upstream = []
        self.due = collections.deque()
        awake, self.wake = os.pipe()
        self.puppet.selector.register(awake, selectors.EVENT_READ, self.do_what_is_due)
        self.ports = list(SETTINGS["ports"])
        self.do_listen()

    # What happens on the sockets

    def accept(self, sock):
        try:
            client, peer = sock.accept()
        except BlockingIOError:
            return
        self.accepted += 1
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.clients[(sock.getsockname()[1], peer[1])] = client
        if self.mode != "hang":
            self.puppet.selector.register(client, selectors.EVENT_READ, self.read)

    def read(self, client):
        key = self.key_of(client)
        try:
            data = client.recv(65_536)
        except ConnectionError:
            return self.drop(key)
        if not data:
            self.puppet.selector.unregister(client)
            self.left.add(key)
            self.shaking.discard(key)
            return None if self.refuses_to_close else self.drop(key)
        if self.mode == "drop":
            self.drop(key)
        elif self.mode != "silent":
            if key not in self.steps:
                self.steps[key] = 0
                self.shaking.add(key)
                self.most_shaking = max(self.most_shaking, len(self.shaking))
            self.later(self.step_ms, lambda: self.reply(key, client))

    def reply(self, key, client):
        """The next step of the handshake: the version to the greeting, then what START_API is answered with."""
        if self.clients.get(key) is not client or key in self.left:
            return
        step = self.steps[key]
        self.steps[key] = step + 1
        if step == 0:
            client.send(VERSION)
        elif step == 1 and self.mode == "client-id-in-use":
            client.send(ID_IN_USE)
            self.later(ID_IN_USE_CLOSES_AFTER_MS, lambda: self.clients.get(key) is client and self.drop(key))
        elif step == 1 and self.mode != "version":
            # Two sends without Nagle's delay: two segments.
            client.send(ACCOUNTS)
            client.send(NEXT_ID)
            self.shaking.discard(key)
            if self.mode == "close":
                self.drop(key)

    def later(self, ms, work):
        """Does the work in the loop's thread after a delay."""
        if ms == 0:
            return work()
        timer = threading.Timer(ms / 1000, lambda: (self.due.append(work), os.write(self.wake, b".")))
        timer.daemon = True
        timer.start()

    def do_what_is_due(self, awake):
        os.read(awake, 1)
        self.due.popleft()()

    def key_of(self, client):
        return next(key for key, candidate in self.clients.items() if candidate is client)

    def drop(self, key, reset=False):
        client = self.clients.pop(key)
        self.left.discard(key)
        self.shaking.discard(key)
        self.steps.pop(key, None)
        try:
            self.puppet.selector.unregister(client)
        except (KeyError, ValueError):
            pass
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.drain(client)
        client.close()

    @staticmethod
    def drain(client):
        """Unread bytes would turn the FIN of a close into a reset."""
        try:
            while client.recv(65_536):
                pass
        except OSError:
            pass

    # Commands

    def do_listen(self):
        host = SETTINGS.get("host", "127.0.0.1")
        self.listeners = [listener(host, port, SETTINGS.get("backlog", 128)) for port in self.ports]
        self.ports = [sock.getsockname()[1] for sock in self.listeners]
        if self.accepting:
            self.do_accept(True)
        return self.ports

    def do_unlisten(self):
        self.do_accept(False)
        for sock in self.listeners:
            sock.close()
        self.listeners = []

    def do_accept(self, yes):
        for sock in self.listeners:
            watched = sock in self.puppet.selector.get_map()
            if yes and not watched:
                self.puppet.selector.register(sock, selectors.EVENT_READ, self.accept)
            elif not yes and watched:
                self.puppet.selector.unregister(sock)
        self.accepting = yes

    def do_mode(self, mode):
        """Applies to connections accepted from now on; those that hang keep hanging."""
        self.mode = mode

    def do_refuse_to_close(self, yes):
        self.refuses_to_close = yes

    def do_close_clients(self, ports=None, reset=False):
        """Closes the connections from these client ports; all of them when none are given."""
        chosen = [key for key in self.clients if ports is None or key[1] in ports]
        for key in chosen:
            self.drop(key, reset)
        return len(chosen)

    def do_close_left(self):
        """Closes the connections that clients have left: the gateway-side zombies."""
        chosen = list(self.left)
        for key in chosen:
            self.drop(key)
        return len(chosen)

    def do_count(self):
        return {"accepted": self.accepted, "open": len(self.clients), "left": len(self.left)}

    def do_handshakes_at_once(self):
        """The largest number of handshakes that were under way at the same time."""
        return self.most_shaking

    def do_fork(self, inherit="listener", script=None, sigterm="die"):
        """Leaves a child that holds the listening sockets, the accepted ones, or nothing."""
        held = {"listener": self.listeners, "clients": list(self.clients.values()), "nothing": []}[inherit]
        keep = [sock.fileno() for sock in held]
        return spawn(script, keep) if script else fork(keep, sigterm=sigterm)[0]

    def do_dial(self, host, port, timeoutMs=5_000):
        """Opens a session from the Gateway, like its own to IBKR. Returns its local port."""
        sock = socket.create_connection((host, port), timeoutMs / 1000)
        self.upstream.append(sock)
        return sock.getsockname()[1]

    def do_sleep(self, ms):
        time.sleep(ms / 1000)

    def do_stay(self):
        while True:
            signal.pause()


if __name__ == "__main__":
    gateway = Gateway()
    gateway.puppet.run({"ports": gateway.ports})
