"""The peers as servers, where `make bench-peers` has installed them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.load.servers import Server, free_address, serve
from todoapp.settings import ROOT

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
_CONFIGURATION = "tests/load/peers/gunicorn_conf.py"


@dataclass(frozen=True)
class Peer:
    """Another framework's way to serve the same todos."""

    name: str
    #: `module:name` of its application, below tests.load.peers.
    app: str
    #: Where a page has its todos.
    todos: str = "todos"
    #: Gunicorn's worker class.
    worker: str = "gthread"


PEERS = (
    Peer("Django REST Framework", "drf.wsgi:application", todos="results"),
    Peer("FastAPI", "fast.main:app", worker="uvicorn_worker.UvicornWorker"),
    Peer("flask-smorest", "smorest.app:app"),
)


def installed() -> tuple[Peer, ...]:
    """Return the peers that can be measured."""
    return PEERS if PYTHON.exists() else ()


@contextmanager
def serving(peer: Peer, database_url: str, folder: Path) -> Iterator[Server]:
    """Serve `peer` with two workers, of four threads each where it has threads."""
    address = free_address()
    environ = {"PEERS_DATABASE_URL": database_url, "PEERS_BASE_URL": f"http://{address}"}
    options = ["--config", _CONFIGURATION, "--worker-class", peer.worker, "--bind", address]
    command = [str(PYTHON), "-m", "gunicorn", *options, f"tests.load.peers.{peer.app}"]
    with serve(command, environ, address, folder / f"{peer.app}.log") as server:
        yield server
