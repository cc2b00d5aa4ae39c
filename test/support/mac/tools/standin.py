"""What the stand-ins of Apple's tools share: their settings, and the faults that apply to all of them.

Settings come from the world's file (`name=value` lines, read at every start) and, before it, from `MAC_STANDIN_NAME` variables: the
product starts its tools with a bare environment, so a file is the only way to reach them there.
"""

import os
import sys
import time

# Layouts: the oldest macOS of each. Apple's versions are in ../README.md.
VERSIONS = ("13", "14", "15", "15.2", "26", "26.3", "27")


class Settings:
    """`get` gives one setting as text; a name that nobody set gives its default."""

    def __init__(self, world=None):
        self.world = world
        self.values = {}
        if world is not None:
            try:
                with open(world + "/settings", encoding="utf-8") as file:
                    for line in file:
                        name, equals, value = line.rstrip("\n").partition("=")
                        if equals:
                            self.values[name] = value
            except FileNotFoundError:
                pass

    def get(self, name, default=""):
        value = os.environ.get("MAC_STANDIN_" + name.upper())
        return self.values.get(name, default) if value is None else value

    def names(self, name):
        return [part for part in self.get(name).split(",") if part]

    @property
    def version(self):
        version = self.get("version", VERSIONS[-2])
        if version not in VERSIONS:
            refuse("standin", "unknown macOS version %r: one of %s" % (version, ", ".join(VERSIONS)))
        return version

    def at_least(self, version):
        return VERSIONS.index(self.version) >= VERSIONS.index(version)

    @property
    def uid(self):
        """Whose view the tool has: the real user's, unless set."""
        uid = self.get("uid")
        return int(uid) if uid else os.getuid()


def refuse(tool, what):
    """Ends with an error: an unknown argument must never look like an answer."""
    sys.stderr.write("%s: the stand-in does not know: %s\n" % (tool, what))
    sys.exit(70)


def suffer(settings, tool):
    """Waits as long as the settings say, or for ever."""
    note(settings, tool)
    if settings.get(tool + "_hang"):
        while True:
            time.sleep(3600)
    delay = settings.get(tool + "_delay")
    if delay:
        time.sleep(float(delay))


def note(settings, tool):
    """Records the call, so that a test can see which tools ran with which arguments."""
    if settings.get("calls") and settings.world is not None:
        line = "\t".join([tool] + sys.argv[1:]) + "\n"
        descriptor = os.open(settings.world + "/calls", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.write(descriptor, line.encode("utf-8", "surrogateescape"))
        os.close(descriptor)


def write(text):
    """All of a tool's output at once, in the bytes that the kernel gave."""
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    at = 0
    while at < len(data):
        at += os.write(1, data[at : at + 65536])


def utf8_locale():
    """Is LC_CTYPE a UTF-8 locale, as setlocale(LC_ALL, "") settles it?"""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = os.environ.get(name)
        if value:
            return value.upper().endswith("UTF-8")
    return False
