"""A write of one statement, which PostgreSQL commits by itself.

BEGIN and COMMIT would be two more journeys to the server and back, each as long as finding a row,
and what it has locked would be locked for as long.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from select import POLLIN, poll
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

from todoapp.db import current_unit, db, saving
from todoapp.engines import counted

_Processors = dict[str, Callable[[Any], Any]]

_run = counted(lambda cursor, sql, values: cursor.execute(sql, values))


def commit(statement: Select[Any], bound: Mapping[str, Any]) -> tuple[Any, ...]:
    """Run `statement` as all that its unit of work writes; return its row, as the driver has it.

    It is written once: call this with the same object each time. Raises Unavailable where the
    connection dies meanwhile.
    """
    unit = current_unit()
    with db.engines[None].connect() as connection:
        sql, own, processors = _written(statement, connection.dialect)
        values = {**own, **bound}
        for name, process in processors.items():
            values[name] = process(values[name])
        row = _row(connection, sql, values)
    unit.is_committed = True
    return row


@cache
def _written(statement: Select[Any], dialect: Dialect) -> tuple[str, dict[str, Any], _Processors]:
    """Return the SQL, its own parameters, and what makes of a value what the driver takes."""
    compiled: Any = statement.compile(dialect=dialect)
    processors = {
        name: process
        for name, parameter in compiled.binds.items()
        if (process := parameter.type.dialect_impl(dialect).bind_processor(dialect))
    }
    return compiled.string, compiled.params, processors


def _row(connection: Connection, sql: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    while _has_hung_up(connection):
        connection.invalidate()  # the next look takes another
    driver: Any = connection.connection.driver_connection
    with saving(), _told_by_sqlalchemy(connection, sql), _in_autocommit(driver):
        cursor = driver.cursor()
        _run(cursor, sql, values)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _has_hung_up(connection: Connection) -> bool:
    """Tell whether the server has said goodbye: an idle connection has nothing else to say.

    Found out by the write itself, nobody would know whether it had been committed before.
    """
    driver: Any = connection.connection.driver_connection
    listener = poll()  # select() takes no descriptor above 1023, and a worker may have more
    listener.register(driver.fileno(), POLLIN)
    return bool(listener.poll(0))


@contextmanager
def _in_autocommit(driver: Any) -> Iterator[None]:
    driver.autocommit = True
    try:
        yield
    finally:
        if not driver.closed:
            driver.autocommit = False


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
