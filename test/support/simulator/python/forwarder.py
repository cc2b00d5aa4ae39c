"""A pretend port forwarder, as docker-proxy is one: passes bytes on both ways, each direction closed on its own."""

import selectors
import socket

from puppet import SETTINGS, Puppet


class Forwarder:
    def __init__(self):
        self.puppet = Puppet(self)
        self.listener = socket.create_server((SETTINGS["host"], SETTINGS["port"]), backlog=128)
        self.puppet.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.ended = set()

    def accept(self, listener):
        client, _ = listener.accept()
        server = socket.create_connection((SETTINGS["targetHost"], SETTINGS["targetPort"]), timeout=10)
        self.join(client, server)
        self.join(server, client)

    def join(self, source, sink):
        self.puppet.selector.register(source, selectors.EVENT_READ, lambda _: self.carry(source, sink))

    def carry(self, source, sink):
        try:
            data = source.recv(65_536)
            if data:
                return sink.sendall(data)
            self.puppet.selector.unregister(source)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.ended.add(source)
        if sink in self.ended:
            for end in (source, sink):
                self.ended.discard(end)
                end.close()


if __name__ == "__main__":
    Forwarder().puppet.run({})
