"""Asking databases of different sizes the same, in turns, and timing the answers."""

import http.client
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.load import growth_calls
from tests.load.growth_calls import Question
from tests.load.growth_data import Data, databases
from tests.load.servers import Server, gunicorn
from todoapp.services.generate_text import title

#: Plans and caches are warm then: psycopg prepares a statement when it comes for the fifth time,
#: on each connection, and PostgreSQL makes up its mind about the plan in five more.
_WARM_UP = 40
_WARM_UP_SECONDS = 2


@dataclass
class Answers:
    """What one database has answered to a question."""

    #: Of the page.
    rows: int
    #: The median of each round.
    ms: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


class Subject:
    """A served database, called over one connection."""

    def __init__(self, data: Data, server: Server) -> None:
        self._data, self._server = data, server
        self._random = Random(data.todos)
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)
        self._facts = growth_calls.facts(self._ask)
        self._processes = [*server.master.children(), *self._backends()]

    def path(self, question: Question) -> str:
        """Return what this database is to be asked."""
        path = question.path.format(**self._facts)
        return growth_calls.in_the_midst(self._ask, path) if question.deep else path

    def answer(self, question: Question, path: str) -> bytes:
        """Return the body of the answer; end the run with any error."""
        keys = self._data.keys
        headers = {
            "X-API-Key": keys.admin if question.everyone else keys.member,
            "Content-Type": "application/json",
        }
        method, body = "GET", None
        if question.adds:
            method, body = "POST", json.dumps({"title": title(self._random, "")})
        self._connection.request(method, f"/api/v1/{path}", body, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 400:
            sys.exit(f"{method} {path}: {response.status} {answer.decode()}")
        return answer

    def cpu_us(self) -> float:
        """Return the CPU time so far of the workers, and of PostgreSQL on their behalf."""
        return sum(map(_cpu_us, self._processes))

    def _backends(self) -> list[psutil.Process]:
        """Return PostgreSQL's processes that work for the server."""
        mark = f"growth_{self._data.todos} "
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if any("postgres:" in part and mark in part for part in process.info["cmdline"] or ())
        ]

    def _ask(self, path: str) -> Any:
        return json.loads(self.answer(Question(path), path))


def _cpu_us(process: psutil.Process) -> float:
    """Return the CPU time of a process so far: Linux knows the nanoseconds of each thread."""
    tasks = list(Path(f"/proc/{process.pid}/task").glob("*/schedstat"))
    if not tasks:
        times = process.cpu_times()
        return float(times.user + times.system) * 1e6
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e3


def measure(
    engine: str,
    folder: Path,
    sizes: tuple[int, ...],
    questions: Sequence[Question],
    *,
    rounds: int,
    seconds: float,
) -> Iterator[tuple[Question, list[Answers]]]:
    """Yield each question with what a database of each size answers, all of them of `engine`."""
    with ExitStack() as stack:
        subjects = [
            Subject(data, stack.enter_context(_served(data)))
            for data in stack.enter_context(databases(engine, folder, sizes))
        ]
        for question in questions:
            yield question, _compare(subjects, question, rounds, seconds)


@contextmanager
def _served(data: Data) -> Iterator[Server]:
    log = Path(data.environ["TODOAPP_DATA_DIR"]) / "service.log"
    one_worker = {"TODOAPP_WORKERS": "1", "TODOAPP_THREADS": "1"}
    with gunicorn("wsgi:app", data.environ | one_worker, log) as server:
        yield server


def _compare(
    subjects: Sequence[Subject], question: Question, rounds: int, seconds: float
) -> list[Answers]:
    paths = [subject.path(question) for subject in subjects]
    found = []
    for subject, path in zip(subjects, paths, strict=True):
        found.append(Answers(_size(json.loads(_warmed_up(subject, question, path)))))
    for _ in range(rounds):
        _round(subjects, question, paths, found, seconds)
    return found


def _warmed_up(subject: Subject, question: Question, path: str) -> bytes:
    deadline = time.perf_counter() + _WARM_UP_SECONDS
    for _ in range(_WARM_UP):
        body = subject.answer(question, path)
        if time.perf_counter() > deadline:
            break
    return body


def _size(document: Any) -> int:
    return next((len(value) for value in document.values() if isinstance(value, list)), 1)


def _round(
    subjects: Sequence[Subject],
    question: Question,
    paths: Sequence[str],
    found: Sequence[Answers],
    seconds: float,
) -> None:
    """Ask them by turns: what else the machine does meanwhile slows them alike."""
    before = [subject.cpu_us() for subject in subjects]
    taken: list[list[float]] = [[] for _ in subjects]
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or not taken[-1]:
        for subject, path, mine in zip(subjects, paths, taken, strict=True):
            started = time.perf_counter()
            subject.answer(question, path)
            mine.append((time.perf_counter() - started) * 1000)
    for subject, answers, mine, start in zip(subjects, found, taken, before, strict=True):
        answers.ms.append(median(mine))
        answers.cpu_us.append((subject.cpu_us() - start) / len(mine))
