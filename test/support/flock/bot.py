"""A Python bot's side of the handshake lock: hold PATH, try PATH, or turns PATH SECONDS."""
import fcntl
import sys
import time


def hold(path):
    with open(path, 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        print('held', flush=True)
        sys.stdin.readline()
        fcntl.flock(file, fcntl.LOCK_UN)
    print('released', flush=True)
    sys.stdin.readline()


def attempt(path):
    with open(path, 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print('busy', flush=True)
        else:
            print('locked', flush=True)


def turns(path, seconds):
    while True:
        with open(path, 'w') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            print('held', flush=True)
            time.sleep(seconds)
            fcntl.flock(file, fcntl.LOCK_UN)


if sys.argv[1] == 'hold':
    hold(sys.argv[2])
elif sys.argv[1] == 'try':
    attempt(sys.argv[2])
else:
    turns(sys.argv[2], float(sys.argv[3]))
