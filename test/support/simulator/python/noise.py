"""Unrelated sockets on any ports and in any state, which must not be counted as zombies."""

import resource
import socket

from puppet import Puppet


class Noise:
    def __init__(self):
        self.puppet = Puppet(self)
        self.held = []
        self.listeners = {}
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            pass

    def do_listen(self, port=0, host="127.0.0.1"):
        sock = socket.create_server((host, port), backlog=128)
        port = sock.getsockname()[1]
        self.listeners[port] = sock
        return port

    def do_pairs(self, port=0, clientPort=None, state="established", count=1, host="127.0.0.1"):
        """Opens connections from this process to itself. `state` is the final state of the client's end."""
        if port not in self.listeners:
            port = self.do_listen(port, host)
        client_ports = []
        for _ in range(count):
            client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if clientPort:
                client.bind((host, clientPort))
            client.connect((host, port))
            server, _ = self.listeners[port].accept()
            client_ports.append(client.getsockname()[1])
            if state == "time-wait":
                client.close()
                server.recv(1)
                server.close()
                continue
            if state == "fin-wait-2":
                client.shutdown(socket.SHUT_WR)
            elif state == "close-wait":
                server.shutdown(socket.SHUT_WR)
            self.held += [client, server]
        return {"port": port, "clientPorts": client_ports}


if __name__ == "__main__":
    Noise().puppet.run({})
