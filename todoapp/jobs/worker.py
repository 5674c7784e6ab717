"""The worker: it takes one job after the other, until it is told to stop.

While there is nothing to do it looks once a second, and only reads. While the database is away it
waits. SIGTERM and SIGINT let it finish what it is doing; a job that is done in portions goes on
elsewhere, or after the next start.
"""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

from flask import Flask

from todoapp.clock import utcnow
from todoapp.db import forget_connections, unit_of_work
from todoapp.errors import Unavailable
from todoapp.jobs.kinds import KINDS, slots
from todoapp.limits import WORKER_MAX, JobState
from todoapp.services import jobs
from todoapp.services.health import UNREACHABLE
from todoapp.services.jobs import Claim, LostClaim

_log = logging.getLogger("todoapp.jobs")

#: Seconds between two looks at an empty queue, and at a database that is away.
POLL, AWAY = 1.0, 5.0
#: Seconds between two extensions of a lease: two may fail.
HEARTBEAT = jobs.LEASE.total_seconds() / 3


class Worker:
    """One worker, which runs one job at a time.

    With the number of its `parent`, it ends when that process has ended.
    """

    def __init__(self, app: Flask, *, parent: int | None = None) -> None:
        self._app, self._parent = app, parent
        # Its like may run on other hosts, and a later one may get the number of this process.
        name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.name = name[-WORKER_MAX:]
        #: The last period of each kind for which a job is known to be enqueued.
        self._slots: dict[str, str] = {}
        # A signal handler may put into this queue, whatever it has interrupted.
        self._signals: SimpleQueue[int] = SimpleQueue()

    def run(self) -> None:
        """Work until a signal comes, or the parent has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda came, _frame: self._signals.put(came))
        _log.info("worker started", extra={"facts": {"worker": self.name}})
        pause = 0.0
        while not self._stopped_within(pause):
            try:
                pause = 0.0 if self.step() else POLL
            except (*UNREACHABLE, Unavailable) as error:
                self._note_absence(error)
                pause = AWAY
        _log.info("worker ended", extra={"facts": {"worker": self.name}})

    def step(self) -> bool:
        """Enqueue what is periodic, and run the next job; tell whether there was one."""
        self._enqueue(utcnow())
        if not jobs.is_due(KINDS, at=utcnow()):
            return False
        with unit_of_work():
            claimed = jobs.claim(KINDS, worker=self.name, at=utcnow())
        if claimed is not None:
            self._work(claimed)
        return True

    def _stopped_within(self, seconds: float) -> bool:
        try:
            self._signals.get(timeout=seconds)
        except Empty:
            return self._parent is not None and os.getppid() != self._parent
        return True

    def _note_absence(self, error: Exception) -> None:
        forget_connections()
        facts = {"worker": self.name, "kind": type(error).__name__}
        _log.warning("the database cannot be used", extra={"facts": facts})

    def _enqueue(self, at: datetime) -> None:
        """Enqueue each periodic job whose period has begun, unless it is there already."""
        for name, slot in slots(at).items():
            if self._slots.get(name) == slot:
                continue
            if not jobs.has_slot(name, slot):
                with unit_of_work():
                    jobs.enqueue_slot(name, slot, at=at)
            self._slots[name] = slot

    def _work(self, claimed: Claim) -> None:
        """Run the job, or a part of it, and note how it went."""
        began = time.monotonic()
        try:
            with self._heartbeat(claimed), unit_of_work():
                is_part = KINDS[claimed.kind].run(claimed.payload, utcnow())
                (jobs.put_back if is_part else jobs.finish)(claimed, at=utcnow())
        except LostClaim:
            _tell(logging.WARNING, "job lost", claimed, began)
        except Exception as error:  # whatever it is, it is the job's, and others are to be run
            _tell(logging.ERROR, "job failed", claimed, began, exc_info=error)
            self._fail(claimed, error)
        else:
            _tell(logging.INFO, "job done in part" if is_part else "job done", claimed, began)

    def _fail(self, claimed: Claim, error: Exception) -> None:
        with unit_of_work():
            state = jobs.fail(claimed, error, at=utcnow())
        if state == JobState.DEAD:
            facts = {"job": claimed.id, "job_kind": claimed.kind}
            _log.error("job given up", extra={"facts": facts})

    @contextmanager
    def _heartbeat(self, claimed: Claim) -> Iterator[None]:
        """Extend the lease while the block runs, in a thread."""
        over = threading.Event()
        thread = threading.Thread(target=self._extend, args=(claimed, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _extend(self, claimed: Claim, over: threading.Event) -> None:
        while not over.wait(HEARTBEAT):
            try:
                with self._app.app_context(), unit_of_work():
                    jobs.extend(claimed, at=utcnow())
            except (*UNREACHABLE, Unavailable) as error:
                facts = {"job": claimed.id, "kind": type(error).__name__}
                _log.warning("lease not extended", extra={"facts": facts})


def _tell(level: int, message: str, claimed: Claim, began: float, **more: Any) -> None:
    facts = {
        "job": claimed.id,
        "job_kind": claimed.kind,
        "attempt": claimed.attempts,
        "duration_ms": round((time.monotonic() - began) * 1000, 1),
    }
    _log.log(level, message, extra={"facts": facts}, **more)
