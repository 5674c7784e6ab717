"""What the servers under measurement keep their todos in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from tests.support import postgres

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
#: What it is called in PostgreSQL.
DATABASE = "bench"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database on `engine`."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    with postgres.server() as url:
        yield postgres.new_database(url, DATABASE)


def copy_for_peers(url: str) -> str:
    """Return the URL of a copy of the database at `url`, which nobody has open.

    It has an index more: the one that their page of the newest asks for. Ours has no use for it;
    without it, theirs would sort every todo of the caller, and the ratio tell nothing of them.
    """
    copied = _copy(make_url(url))
    run(copied, "CREATE INDEX ix_todo_newest ON todo (created_at, id)")
    run(copied, "ANALYZE")
    return copied


def _copy(url: URL) -> str:
    if url.drivername == "sqlite":
        copied = url.set(database=f"{url.database}.peers")
        shutil.copy(str(url.database), str(copied.database))
        return str(copied)
    server = url.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE peers TEMPLATE {url.database}")
    return url.set(database="peers").render_as_string(hide_password=False)


def run(url: str, statement: str, **bound: object) -> None:
    """Run one statement on the database at `url`."""
    parsed = make_url(url)
    engine = create_engine(parsed.set(drivername=_DRIVERS[parsed.drivername]))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement), bound)
    engine.dispose()
