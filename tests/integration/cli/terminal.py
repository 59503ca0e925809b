"""Runs a command on its own terminal: python3 terminal.py HOW ACTION PATTERN COMMAND...

HOW     `session`: the command leads the session of the terminal, so the system sends SIGHUP when the terminal is closed.
        `stranger`: the command only has the terminal open, and learns of its end when it writes or reads.
ACTION  what happens when PATTERN was printed: `close` the terminal, or type `ctrl-c`.
Prints the exit code of the command, or minus the number of the signal that ended it, and then what it printed.
"""
import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time

how, action, pattern, *command = sys.argv[1:]
master, slave = pty.openpty()


def lead():
    os.setsid()
    if how == "session":
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)


child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, preexec_fn=lead)
os.close(slave)
shown = b""
acted = False
limit = time.monotonic() + 90
while child.poll() is None and time.monotonic() < limit:
    if master is None:
        time.sleep(0.02)
        continue
    if select.select([master], [], [], 0.1)[0]:
        try:
            shown += os.read(master, 65536)
        except OSError:
            break
    if not acted and re.search(pattern.encode(), shown):
        acted = True
        if action == "close":
            os.close(master)
            master = None
        else:
            os.write(master, b"\x03")
if child.poll() is None and not acted:
    child.kill()
code = child.wait(60)
print(code if acted else "the pattern was never printed")
print(shown.decode("utf-8", "replace"))
