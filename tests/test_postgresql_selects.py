"""The short way past psycopg's cursors: it gives what they give, and keeps within bounds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.statements import counted
from todoapp import postgresql
from todoapp.postgresql import Listening

VALUES: dict[str, Any] = {
    "SMALLINT": 7,
    "BIGINT": 2**62,
    "BOOLEAN": True,
    "DOUBLE PRECISION": 0.1,
    "VARCHAR": "👩‍🚀 'quoted' \\ %s $1",
    "DATE": date(2026, 2, 28),
    "TIMESTAMP WITH TIME ZONE": datetime(2026, 2, 28, 12, 30, 0, 120, UTC),
    "BIGINT[]": [1, 2, 3],
    "JSON": None,
}


@pytest.fixture
def connection(postgresql_url: str) -> Iterator[Listening]:
    """Yield a connection as the service has them, but for SQLAlchemy."""
    url = f"{postgresql_url}&options=-ctimezone%3DUTC"
    with Listening.connect(url, autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_comes_back_as_a_cursor_gives_it(connection: Listening, kind: str) -> None:
    value = VALUES[kind]
    for given in (value, None, value):
        [row] = connection.execute(f"SELECT %s::{kind}, 'two'", [given])
        assert connection.select(f"SELECT $1::{kind}, 'two'", [given]) == [row] == [(given, "two")]


def test_no_rows_and_many(connection: Listening) -> None:
    """More than the socket holds at once."""
    sql = "SELECT n, repeat('x', 1000) FROM generate_series(1, $1::BIGINT) AS n"
    assert connection.select(sql, [0]) == []
    assert connection.select(sql, [5000]) == [(n, "x" * 1000) for n in range(1, 5001)]


def test_the_server_keeps_so_many_and_no_more(
    connection: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_SELECTS_MAX", 3)
    for n in (0, 1, 2, 0, 3, 4, 0, 1):
        assert connection.select(f"SELECT {n} + $1::BIGINT", [10]) == [(10 + n,)]
    kept = connection.execute("SELECT statement FROM pg_prepared_statements ORDER BY name")
    assert [sql for (sql,) in kept] == [f"SELECT {n} + $1::BIGINT" for n in (0, 4, 1)]


def test_those_that_psycopg_makes_the_server_forget_are_prepared_anew(
    connection: Listening,
) -> None:
    assert connection.select("SELECT 1", []) == [(1,)]
    connection.execute("DEALLOCATE ALL")
    assert connection.select("SELECT 1", []) == [(1,)]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT 1 / ($1::BIGINT - 1)", psycopg.errors.DivisionByZero),
        ("SELECT nothing", psycopg.errors.UndefinedColumn),
    ],
)
def test_what_the_server_refuses_is_raised_and_the_connection_goes_on(
    connection: Listening, sql: str, error: type[psycopg.Error]
) -> None:
    with pytest.raises(error):
        connection.select(sql, [1] * sql.count("$1"))
    assert connection.select("SELECT 1", []) == [(1,)]
    assert connection.execute("SELECT 2").fetchall() == [(2,)]


def test_a_connection_whose_server_does_not_answer_is_closed(connection: Listening) -> None:
    connection.patience = 0.2
    with pytest.raises(psycopg.OperationalError, match="does not answer"):
        connection.select("SELECT pg_sleep(10)", [])
    assert connection.closed
    with pytest.raises(psycopg.OperationalError, match="closed"):
        connection.select("SELECT 1", [])


def test_no_hot_path_needs_sqlalchemy(app: Flask, alice: Api) -> None:
    """What the short way refused would go the long one, and nobody would notice but the bench."""
    todo = alice.todo(tags=["home"])
    paths = ("todos", f"todos/{todo['id']}", "todos?tags=home&count=true&q=todo", "stats")
    for path in paths:
        with counted(app) as statements:
            assert alice.get(path).status_code == 200
        assert statements
        assert [sql for sql in statements if not sql.startswith("prepared")] == [], path
