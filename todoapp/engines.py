"""How each database is opened: two engines on one database, `reads` and `writes`.

`reads` is in autocommit and refuses to write. `writes` opens a transaction at its first
statement; on SQLite with BEGIN IMMEDIATE, because a transaction that reads first and writes later
is refused with "database is locked" whenever somebody wrote in between, however long it waits.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, FromClause, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from todoapp.settings import Settings
from todoapp.tally import tally
from todoapp.writer_queue import WriterQueue

T = TypeVar("T")

#: Connections beyond one for each thread, of each engine.
OVERFLOW = 2
#: Seconds in which a PostgreSQL that lives says by itself that a statement has taken too long.
_SPARE = 1


def options(settings: Settings, *, writes: bool) -> dict[str, Any]:
    """Return the keyword arguments of `create_engine` for the `reads` or the `writes` engine."""
    shared: dict[str, Any] = {
        "pool_size": settings.threads,
        "max_overflow": OVERFLOW,
        "pool_timeout": settings.database_timeout,
        # Errors are logged: without what people have written.
        "hide_parameters": True,
    }
    if not writes:
        shared |= {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    if settings.is_sqlite:
        return shared | _sqlite_options(settings)
    return shared | _postgresql_options(settings, writes=writes)


def _sqlite_options(settings: Settings) -> dict[str, Any]:
    # isolation_level=None: the driver must not open transactions of its own.
    arguments = {"timeout": settings.database_timeout, "isolation_level": None}
    return {"connect_args": arguments}


def _postgresql_options(settings: Settings, *, writes: bool) -> dict[str, Any]:
    wait = f"{settings.database_timeout}s"
    chosen = {
        "timezone": "UTC",
        "statement_timeout": wait,
        "lock_timeout": wait,
        "idle_in_transaction_session_timeout": wait,
        "default_transaction_read_only": "off" if writes else "on",
        # Compiling a plan and starting helpers for it take longer than any call should.
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
    }
    arguments = {
        "options": " ".join(f"-c {name}={value}" for name, value in chosen.items()),
        "connect_timeout": settings.database_timeout,
        # A server that vanishes from the network in mid-statement says nothing: stop listening.
        "tcp_user_timeout": settings.database_timeout * 1000,
        "application_name": f"todoapp {'writes' if writes else 'reads'}",
    }
    return {"connect_args": arguments}


def prepare(engine: Engine, settings: Settings, *, writes: bool) -> None:
    """Attach to `engine` what counts, and what its dialect needs at connect, begin and check-in."""
    for name in ("do_execute", "do_executemany"):
        event.listen(engine, name, _in_place_of(getattr(engine.dialect, name)))
    if not settings.is_sqlite:
        # Here, since whoever stays with SQLite need not load the driver.
        from todoapp import postgresql  # noqa: PLC0415

        postgresql.listen(engine, settings.database_timeout + _SPARE)
        return
    engine.dialect.statement_compiler = IndexedBy
    event.listen(engine, "do_connect", _privately(Path(str(settings.url.database))))
    event.listen(engine, "connect", _pragmas(settings, writes=writes))
    if writes:
        queue = WriterQueue(f"{settings.url.database}.lock", timeout=settings.database_timeout)
        event.listen(engine, "begin", queue.begin)
        event.listen(engine, "checkin", queue.checkin)


def _in_place_of(run: Callable[..., object]) -> Callable[..., bool]:
    """Return a listener that runs each statement itself, where the dialect would `run` it.

    Listeners before and after each statement would take longer than most statements do.
    """
    run_counted = counted(run)

    def listener(*given: Any) -> bool:
        run_counted(*given)
        return True

    return listener


def counted(run: Callable[..., T]) -> Callable[..., T]:
    """Return `run`, which runs a statement, counting it.

    An error of PostgreSQL's leaves it with its first sentence only.
    """

    def counted(*given: Any) -> T:
        started = perf_counter()
        try:
            return run(*given)
        except Exception as error:
            # PostgreSQL explains errors by what is in the rows, and they are logged.
            told = getattr(getattr(error, "diag", None), "message_primary", None)
            error.args = (told,) if told else error.args
            raise
        finally:
            tally.add(perf_counter() - started)

    return counted


@cache
def placed(dialect: Dialect) -> Dialect:
    """Return the dialect, or one that knows parameters by their places, as SQLite's does anyway."""
    of_kind: Any = type(dialect)
    return dialect if dialect.positional else of_kind(paramstyle="numeric_dollar")


def be_patient(connection: Connection) -> None:
    """Let a connection to PostgreSQL wait for answers for as long as it takes."""
    driver: Any = connection.connection.driver_connection
    driver.patience = None


class IndexedBy(SQLiteCompiler):
    """Writes the hint of a select as INDEXED BY, which SQLAlchemy leaves out for SQLite."""

    def get_from_hint_text(self, _table: FromClause, text: str | None) -> str | None:
        """Return the clause that names the index; without a name: go by the primary key."""
        return f"INDEXED BY {text}" if text else "NOT INDEXED"


def _privately(path: Path) -> Any:
    """Return what makes a new database readable by its owner only; the files beside take after it.

    One that is there is not opened: to close it again would end the locks of this process on it.
    """

    def connect(*_given: Any) -> None:
        if path.parent.is_dir() and not path.exists():
            path.touch(mode=0o600)

    return connect


def _pragmas(settings: Settings, *, writes: bool) -> Any:
    statements = (
        "PRAGMA journal_mode=WAL",
        "PRAGMA foreign_keys=ON",
        f"PRAGMA synchronous={settings.sqlite_synchronous}",
        f"PRAGMA query_only={'OFF' if writes else 'ON'}",
        # What takes a statement back, if a trigger of it fails: as a file it would be made and
        # deleted in every write, which takes a fifth of its time. It is as large as what one
        # statement changes, and all of ours have bounds.
        f"PRAGMA temp_store={'MEMORY' if writes else 'DEFAULT'}",
    )

    def connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    return connect
