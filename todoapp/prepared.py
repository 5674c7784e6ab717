"""Selects for the hottest paths, which leave SQLAlchemy's execution aside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from time import perf_counter
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, String, type_coerce
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from todoapp.db import is_kept, reader
from todoapp.engines import placed
from todoapp.tally import tally

Rows = Sequence[tuple[Any, ...]]


def plain(column: Any, dialect: str) -> ColumnElement[Any]:
    """Return a date or an instant as the driver gives it: for SQLite that is text, in UTC."""
    return type_coerce(column, String() if dialect == "sqlite" else DateTime(timezone=True))


def aware(value: datetime | str | None) -> datetime | None:
    """Return what `plain` selected as UtcDateTime would give it."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


class Prepared:
    """A select for the hottest paths: written by SQLAlchemy once, run by the driver each time.

    What SQLAlchemy adds to each call takes longer than finding a row by its key. Parameters go in
    and values come out as the driver has them: see `plain`.
    """

    def __init__(
        self, build: Callable[[str], Select[Any]], options: Mapping[str, Any] | None = None
    ) -> None:
        """Prepare what `build` returns for the name of a dialect.

        `options`: the execution options, where SQLAlchemy runs it.
        """
        self._options = dict(options or {})
        self._build = cache(build)
        self._written = cache(self._write)

    def _write(self, dialect: Dialect) -> tuple[str, dict[str, Any], Sequence[str]]:
        """Return the SQL, its own parameters, and the names of all in the order of their places."""
        compiled: SQLCompiler = self._build(dialect.name).compile(dialect=placed(dialect))
        return compiled.string, compiled.params, compiled.positiontup or ()

    def first(self, **bound: Any) -> Any:
        """Return the first row, a tuple, or None."""
        rows = self.all(**bound)
        return rows[0] if rows else None

    def all(self, **bound: Any) -> Rows:
        """Return every row."""
        connection = reader()
        dialect = connection.dialect
        if is_kept(connection):
            sql, own, names = self._written(dialect)
            named = own | bound
            values = [named[name] for name in names]
            driver: Any = connection.connection.driver_connection
            started = perf_counter()
            try:
                rows = _FETCH[dialect.name](driver, sql, values)
            except dialect.loaded_dbapi.Error:
                pass  # what went wrong, and whether the connection lives, SQLAlchemy finds out
            else:
                tally.add(perf_counter() - started)
                return rows
        statement = self._build(dialect.name)
        result = connection.execute(statement, bound, execution_options=self._options)
        return result.tuples().all()


def _fetch_from_sqlite(driver: Any, sql: str, values: list[Any]) -> Rows:
    rows: Rows = driver.execute(sql, [_as_text(value) for value in values]).fetchall()
    return rows


def _fetch_from_postgresql(driver: Any, sql: str, values: list[Any]) -> Rows:
    rows: Rows = driver.select(sql, values)  # of todoapp.postgresql.Listening
    return rows


_FETCH = {"sqlite": _fetch_from_sqlite, "postgresql": _fetch_from_postgresql}


def _as_text(value: Any) -> Any:
    """Return a date or an instant as SQLAlchemy stores it in SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value
