"""Calling the service and the empty route in turns, and reading what it costs their workers."""

import json
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.load.calls import Call, Sample
from tests.load.clients import Client
from tests.load.report import BASELINE, ONE, PAGE, POST, Samples
from tests.load.seed import Seeded, fill
from tests.load.servers import Server, gunicorn
from tests.support import postgres

#: Nothing is noted before caches, pools and prepared statements are warm.
_WARM_UP_SECONDS = 1


@dataclass(frozen=True)
class Subject:
    """A call, and the server that answers it."""

    server: Server
    call: Call


def measure(engine: str, client: Client, *, rounds: int, seconds: float) -> Samples:
    """Return the samples of every call with the service on `engine`, taken in turns."""
    samples: dict[str, list[Sample]] = {}
    with _subjects(engine) as subjects:
        for subject in subjects:
            _refuse_wrong_answer(subject.call)
            client(subject.call, _WARM_UP_SECONDS)
        for _ in range(rounds):
            for subject in subjects:
                samples.setdefault(subject.call.name, []).append(_sample(client, subject, seconds))
    return samples


@contextmanager
def _subjects(engine: str) -> Iterator[list[Subject]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="todoapp-bench-")))
        environ = {
            "TODOAPP_RATE_LIMIT": "100000000/60",  # on, and in nobody's way
            "TODOAPP_DATA_DIR": str(folder),
            "TODOAPP_DATABASE_URL": stack.enter_context(_database(engine, folder)),
        }
        seeded = fill(environ)
        empty = stack.enter_context(gunicorn("tests.load.empty:app", environ, folder / "empty.log"))
        service = stack.enter_context(gunicorn("wsgi:app", environ, folder / "service.log"))
        yield [
            Subject(empty, Call(BASELINE, f"{empty.url}/")),
            *(Subject(service, call) for call in _calls(f"{service.url}/api/v1/todos", seeded)),
        ]


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    with postgres.server() as url:
        yield postgres.new_database(url, "bench")


def _calls(todos: str, seeded: Seeded) -> list[Call]:
    credentials = {"X-API-Key": seeded.key}
    json_body = credentials | {"Content-Type": "application/json"}
    return [
        Call(ONE, f"{todos}/{seeded.todo_id}", headers=credentials),
        Call(PAGE, todos, headers=credentials),
        Call(POST, todos, method="POST", body='{"title": "Buy milk"}', headers=json_body),
    ]


def _refuse_wrong_answer(call: Call) -> None:
    """Errors are answered quickly: they must not be taken for speed."""
    request = urllib.request.Request(
        call.url, call.body.encode() or None, call.headers, method=call.method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            document = json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{call.name}: {error.code} {error.read().decode()}")
    if call.name == PAGE and len(document["todos"]) != 50:
        sys.exit(f"The page has {len(document['todos'])} todos, not 50.")


def _sample(client: Client, subject: Subject, seconds: float) -> Sample:
    before = subject.server.cpu_us()
    run = client(subject.call, seconds)
    return Sample(run, subject.server.cpu_us() - before)
