"""A pretend trading bot: connects, greets, and then behaves well or badly on command."""

import fcntl
import os
import select
import signal
import socket
import struct
import threading
import time

from puppet import SETTINGS, Puppet, fork, say, spawn

GREETING = b"API\x00\x00\x00\x00\x09v100..176"
START_API = b"\x00\x00\x00\x0871\x002\x000\x00\x00"
NEXT_ID = b"\x00\x00\x00\x069\x001\x001\x00"


def shake_hands(sock):
    """Waits for the version, starts the API and waits for the first id. Returns what it reached: answered, connected."""
    received = b""
    try:
        while NEXT_ID not in received:
            data = sock.recv(65_536)
            if not data:
                break
            if not received:
                sock.sendall(START_API)
            received += data
    except (socket.timeout, ConnectionError):
        pass
    return len(received) > 0, NEXT_ID in received


def take_lock(path, timeout_ms):
    """As the bots do: open for writing, LOCK_EX, and SIGALRM as a timeout."""
    handle = open(path, "w")
    started = time.monotonic()

    def give_up(_signal, _frame):
        raise TimeoutError(f"no lock on {path} within {timeout_ms} ms")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, timeout_ms / 1000)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        handle.close()
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    return handle, round((time.monotonic() - started) * 1000)


class Contender(threading.Thread):
    """Takes a lock, holds it, releases it and takes it again at once, until it is stopped."""

    def __init__(self, path, hold_ms):
        super().__init__(daemon=True)
        self.path, self.hold_ms, self.turns, self.stopping = path, hold_ms, 0, False
        self.first = threading.Event()

    def run(self):
        while not self.stopping:
            with open(self.path, "w") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                self.turns += 1
                self.first.set()
                time.sleep(self.hold_ms / 1000)


class Bot:
    def __init__(self):
        self.puppet = Puppet(self)
        self.sessions = {}
        self.locks = {}
        self.listeners = []
        self.contender = None

    def chosen(self, ports):
        return [(port, sock) for port, sock in list(self.sessions.items()) if ports is None or port in ports]

    # Connecting

    def new_socket(self, host, client_port):
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        if client_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("::1" if ":" in host else "127.0.0.1", client_port))
        return sock

    def do_connect(self, port=None, host=None, count=1, greet=True, wait=True, timeoutMs=10_000, clientPort=None):
        """Opens sessions and greets; with `wait` it shakes hands. Returns [{port, answered, connected}], port being the client's."""
        port, host = port or SETTINGS["port"], host or SETTINGS.get("host", "127.0.0.1")
        opened = []
        for _ in range(count):
            sock = self.new_socket(host, clientPort)
            sock.settimeout(timeoutMs / 1000)
            sock.connect((host, port))
            if greet:
                sock.sendall(GREETING)
            answered, connected = shake_hands(sock) if greet and wait else (False, False)
            local = sock.getsockname()[1]
            self.sessions[local] = sock
            opened.append({"port": local, "answered": answered, "connected": connected})
        return opened

    def do_knock(self, port=None, host=None):
        """Starts to connect without waiting: SYN_SENT while the listener's backlog is full. Returns the client port."""
        port, host = port or SETTINGS["port"], host or SETTINGS.get("host", "127.0.0.1")
        sock = self.new_socket(host, None)
        sock.setblocking(False)
        sock.connect_ex((host, port))
        local = sock.getsockname()[1]
        self.sessions[local] = sock
        return local

    def do_leave(self, ports=None, reset=False):
        """Closes sessions properly: unread bytes are read first, else the close would be a reset."""
        for port, sock in self.chosen(ports):
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                sock.setblocking(False)
                try:
                    while sock.recv(65_536):
                        pass
                except OSError:
                    pass
            sock.close()
            del self.sessions[port]

    def do_half_close(self, ports=None):
        for _, sock in self.chosen(ports):
            sock.shutdown(socket.SHUT_WR)

    # Children

    def do_leak(self, ports=None, script=None, close=False, sigterm="die"):
        """Leaves its sessions to a child that outlives it; `script` makes the child a program of another name."""
        held = self.chosen(ports)
        keep = [sock.fileno() for _, sock in held]
        pid = spawn(script, keep) if script else fork(keep, sigterm=sigterm)[0]
        if close:
            for port, sock in held:
                sock.close()
                del self.sessions[port]
        return pid

    def do_child(self, script, **how):
        """Starts a child as a separate program that inherits no session and stays. Returns its pid."""
        return spawn(script, **how)

    def do_worker(self, count=1, diesWithParent=True, **connection):
        """Starts a child with its own sessions (use_subprocess=True). Returns {pid, sessions}."""
        pid, sessions = fork((), lambda: self.do_connect(count=count, **connection), dies_with_parent=diesWithParent)
        return {"pid": pid, "sessions": sessions}

    # The handshake lock

    def do_lock(self, path, timeoutMs=30_000):
        """Takes the flock after reporting `waiting`. Returns how long that took in ms."""
        say({"event": "waiting", "path": path})
        self.locks[path], waited = take_lock(path, timeoutMs)
        say({"event": "locked", "path": path})
        return waited

    def do_unlock(self, path):
        self.locks.pop(path).close()

    def do_locked_connect(self, path, timeoutMs=30_000, holdMs=500, **connection):
        """What a bot that takes the lock itself does at its start: lock, connect, hold a moment longer, release."""
        self.do_lock(path, timeoutMs)
        try:
            sessions = self.do_connect(**connection)
            time.sleep(holdMs / 1000)
            return sessions
        finally:
            self.do_unlock(path)

    def do_contend(self, path, holdMs=50):
        self.contender = Contender(path, holdMs)
        self.contender.start()
        self.contender.first.wait()

    def do_stop_contending(self):
        self.contender.stopping = True
        self.contender.join()
        return self.contender.turns

    # Its life

    def do_listen(self, host="127.0.0.1", port=0):
        """Opens a server, as a websocket server has one. Returns the port."""
        self.listeners.append(socket.create_server((host, port)))
        return self.listeners[-1].getsockname()[1]

    def do_say(self, text):
        say({"event": "said", "text": text})

    def do_sleep(self, ms):
        time.sleep(ms / 1000)

    def do_read_line(self):
        """Reads a line of stdin; only for plans, where stdin is the bot's own."""
        return input()

    def do_wait_for_end(self):
        """Waits until the other end of any session has closed, as a bot in its receive loop does."""
        readable, _, _ = select.select(list(self.sessions.values()), [], [])
        return [sock.getsockname()[1] for sock in readable]

    def do_stay(self):
        while True:
            signal.pause()

    def do_exit(self, code=0):
        os._exit(code)

    def do_crash(self):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Bot().puppet.run({})
