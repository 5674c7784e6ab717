"""From an SQLite file to PostgreSQL, for those who outgrow the file: everything, or nothing.

While it copies, it holds the turn of SQLite's writer, so that nothing is written that it misses. In
PostgreSQL all is one transaction, which is committed when every row has been read back and is the
same: dates as instants, JSON as what it means, floats to the last bit.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Column, Connection, NullPool, Table, create_engine, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from todoapp.db import Base, writer
from todoapp.errors import Conflict
from todoapp.installation import settings
from todoapp.services import backup_postgresql, checksums, health
from todoapp.services.checksums import Checksum

_AT_ONCE = {"yield_per": 1000}


def refuse(target: URL) -> None:
    """Raise Conflict, with what to do, unless everything can be moved to `target`."""
    if not settings().is_sqlite or target.get_backend_name() != "postgresql":
        raise Conflict("This moves from SQLite to PostgreSQL: give a URL like postgresql://…")
    if health.revision() != health.head():
        raise Conflict("The SQLite database is not up to date: run flask todo init, then this.")
    if backup_postgresql.has_rows(target):
        raise Conflict(
            f"There is something in the database {target.database}: everything is moved into an "
            "empty one. Make one with createdb, and try again."
        )


def copy(target: URL) -> Mapping[str, Checksum]:
    """Copy every row to `target`, which is migrated and empty; return how many each table has.

    It is called in a unit of work, which it writes nothing in. Raises Conflict when somebody else
    writes, when PostgreSQL refuses a row, or when a row is not the same afterwards.
    """
    source = _alone()
    with _transaction(target) as connection:
        for table in Base.metadata.sorted_tables:
            _fill(table, source, connection)
        _set_sequences(source, connection)
        expected, found = (_checksums(one) for one in (source, connection))
        wrong = checksums.differences(expected, found)
        if wrong:
            raise Conflict(f"Nothing was moved, for the copy differs: {'; '.join(wrong)}.")
    _analyze(target)
    return expected


def _alone() -> Connection:
    """Take the turn of SQLite's writer, for the rest of the unit of work."""
    try:
        return writer()
    except DBAPIError:
        raise Conflict(
            "Somebody is writing to the SQLite database: stop the service and its workers first."
        ) from None


@contextmanager
def _transaction(target: URL) -> Iterator[Connection]:
    """Yield the one transaction, in which triggers rest: what they count is copied as well."""
    engine = create_engine(target, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
                connection.execute(text(f"SET LOCAL {timeout} = 0"))
            _triggers(connection, "DISABLE")
            yield connection
            _triggers(connection, "ENABLE")
    except (DBAPIError, psycopg.Error) as error:
        said = health.reason(error)
        raise Conflict(f"Nothing was moved, for PostgreSQL says: {said}.") from None
    except ValueError as error:  # of what SQLite holds as a date
        raise Conflict(f"Nothing was moved: {error}") from None


def _triggers(connection: Connection, verb: str) -> None:
    """Let our own triggers rest or run; those of foreign keys go on."""
    for table in Base.metadata.sorted_tables:
        connection.execute(text(f'ALTER TABLE "{table.name}" {verb} TRIGGER USER'))


def _fill(table: Table, source: Connection, target: Connection) -> None:
    """Copy a table by one COPY: a todo may come before its parent, within one statement."""
    driver: Any = target.connection.driver_connection
    write = [column.type.bind_processor(target.dialect) for column in table.columns]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = source.execute(table.select(), execution_options=_AT_ONCE)
    with driver.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copied:
        for row in rows:
            copied.write_row(
                value if value is None or as_stored is None else as_stored(value)
                for value, as_stored in zip(row, write, strict=True)
            )


def _set_sequences(source: Connection, target: Connection) -> None:
    """Go on behind the greatest id that SQLite ever gave out, be the row gone or not."""
    given = dict(source.execute(text("SELECT name, seq FROM sqlite_sequence")).tuples().all())
    go_on = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
    for column in _identities():
        last = source.scalar(select(func.max(column))) or 0
        last = max(last, given.get(column.table.name, 0))
        if last:
            names = {"table": f'"{column.table.name}"', "column": column.name}
            target.execute(go_on, {**names, "last": last})


def _identities() -> list[Column[int]]:
    """Return the columns whose values the database gives out."""
    tables = Base.metadata.sorted_tables
    return [column for table in tables for column in table.columns if column.identity]


def _checksums(connection: Connection) -> Mapping[str, Checksum]:
    return {
        table.name: checksums.of(
            map(checksums.written, connection.execute(table.select(), execution_options=_AT_ONCE))
        )
        for table in Base.metadata.sorted_tables
    }


def _analyze(target: URL) -> None:
    """Let the planner look at what there is now."""
    with backup_postgresql.connected(target) as connection:
        connection.execute("ANALYZE")
