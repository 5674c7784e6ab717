"""Backups of a PostgreSQL database: what pg_dump writes, in its custom format."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel, sql
from sqlalchemy.engine import URL

from todoapp.errors import Conflict
from todoapp.services import checksums, health, postgresql_programs
from todoapp.services.checksums import Checksums

SUFFIX = "dump"
#: Seconds to wait for a migration that holds a table.
_LOCK_WAIT = 60
_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r'"
    " AND relnamespace = CAST(current_schema() AS regnamespace) ORDER BY relname"
)
_REVISION = re.compile(r"^COPY \S*alembic_version .*\n(\S+)\n", re.MULTILINE)

Connection = psycopg.Connection[Any]


def write(url: URL, draft: Path, *, lock: int, checked: bool) -> Checksums | None:
    """Dump the database as it is at one moment; see backup_engine.

    The checksums are taken in a transaction that lends its snapshot to pg_dump. If we are killed
    pg_dump goes on, and with it the lock: no other backup is written into its file.
    """
    with connected(url) as connection, _one_moment(connection):
        _demand_program(connection)
        [snapshot] = connection.execute("SELECT pg_export_snapshot()").fetchone() or [""]
        arguments = (
            "--format=custom",
            f"--file={draft}",
            f"--snapshot={snapshot}",
            f"--lock-wait-timeout={_LOCK_WAIT}s",
        )
        postgresql_programs.run("pg_dump", url, *arguments, keep=[lock])
        return _checksums(connection) if checked else None


def demand_program(url: URL) -> None:
    """Raise Conflict, with what to do, unless there is a pg_dump for this server."""
    with connected(url) as connection:
        _demand_program(connection)


def _demand_program(connection: Connection) -> None:
    postgresql_programs.demand("pg_dump", connection.info.server_version // 10_000)


def revision(file: Path) -> str:
    """Return the revision in a backup; see backup_engine."""
    alone = ("--data-only", "--table=alembic_version", "--file=-", str(file))
    found = _REVISION.search(postgresql_programs.run_alone("pg_restore", *alone))
    if not found:
        raise Conflict(f"{file} is of no version of todoapp.")
    return found[1]


def is_empty(url: URL) -> bool:
    """Tell whether there is no table; see backup_engine."""
    with connected(url) as connection:
        return not connection.execute(_TABLES).fetchall()


def has_rows(url: URL) -> bool:
    """Tell whether there is a row in any table but that of the schema's revision."""
    with connected(url) as connection:
        names = {name for (name,) in connection.execute(_TABLES).fetchall()} - {"alembic_version"}
        return any(
            connection.execute(_named("SELECT FROM {} LIMIT 1", name)).fetchall() for name in names
        )


def fill(url: URL, file: Path) -> None:
    """Restore a dump; see backup_engine."""
    owned = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    postgresql_programs.run("pg_restore", url, *owned, str(file))


def read(url: URL) -> Checksums:
    """Return the checksums; see backup_engine."""
    with connected(url) as connection, _one_moment(connection):
        return _checksums(connection)


@contextmanager
def scratch(url: URL) -> Iterator[URL]:
    """Yield a database on the same server; see backup_engine."""
    name = f"todoapp_scratch_{secrets.token_hex(4)}"
    with connected(url) as connection:
        connection.autocommit = True
        _create(connection, name)
        try:
            yield url.set(database=name)
        finally:
            connection.execute(_named("DROP DATABASE {} WITH (FORCE)", name))


def _create(connection: Connection, name: str) -> None:
    try:
        connection.execute(_named("CREATE DATABASE {} TEMPLATE template0", name))
    except psycopg.errors.InsufficientPrivilege:
        raise Conflict(
            "To verify, a scratch database is made beside, which the database's user may not do: "
            f"ALTER ROLE {connection.info.user} CREATEDB."
        ) from None


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """Yield a connection that may take as long as it takes, and commit. Raises Conflict."""
    try:
        with psycopg.connect(postgresql_programs.conninfo(url)) as connection:
            for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
                connection.execute(sql.SQL("SET {} = 0").format(sql.Identifier(timeout)))
            connection.execute("SET timezone = 'UTC'")
            connection.commit()
            yield connection
    except psycopg.Error as error:
        raise Conflict(f"PostgreSQL says: {health.reason(error)}.") from None


@contextmanager
def _one_moment(connection: Connection) -> Iterator[None]:
    """See what was committed when it began, and nothing later."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        yield


def _checksums(connection: Connection) -> Checksums:
    names = [name for (name,) in connection.execute(_TABLES).fetchall()]
    return {name: _checksum(connection, name) for name in names}


def _checksum(connection: Connection, name: str) -> checksums.Checksum:
    with connection.cursor().copy(_named("COPY {} TO STDOUT", name)) as rows:
        return checksums.of(map(bytes, rows))


def _named(statement: str, name: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(name))
