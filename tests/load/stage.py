"""Where it is measured: a seeded database, and the servers on it."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.load.calls import BASELINE, ONE, PAGE, POST, SERVICE, Call
from tests.load.databases import copy_for_peers, database
from tests.load.rivals import Peer, serving
from tests.load.seed import Seeded, fill
from tests.load.servers import Server, gunicorn


@dataclass(frozen=True)
class Stage:
    """A seeded database, and how the service is set up on it."""

    folder: Path
    environ: dict[str, str]
    seeded: Seeded

    @property
    def database_url(self) -> str:
        """Where the service keeps its todos."""
        return self.environ["TODOAPP_DATABASE_URL"]


@dataclass(frozen=True)
class Subject:
    """A call, the server that answers it, and the database behind that."""

    whose: str
    server: Server
    call: Call
    database_url: str
    #: Where a page has its todos.
    todos: str = "todos"


@contextmanager
def stage(engine: str) -> Iterator[Stage]:
    """Yield a stage on `engine`, in a folder that is removed afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="todoapp-bench-")))
        environ = {
            "TODOAPP_RATE_LIMIT": "100000000/60",  # on, and in nobody's way
            "TODOAPP_WORKER": "false",  # what is measured are requests
            "TODOAPP_METRICS_FROM": "127.0.0.1",
            "TODOAPP_DATA_DIR": str(folder),
            "TODOAPP_DATABASE_URL": stack.enter_context(database(engine, folder)),
        }
        yield Stage(folder, environ, fill(environ))


@contextmanager
def service(here: Stage, name: str = "service") -> Iterator[Server]:
    """Serve todoapp; its log is called `name`."""
    with gunicorn("wsgi:app", here.environ, here.folder / f"{name}.log") as server:
        yield server


@contextmanager
def subjects(here: Stage, peers: Sequence[Peer]) -> Iterator[list[Subject]]:
    """Start all servers, and yield every call of each: those of one name stand side by side."""
    with ExitStack() as stack:
        theirs = copy_for_peers(here.database_url) if peers else ""
        empty = stack.enter_context(
            gunicorn("tests.load.empty:app", here.environ, here.folder / "empty.log")
        )
        found = [Subject(SERVICE, empty, Call(BASELINE, f"{empty.url}/"), here.database_url)]
        ours = stack.enter_context(service(here))
        for call in calls(f"{ours.url}/api/v1/todos", here.seeded):
            found.append(Subject(SERVICE, ours, call, here.database_url))
        for peer in peers:
            server = stack.enter_context(serving(peer, theirs, here.folder))
            for call in calls(f"{server.url}/todos", here.seeded):
                found.append(Subject(peer.name, server, call, theirs, peer.todos))
        yield sorted(
            found, key=lambda subject: (BASELINE, ONE, PAGE, POST).index(subject.call.name)
        )


def calls(todos: str, seeded: Seeded) -> list[Call]:
    """Return what is called, where `todos` is the URL of all of them."""
    credentials = {"X-API-Key": seeded.key}
    json_body = credentials | {"Content-Type": "application/json"}
    return [
        Call(ONE, f"{todos}/{seeded.todo_id}", headers=credentials),
        Call(PAGE, todos, headers=credentials),
        Call(POST, todos, method="POST", body='{"title": "Buy milk"}', headers=json_body),
    ]
