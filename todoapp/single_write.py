"""A write of one statement, which PostgreSQL commits by itself.

BEGIN and COMMIT would be two more journeys to the server and back, each as long as finding a row,
and what it has locked would be locked for as long.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

from todoapp.db import current_unit, db, saving
from todoapp.engines import counted, placed

#: The name of each parameter, in the order of their places, and what it goes through.
_Processors = list[tuple[str, Callable[[Any], Any]]]

#: By the connection's own way, which begins no transaction: so the server ends it by itself.
_run = counted(lambda driver, sql, values: driver.select(sql, values))


def commit(statement: Select[Any], bound: Mapping[str, Any]) -> tuple[Any, ...]:
    """Run `statement` as all that its unit of work writes; return its row, as the driver has it.

    It is written once: call this with the same object each time. Raises Unavailable where the
    connection dies meanwhile.
    """
    unit = current_unit()
    with db.engines[None].connect() as connection:
        sql, own, processors = _written(statement, connection.dialect)
        values = {**own, **bound}
        row = _row(connection, sql, [process(values[name]) for name, process in processors])
    unit.is_committed = True
    return row


@cache
def _written(statement: Select[Any], dialect: Dialect) -> tuple[str, dict[str, Any], _Processors]:
    """Return the SQL, its own parameters, and what makes of each value what the driver takes."""
    compiled: Any = statement.compile(dialect=placed(dialect))
    processors = [
        (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is)
        for name in compiled.positiontup
    ]
    return compiled.string, compiled.params, processors


def _as_it_is(value: Any) -> Any:
    return value


def _row(connection: Connection, sql: str, values: Sequence[Any]) -> tuple[Any, ...]:
    while _driver(connection).has_hung_up():  # else nobody would know whether it was written
        connection.invalidate()  # the next look takes another
    driver = _driver(connection)
    with saving(), _told_by_sqlalchemy(connection, sql):
        row: tuple[Any, ...]
        [row] = _run(driver, sql, values)
        return row


def _driver(connection: Connection) -> Any:
    """Return the todoapp.postgresql.Listening behind it."""
    return connection.connection.driver_connection


@contextmanager
def _told_by_sqlalchemy(connection: Connection, sql: str) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy does."""
    dialect = connection.dialect
    base = dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        dead = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
        if dead:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql,
            None,
            error,
            base,
            hide_parameters=True,
            connection_invalidated=dead,
            dialect=dialect,
        ) from error
