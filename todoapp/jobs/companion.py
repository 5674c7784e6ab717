"""The worker that Gunicorn's master runs beside those that answer requests.

Gunicorn has no place for a child that answers none. But its master looks after its workers once a
second, and the companion is looked after at the same time, by the same thread: a process that forks
should have no other.
"""

import os
import signal
import subprocess
import sys
import time
from typing import Any

#: Seconds before the first start, so that those who answer are there first.
FIRST = 2.0
#: Seconds from one start to the next at least, however soon it dies.
BETWEEN = 5.0
#: Seconds in which its job has to end when the service does; else it is run anew later.
GRACE = 10.0


class Companion:
    """The worker of one master, kept running."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._next_start = 0.0
        self._is_missed = False

    def attach(self, server: Any) -> None:
        """Have the master (gunicorn.arbiter.Arbiter) look after it from now on."""
        look_after_workers = server.manage_workers
        self._next_start = time.monotonic() + FIRST

        def look_after_all() -> None:
            look_after_workers()
            self.look(server)

        server.manage_workers = look_after_all

    def look(self, server: Any) -> None:
        """Start it if it is not there and was not started just now."""
        if self._process is not None and self._process.poll() is None:
            return
        if time.monotonic() < self._next_start:
            return
        if self._is_missed:
            server.log.warning("The worker for background jobs has ended: here is another.")
        self._process = _start()
        self._next_start = time.monotonic() + BETWEEN
        self._is_missed = True

    def renew(self) -> None:
        """Let it finish its job and end; another one comes, with the present code."""
        self._is_missed = False
        if self._process is not None:
            self._process.terminate()

    def end(self) -> None:
        """Let it finish its job, but not for long, and wait for it."""
        self.renew()
        if self._process is None:
            return
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _start() -> "subprocess.Popen[bytes]":
    """Start a worker that ends when this process does, even by SIGKILL.

    Ctrl-C, which a terminal sends to all of them, is left to the master.
    """
    command = ["-m", "flask", "todo", "worker", "--parent", str(os.getpid())]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen([sys.executable, *command])  # noqa: S603 - nothing of it is input
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


#: That of this process, if it is a master.
companion = Companion()
