"""Counting, and reading, the SQL that a block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from flask import Flask
from sqlalchemy import event

from todoapp import single_write
from todoapp.db import close_reader, db
from todoapp.prepared import Prepared


def _noting(statements: list[str]) -> Any:
    """Return `Prepared.all`, which goes past SQLAlchemy and its events, noting each call."""
    run = Prepared.all

    def all_rows(prepared: Prepared, **bound: Any) -> Any:
        before = len(statements)
        rows = run(prepared, **bound)
        if len(statements) == before:  # else SQLAlchemy ran it, and it was noted there
            statements.append(f"prepared {sorted(bound)}")
        return rows

    return all_rows


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Yield the list of the statements that both engines run meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with _told(app, note), patch.object(Prepared, "all", _noting(statements)):
        yield statements


class Statement(NamedTuple):
    """What a driver was given."""

    sql: str
    values: Any


@contextmanager
def read(app: Flask) -> Iterator[list[Statement]]:
    """Yield the list of the statements that both engines run meanwhile, as the driver has them."""
    statements: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_rest: Any) -> None:
        statements.append(Statement(sql, values))

    # Those that would go past SQLAlchemy go through it, as they do in a transaction.
    with _told(app, note), patch("todoapp.prepared.is_kept", lambda _connection: False):
        yield statements


def _noted(run: Any, note: Any) -> Any:
    """Return `run`, which goes past SQLAlchemy and its events, telling `note` of each call."""

    def run_and_note(cursor: Any, sql: str, values: Any) -> Any:
        note(None, cursor, sql, values)
        return run(cursor, sql, values)

    return run_and_note


@contextmanager
def _told(app: Flask, note: Any) -> Iterator[None]:
    with app.app_context():
        engines = list(db.engines.values())
    close_reader()  # an open connection has not heard of the listeners to come
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        with patch.object(single_write, "_run", _noted(single_write._run, note)):
            yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
