"""The fast writer of todos says what the schema says, byte for byte."""

from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import db
from todoapp.models import Todo
from todoapp.schemas.todo_out import TodoOut, todo_dict, todos_json, write_json
from todoapp.services import todo_pages, todo_rows

BASE = "https://todo.example.com"

VALUES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "emoji": {"title": "👩‍👩‍👧‍👦 🏳️‍🌈", "description": "🦄", "tags": ["🦄", "👩‍🚀 x"], "uid": "🦄"},
    "quotes": {"title": '"\'\\\\" /', "description": 'a"b\\c', "tags": ['a"b\\c', "/", "'"]},
    "longer than is kept": {"description": "line\n" * 300},
    "lines": {"description": "one\ntwo\r\n\tthree"},
    "separators": {"title": "a\u2028b\u2029c\ufeff", "tags": ["a\u2028b", "\u202eabc", "\u00a0x"]},
    "markup": {"title": "</script><b>&amp;", "tags": ["<b>", "&amp;"]},
    "noncharacters": {"title": "\ufffe \U0010ffff \ufdd0", "tags": ["\uffff"]},
    "decomposed": {"title": "e\u0301", "tags": ["e\u0301", "z"]},
    "tags in their order": {"tags": ["z", "a", "M", "10", "9"]},
    "integer position": {"position": 7},
    "zero position": {"position": 0},
    "negative zero": {"position": -0.0},
    "negative position": {"position": -3.25},
    "fractional position": {"position": 0.1},
    "tiny position": {"position": 5e-324},
    "large position": {"position": 2**53},
    "date": {"due_date": "2026-02-28"},
    "first date": {"due_date": "1900-01-01"},
    "last date": {"due_date": "9998-12-31"},
    "instant": {"due_date": "2026-02-28T12:30:00Z"},
    "instant with an offset": {"due_date": "2026-02-28T12:30:00+05:45"},
    "instant with microseconds": {"due_date": "2026-02-28T12:30:00.000001Z"},
    "instant with milliseconds": {"due_date": "2026-02-28T12:30:00.120Z"},
    "old instant": {"due_date": "1900-01-01T00:00:00Z"},
    "completed": {"completed": True},
    "cancelled": {"status": "cancelled", "priority": "critical"},
    "assigned": {"assigned_to": "alice"},
}


def both(app: Flask, alice: Api, todo_id: int) -> tuple[bytes, bytes]:
    """Return the todo as the writer writes it, and as the schema does."""
    assert alice.actor
    with app.app_context():
        written = write_json(todo_dict(todo_rows.read(alice.actor, todo_id), BASE))
        todo = db.session.scalars(select(Todo).where(Todo.id == todo_id)).one()
        return written, write_json(TodoOut(base=BASE).dump(todo))


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_the_writer_and_the_schema_agree(app: Flask, alice: Api, values: dict[str, Any]) -> None:
    todo = alice.todo(**{"title": "x", **values})
    written, dumped = both(app, alice, todo["id"])
    assert orjson.loads(written) == orjson.loads(dumped)
    assert by_field(written) == by_field(dumped)
    assert {k: v for k, v in todo.items() if k != "url"} == {
        k: v for k, v in orjson.loads(written).items() if k != "url"
    }


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_a_new_todo_is_answered_as_it_is_read(alice: Api, values: dict[str, Any]) -> None:
    made = alice.post("todos", {"title": "x", **values})
    read = alice.get(f"todos/{made.get_json()['id']}")
    assert (made.status_code, made.data) == (201, read.data)
    assert made.headers["ETag"] == read.headers["ETag"]


@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_the_log_says_the_same_of_one_alone_and_of_one_among_others(
    alice: Api, values: dict[str, Any]
) -> None:
    """On PostgreSQL one alone is added together with its entry, by a statement of its own."""
    body = {"title": "x", **values, "position": values.get("position", 7.5)}
    others = [{"op": "create", "todo": each} for each in ({**body, "uid": "y"}, {"title": "other"})]
    alone = alice.made("todos", body)
    among = alice.post("todos/batch", {"operations": others}).get_json()["results"][0]["todo"]
    first, second = (
        alice.get(f"todos/{todo['id']}/history").get_json()["changes"][-1]
        for todo in (alone, among)
    )
    own = dict.fromkeys(("id", "noun_id", "at", "operation_id", "request_id"))
    assert first["noun_id"] == alone["id"]
    assert (first | own, list(first["diff"])) == (second | own, list(second["diff"]))


def test_they_agree_on_subtasks_and_the_trash(app: Flask, alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    alice.delete(f"todos/{parent['id']}")
    for todo in (parent, child):
        written, dumped = both(app, alice, todo["id"])
        assert by_field(written) == by_field(dumped)
        assert orjson.loads(written)["deleted_at"] is not None


def test_a_page_writes_a_todo_as_it_is_written_alone(app: Flask, alice: Api) -> None:
    for values in VALUES.values():
        alice.todo(**{"title": "x", **values})
    query = {"sort": "due_date", "page_size": 100, "count": False}
    assert alice.actor
    with app.app_context():
        page = todo_pages.page(alice.actor, query, None, now=utcnow())
        assert len(page.rows) == len(VALUES)
        for row, found in zip(page.rows, page.found, strict=True):
            alone = write_json(todo_dict(todo_rows.read(alice.actor, row[0]), BASE))
            assert write_json(todo_dict(row, BASE)) == alone
            for _again in range(2):  # then it is at hand
                assert write_json(todos_json([found], BASE)[0]) == alone


def test_the_writer_knows_every_field_of_the_schema(app: Flask, alice: Api) -> None:
    written, _ = both(app, alice, alice.todo()["id"])
    assert set(orjson.loads(written)) == set(TodoOut().fields)


def by_field(written: bytes) -> dict[str, bytes]:
    """Return the bytes of each field: their order is the only thing that may differ."""
    assert written.endswith(b"}\n")
    return {name: orjson.dumps(value) for name, value in orjson.loads(written).items()}
