"""Clients that read all the time, as many as there are paths."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.service import Service
from tests.support import serve

#: One of each kind of read: by the kept connection, by the session, and of the simple face.
PATHS = (
    "/api/v1/todos/1",
    "/api/v1/todos/1/history",
    "/api/v1/todos?sort=due_date&count=true",
    "/api/v1/lists",
    "/todos",
)


@dataclass
class Readings:
    """How often each status was answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int) -> None:
        """Count an answer."""
        with self._lock:
            self.statuses[status] += 1

    def grow_by(self, count: int, status: int) -> None:
        """Wait until so many more have been answered so."""
        goal = self.statuses[status] + count
        serve.wait_until(lambda: self.statuses[status] >= goal, f"{count} more reads of {status}")


def _read_until(stopped: threading.Event, service: Service, path: str, readings: Readings) -> None:
    while not stopped.wait(0.01):
        readings.note(service.status_of(path, X_API_Key=service.key))


@contextmanager
def reading(service: Service) -> Iterator[Readings]:
    """Let readers read for the block."""
    readings, stopped = Readings(), threading.Event()
    with ThreadPoolExecutor(len(PATHS)) as pool:
        jobs = [pool.submit(_read_until, stopped, service, path, readings) for path in PATHS]
        try:
            yield readings
        finally:
            stopped.set()
        for job in jobs:
            job.result()
