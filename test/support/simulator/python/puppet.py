"""What all pretend processes share: commands on stdin, answers on stdout, and an end when the test process ends.

Settings come as JSON in the environment variable SEXTON_SIMULATOR, so that the command line can look like anything.
One command is one JSON line, {"id": 1, "do": "connect", ...}; its answer, {"id": 1, "ok": true, "value": ...}, is
written when the command is done. With "plan" in the settings the commands come from there and stdin is left alone.
"""

import json
import os
import select
import selectors
import signal
import sys
import threading
import time

SETTINGS = json.loads(os.environ.get("SEXTON_SIMULATOR", "{}"))
OVERDUE = 97


def say(message):
    try:
        os.write(1, (json.dumps(message) + "\n").encode())
    except OSError:
        pass  # Nobody listens any more; the lifeline or the lifetime ends the process.


def register():
    """Leaves a file named for the pid, so that the scene can end this process even if a test lost track of it."""
    folder = SETTINGS.get("pids")
    if folder:
        with open(os.path.join(folder, str(os.getpid())), "w"):
            pass


def keep_watch():
    """Ends the process when the test process has ended (its end of the lifeline closes) or the lifetime is over."""
    lifetime = SETTINGS.get("lifetimeMs", 300_000) / 1000
    lifeline = SETTINGS.get("lifeline")

    def watch():
        if lifeline is None:
            time.sleep(lifetime)
        else:
            select.select([lifeline], [], [], lifetime)
        os._exit(OVERDUE)

    threading.Thread(target=watch, daemon=True).start()


def obey_sigterm(how):
    """`die`: the default. `ignore`: no effect. {"exitAfterMs": n}: exits in an orderly way after a delay."""
    if how == "ignore":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif isinstance(how, dict):

        def leave_slowly(_signal, _frame):
            time.sleep(how["exitAfterMs"] / 1000)
            os._exit(0)

        signal.signal(signal.SIGTERM, leave_slowly)
    else:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def planned():
    """The commands of this run, or None when they come on stdin. With several plans each run takes the next one."""
    plans = SETTINGS.get("plans")
    if plans is None:
        return SETTINGS.get("plan")
    with open(SETTINGS["attempts"], "ab") as attempts:
        attempts.write(b".")
        attempts.flush()
        return plans[min(attempts.tell(), len(plans)) - 1]


def open_descriptors():
    return [int(name) for name in os.listdir("/dev/fd")]


def fork(keep=(), work=None, dies_with_parent=False, sigterm="die"):
    """Forks a child that keeps only the descriptors `keep`, does `work`, and stays. Returns its pid and what work gave."""
    ready, tell = os.pipe()
    parent_gone, parent_lives = os.pipe()
    pid = os.fork()
    if pid:
        os.close(tell)
        os.close(parent_gone)
        if not dies_with_parent:
            os.close(parent_lives)
        with os.fdopen(ready) as answer:
            value = json.loads(answer.readline() or '{"error": "the child died"}')
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(value["error"])
        return pid, value
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        kept = {0, 1, 2, tell, parent_gone, SETTINGS.get("lifeline"), *keep}
        for descriptor in open_descriptors():
            if descriptor not in kept:
                try:
                    os.close(descriptor)
                except OSError:
                    pass
        obey_sigterm(sigterm)
        register()
        keep_watch()
        try:
            value = work() if work else None
        except Exception as problem:
            value = {"error": repr(problem)}
        os.write(tell, (json.dumps(value) + "\n").encode())
        os.close(tell)
        if dies_with_parent:
            os.read(parent_gone, 1)
        else:
            while True:
                signal.pause()
    finally:
        os._exit(0)


def spawn(script, keep=(), arguments=(), program=sys.executable, home=None):
    """
    Starts another script in a program of its own that inherits the descriptors `keep` and stays. Returns its pid. `program` is a
    copy of Python at another path, and `home` the environment in which it finds its library.
    """
    settings = {**SETTINGS, "plan": [{"do": "stay"}], "plans": None, "sigterm": "die"}
    for descriptor in keep:
        os.set_inheritable(descriptor, True)
    ready, tell = os.pipe()
    os.set_inheritable(tell, True)
    pid = os.fork()
    if pid == 0:
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            for source, target in ((nothing, 0), (tell, 1), (nothing, 2)):
                os.dup2(source, target)
            environment = {**os.environ, **(home or {}), "SEXTON_SIMULATOR": json.dumps(settings)}
            os.execve(program, [program, script, *arguments], environment)
        finally:
            os._exit(126)
    os.close(tell)
    for descriptor in keep:
        os.set_inheritable(descriptor, False)
    with os.fdopen(ready) as answer:
        if not answer.readline():
            raise RuntimeError(f"{script} did not start")
    return pid


class Puppet:
    """Carries out commands: the methods of `actions` by name. Other descriptors can be served by the same selector."""

    def __init__(self, actions):
        self.actions = actions
        self.selector = selectors.DefaultSelector()
        self.pending = b""

    def perform(self, command):
        command = dict(command)
        answer = {"id": command.pop("id", 0)}
        try:
            answer["value"] = getattr(self.actions, "do_" + command.pop("do"))(**command)
            answer["ok"] = True
        except Exception as problem:
            answer["ok"] = False
            answer["error"] = f"{type(problem).__name__}: {problem}"
        say(answer)
        return answer["ok"]

    def read_commands(self, _stdin):
        chunk = os.read(0, 65_536)
        if not chunk:
            os._exit(0)
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            self.perform(json.loads(line))

    def run(self, greeting):
        register()
        keep_watch()
        obey_sigterm(SETTINGS.get("sigterm", "die"))
        plan = planned()
        if plan is None:
            self.selector.register(0, selectors.EVENT_READ, self.read_commands)
        say({"event": "ready", "pid": os.getpid(), **greeting})
        for command in plan or []:
            if not self.perform(command):
                os._exit(1)
        if plan is not None:
            os._exit(0)
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)
