"""SQLite's writers, one after the other.

SQLite has one writer at a time, and its own wait is a poll with growing pauses that starves
unlucky writers. So writers queue before they begin: the threads of a process on a lock, the
processes on a lock file beside the database.
"""

import fcntl
import os
import threading
import time
from pathlib import Path
from time import perf_counter

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from todoapp.tally import tally

#: Pause between two looks at the lock file, in seconds. A process polls with one thread; a write
#: takes one or two milliseconds, so with a longer pause nobody would write for a fifth of the time.
_POLL = 0.0001


class WriterQueue:
    """Lets one writer at a time begin, among the threads and processes of this host.

    `timeout` is in seconds; a writer that waited that long gives up with the error that SQLite
    itself would have given, having changed nothing. After that one thread waits for the lock and
    the others give up at once, till somebody has begun: else all threads would wait for a lock
    that another program holds, and none be left to read.
    """

    def __init__(self, path: str, *, timeout: float) -> None:
        self._path = Path(path)
        self._timeout = timeout
        self._thread = threading.Lock()
        self._file: int | None = None
        #: Whether somebody has waited in vain since somebody has begun.
        self._is_stuck = False

    def begin(self, connection: Connection) -> None:
        """Wait for the turn, then begin for real.

        With the execution option `wait`, give up after so many seconds.
        """
        wait = connection.get_execution_options().get("wait")
        started = time.monotonic()
        try:
            self._begin(connection, wait)
        except OperationalError:
            if time.monotonic() - started >= self._timeout:
                self._is_stuck = True
            raise
        self._is_stuck = False

    def _begin(self, connection: Connection, wait: float | None) -> None:
        started = perf_counter()
        try:
            self.acquire(self._timeout if wait is None else wait)
        finally:
            tally.queued = (tally.queued or 0.0) + perf_counter() - started
        connection.info["in_queue"] = True
        if wait is not None:  # nor longer for a program that writes without standing in the queue
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait * 1000)}")
            connection.info["in_haste"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def checkin(self, connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        """Let the next one begin: the connection is back, so its transaction is over."""
        if record.info.pop("in_queue", False):
            self.release()
        if record.info.pop("in_haste", False) and connection is not None:
            milliseconds = int(self._timeout * 1000)
            connection.cursor().execute(f"PRAGMA busy_timeout={milliseconds}")

    def acquire(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for the turn; OperationalError when it does not come."""
        deadline = time.monotonic() + timeout
        if not self._thread.acquire(timeout=0 if self._is_stuck else timeout):
            raise _locked()
        try:
            self._lock_file(deadline)
        except BaseException:
            self._thread.release()
            raise

    def release(self) -> None:
        """Give the turn away."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._thread.release()

    def _lock_file(self, deadline: float) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        while True:
            try:
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise _locked() from None
                time.sleep(_POLL)


def _locked() -> OperationalError:
    return OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))
