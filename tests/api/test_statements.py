"""How much SQL each call runs, and when its write transaction opens."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.support.api import Api
from tests.support.statements import counted
from todoapp.db import db


@pytest.fixture(autouse=True)
def _used_already(alice: Api) -> None:
    """The first use of a key is written down; what follows within a minute is not."""
    alice.get("me")


@contextmanager
def write_events(app: Flask) -> Iterator[list[str]]:
    """Yield what happens on the engine that writes, in order."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engines[None]

    def begun(_connection: Any) -> None:
        seen.append("begin")

    def ran(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "begin", begun)
    event.listen(engine, "before_cursor_execute", ran)
    try:
        yield seen
    finally:
        event.remove(engine, "begin", begun)
        event.remove(engine, "before_cursor_execute", ran)


def test_reading_one_todo_takes_two_statements(app: Flask, alice: Api) -> None:
    todo = alice.todo(tags=["a", "b", "c"], assigned_to="alice")
    etag = alice.get(f"todos/{todo['id']}").headers["ETag"]
    for headers in ({}, {"If-None-Match": etag}):
        with counted(app) as statements:
            alice.get(f"todos/{todo['id']}", headers=headers)
        assert len(statements) == 2, statements


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("", 2),
        ("page_size=200&sort=title", 2),
        ("page_size=200&count=true", 3),
        ("page_size=200&sort=due_date", 3),
        ("page_size=200&tags=a", 2),
        ("page_size=200&tags=a&sort=title", 3),
        # Among them what tells how many have the tag.
        ("page_size=200&sort=-due_date&count=true&tags=a&status=pending", 5),
    ],
)
def test_a_page_takes_as_many_whatever_its_size(
    app: Flask, alice: Api, query: str, most: int
) -> None:
    for size in (1, 15):
        for number in range(size):
            alice.todo(tags=["a", "b"], due_date=(None, "2030-01-01")[number % 2])
        with counted(app) as statements:
            page = alice.get(f"todos?{query}").get_json()
        assert len(page["todos"]) >= size
        assert len(statements) <= most, statements


@pytest.mark.parametrize(
    ("where", "before"),
    [
        ("the Inbox", {"sqlite": 2, "postgresql": 1}),  # the key; and the Inbox, on SQLite
        ("a list", {"sqlite": 2, "postgresql": 2}),
    ],
)
def test_creating_a_todo_takes_two_statements_and_one_on_postgresql(
    app: Flask, alice: Api, database_url: str, where: str, before: dict[str, int]
) -> None:
    place = {"list_id": alice.make_list()["id"]} if where == "a list" else {}
    with counted(app) as statements:
        alice.todo(**place)
    inserts = [re.findall(r"INSERT INTO (\w+)", sql) for sql in statements if "INSERT" in sql]
    engine = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    assert inserts == ([["todo"], ["change"]] if engine == "sqlite" else [["todo", "change"]])
    begin = ("BEGIN IMMEDIATE", "BEGIN (implicit)")
    others = [sql for sql in statements if "INSERT" not in sql and sql not in begin]
    assert len(others) == before[engine], others


@pytest.mark.parametrize(
    "path", ["lists", "tags", "api-keys", "me", "todos/{id}/history", "/todos"]
)
def test_other_reads_take_as_many_whatever_their_size(app: Flask, alice: Api, path: str) -> None:
    todo = alice.todo()
    taken = []
    for number in range(2):
        for _ in range(5 * number):
            alice.todo(tags=[f"tag {_}"])
            alice.make_list()
            alice.made("api-keys", {"name": "x", "scopes": ["account"]})
            alice.patch(f"todos/{todo['id']}", {"title": f"{_} changed"})
        with counted(app) as statements:
            assert alice.get(path.format(**todo)).status_code == 200
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 4


def test_creating_a_todo_takes_a_fixed_number(app: Flask, alice: Api) -> None:
    taken = []
    for tags in (["a"], [f"tag {number}" for number in range(50)]):
        with counted(app) as statements:
            alice.todo(tags=tags)
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 12


@pytest.mark.parametrize(
    "path",
    ["todos", "todos?count=true&sort=due_date", "todos/{id}", "lists", "tags", "me", "/todos"],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_never_opens_the_engine_that_writes(
    app: Flask, alice: Api, method: str, path: str
) -> None:
    todo = alice.todo()
    with write_events(app) as seen:
        assert alice.call(method, path.format(**todo)).status_code == 200
    assert seen == []


def test_a_write_opens_one_transaction(app: Flask, alice: Api) -> None:
    todo = alice.todo()
    with write_events(app) as seen:
        alice.patch(f"todos/{todo['id']}", {"title": "Buy bread"})
    assert seen.count("begin") == 1
    assert any("UPDATE todo " in statement for statement in seen)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"headers": {"X-API-Key": "todo_12345678_wrong"}, "json": {"title": "x"}}, 401),
        ({"data": b'{"title": ', "content_type": "application/json"}, 400),
        ({"data": b"title=x", "content_type": "text/plain"}, 415),
        ({"data": b" " * 2**21, "content_type": "application/json"}, 413),
        ({"json": {"titel": "x"}}, 422),
        ({"json": {"title": "x"}, "query_string": "colour=red"}, 422),
    ],
)
def test_a_call_that_is_refused_at_the_door_opens_no_transaction(
    app: Flask, alice: Api, options: dict[str, Any], status: int
) -> None:
    with write_events(app) as seen:
        assert alice.post("todos", **options).status_code == status
    assert seen == []


def test_a_key_without_the_scope_opens_no_transaction(app: Flask, person: Any) -> None:
    reader: Api = person("reader", ["todos:read"])
    reader.get("todos")
    with write_events(app) as seen:
        assert reader.post("todos", {"title": "x"}).status_code == 403
    assert seen == []
