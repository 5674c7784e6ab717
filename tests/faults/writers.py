"""Clients that write whatever happens: each repeats a request, with its key, until it is done."""

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults import answers
from tests.support import serve

COUNT = 8
_PATH = "/api/v1/todos"
#: Answers after which a client with a key tries again: in flight, or away.
_AGAIN = (409, 503)
_PAUSE = 0.05

Connect = Callable[[], http.client.HTTPConnection]


@dataclass
class Ledger:
    """What the writers were told."""

    #: The id of each acknowledged todo, by its title.
    acknowledged: dict[str, int] = field(default_factory=dict)
    #: Every attempt: the status, or the kind of break.
    attempts: Counter[int | str] = field(default_factory=Counter)
    #: Answers that were a repetition of one that had been lost.
    replayed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: int | str) -> None:
        """Count an attempt."""
        with self._lock:
            self.attempts[outcome] += 1

    def acknowledge(self, title: str, todo_id: int, *, replayed: bool) -> None:
        """Hold the service to what it has answered."""
        with self._lock:
            assert title not in self.acknowledged
            self.acknowledged[title] = todo_id
            self.replayed += replayed

    def grow_by(self, count: int) -> None:
        """Wait until so many more have been acknowledged."""
        goal = len(self.acknowledged) + count
        serve.wait_until(lambda: len(self.acknowledged) >= goal, f"{count} more writes")


@dataclass
class Writer:
    """One client, which keeps its connection alive."""

    name: str
    key: str
    connect: Connect
    ledger: Ledger
    connection: http.client.HTTPConnection = field(init=False)

    def write_until(self, stopped: threading.Event) -> None:
        """Make one todo after another; finish the last one."""
        self.connection = self.connect()
        number = 0
        while not stopped.is_set():
            number += 1
            self._make(f"{self.name}, todo {number}")
        self.connection.close()

    def _make(self, title: str) -> None:
        """Repeat one request until it is answered with 201."""
        key = str(uuid.uuid4())
        deadline = time.monotonic() + 2 * serve.PATIENCE
        while not self._attempt(title, key):
            assert time.monotonic() < deadline, f"{title} was not made: {self.ledger.attempts}"
            time.sleep(_PAUSE)

    def _attempt(self, title: str, key: str) -> bool:
        """Send the request once; return whether it is done."""
        try:
            response, body = self._send(title, key)
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.ledger.note(type(error).__name__)
            return False
        self.ledger.note(response.status)
        if response.status in _AGAIN:
            return False
        assert response.status == 201, body
        replayed = response.headers.get("Idempotent-Replayed") == "true"
        self.ledger.acknowledge(title, json.loads(body)["id"], replayed=replayed)
        return True

    def _send(self, title: str, key: str) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {
            "X-API-Key": self.key,
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        self.connection.request("POST", _PATH, json.dumps({"title": title}), headers)
        response = self.connection.getresponse()
        return response, answers.body_of(response, _PATH)


@contextmanager
def writing(connect: Connect, key: str) -> Iterator[Ledger]:
    """Let writers write for the block; at its end each finishes what it has begun."""
    ledger, stopped = Ledger(), threading.Event()
    writers = [Writer(f"writer {n}", key, connect, ledger) for n in range(COUNT)]
    with ThreadPoolExecutor(COUNT) as pool:
        jobs = [pool.submit(writer.write_until, stopped) for writer in writers]
        try:
            yield ledger
        finally:
            stopped.set()
        for job in jobs:
            job.result()
