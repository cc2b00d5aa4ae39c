"""Runs a command on a pseudo-terminal: run_in_pty.py COLUMNS ROWS COMMAND...

What the command writes goes to stdout. Lines on stdin steer: `type HEX` types these bytes, `size COLUMNS ROWS` changes
the size of the terminal. Ends with the command's exit code, or 128 + the signal that ended it.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    ready, go = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        os.close(go)
        os.read(ready, 1)
        os.execv(sys.argv[3], sys.argv[3:])
    os.close(ready)
    resize(terminal, columns, rows)
    os.close(go)
    # A signal that ends this helper ends the command too.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    steering = b""
    sources = [terminal, 0]
    while True:
        readable, _, _ = select.select(sources, [], [])
        if terminal in readable:
            try:
                output = os.read(terminal, 65536)
            except OSError:
                output = b""
            if not output:
                break
            os.write(1, output)
        if 0 in readable:
            chunk = os.read(0, 65536)
            if not chunk:
                sources = [terminal]
            steering += chunk
            *lines, steering = steering.split(b"\n")
            for line in lines:
                word, *rest = line.decode().split(" ")
                if word == "type":
                    os.write(terminal, bytes.fromhex(rest[0]))
                elif word == "size":
                    resize(terminal, int(rest[0]), int(rest[1]))
    _, status = os.waitpid(child, 0)
    sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
