"""The change log: every write leaves what it did there, in the same transaction, or nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import Change, Todo
from todoapp.services import todos


@pytest.fixture
def log(app: Flask, alice: Api) -> Callable[[], list[Change]]:
    """Return a function that gives what was recorded since it was last called."""
    seen = 0

    def recorded() -> list[Change]:
        nonlocal seen
        with app.app_context():
            new = db.session.scalars(select(Change).where(Change.id > seen).order_by(Change.id))
            found = list(new)
        seen = max([seen, *(change.id for change in found)])
        return found

    recorded()
    return recorded


Log = Callable[[], list[Change]]


def test_every_call_that_writes_is_one_operation(alice: Api, log: Log) -> None:
    todo = alice.todo()
    path = f"todos/{todo['id']}"
    groceries = alice.make_list()
    made = alice.made("api-keys", {"name": "k", "scopes": ["account"]})
    view_path = f"views/{alice.made('views', {'name': 'v'})['id']}"
    log()
    key_path, list_path = f"api-keys/{made['id']}", f"lists/{groceries['id']}"
    calls: list[tuple[str, str, Any, list[tuple[str, str]]]] = [
        ("POST", "todos", {"title": "x"}, [("todo", "create")]),
        ("PATCH", path, {"title": "y"}, [("todo", "update")]),
        ("PUT", path, {"title": "z"}, [("todo", "update")]),
        ("PATCH", path, {"tags": ["home"]}, [("todo", "update")]),
        ("PATCH", "tags/home", {"name": "house"}, [("todo", "update")]),
        ("DELETE", "tags/house", None, [("todo", "update")]),
        ("PATCH", path, {"list_id": groceries["id"]}, [("todo", "leave"), ("todo", "enter")]),
        ("POST", "todos", {"title": "s", "list_id": groceries["id"]}, [("todo", "create")]),
        ("DELETE", path, None, [("todo", "trash")]),
        ("POST", f"{path}/restore", None, [("todo", "restore")]),
        ("DELETE", f"{path}?purge=true", None, [("todo", "purge")]),
        ("POST", "lists", {"name": "x"}, [("list", "create")]),
        ("PATCH", list_path, {"name": "y"}, [("list", "update")]),
        ("PUT", list_path, {"name": "z"}, [("list", "update")]),
        ("POST", "views", {"name": "x"}, [("view", "create")]),
        ("PATCH", view_path, {"name": "y"}, [("view", "update")]),
        ("PUT", view_path, {"name": "z"}, [("view", "update")]),
        ("PATCH", view_path, {"list_id": groceries["id"]}, [("view", "leave"), ("view", "enter")]),
        ("DELETE", view_path, None, [("view", "delete")]),
        ("POST", "api-keys", {"name": "k", "scopes": ["account"]}, [("api_key", "create")]),
        ("PATCH", key_path, {"name": "other"}, [("api_key", "update")]),
        ("DELETE", key_path, None, [("api_key", "revoke")]),
        ("DELETE", "/todos", None, [("todo", "trash")]),
    ]
    operations = set()
    for method, where, body, expected in calls:
        response = alice.call(method, where, body)
        assert response.status_code < 300, response.text
        changes = log()
        assert [(change.noun, change.action) for change in changes] == expected
        assert response.headers["Change-Id"] == str(changes[0].id)
        assert {c.request_id for c in changes} == {response.headers["Request-Id"]}
        assert alice.actor
        assert {c.user_id for c in changes} == {alice.actor.user_id}
        assert len({c.operation_id for c in changes}) == 1
        operations.add(changes[0].operation_id)
    assert len(operations) == len(calls)


def test_a_change_says_where_it_came_from(alice: Api, log: Log) -> None:
    # Control characters would forge lines in what shows it, and PostgreSQL takes no NUL.
    agent = "curl/8 \x00\x1bécran " + "x" * 300
    alice.post("todos", {"title": "x"}, headers={"User-Agent": agent})
    (change,) = log()
    assert change.address == "127.0.0.1"
    assert change.user_agent == ("curl/8 écran " + "x" * 300)[:255]
    alice.post("todos", {"title": "x"}, headers={"User-Agent": ""})
    assert log()[0].user_agent is None


def test_a_subtree_is_one_operation(alice: Api, log: Log) -> None:
    parent = alice.todo()
    alice.todo(parent_id=parent["id"])
    log()
    for method, tail in (("DELETE", ""), ("POST", "/restore"), ("DELETE", "?purge=true")):
        response = alice.call(method, f"todos/{parent['id']}{tail}")
        changes = log()
        assert len(changes) == 2
        assert len({(c.operation_id, c.at, c.action) for c in changes}) == 1
        assert response.headers["Change-Id"] == str(changes[0].id)


def test_all_changes_of_a_transaction_name_it(app: Flask, alice: Api, log: Log) -> None:
    parent = alice.todo()
    alice.todo(parent_id=parent["id"])
    created = log()
    alice.delete(f"todos/{parent['id']}")
    ids = [change.transaction_id for change in log()]
    with app.app_context():
        postgresql = db.engine.dialect.name == "postgresql"
    if postgresql:
        assert ids[0] == ids[1] > created[1].transaction_id > created[0].transaction_id > 0
    else:
        assert ids == [0, 0]


def test_a_new_todo_is_recorded_with_what_it_has(alice: Api, log: Log) -> None:
    todo = alice.todo(tags=["a"], due_date="2030-01-01", priority="low", position=2.5)
    (change,) = log()
    assert (change.noun_id, change.list_id) == (todo["id"], todo["list_id"])
    assert change.diff == {
        "list_id": [None, todo["list_id"]],
        "title": [None, "Buy milk"],
        "status": [None, "pending"],
        "priority": [None, "low"],
        "tags": [[], ["a"]],
        "due_date": [None, "2030-01-01"],
        "position": [None, 2.5],
    }


def test_a_change_is_recorded_with_old_and_new(alice: Api, log: Log) -> None:
    parent, todo = alice.todo(), alice.todo(due_date="2030-01-01")
    log()
    changes: dict[str, list[Any]] = {
        "title": ["Buy milk", "Buy bread"],
        "description": ["", "brown"],
        "status": ["pending", "completed"],
        "priority": ["medium", "critical"],
        "tags": [[], ["b", "a"]],
        "due_date": ["2030-01-01", "2030-01-01T08:00:00Z"],
        "assigned_to": [None, "alice"],
        "parent_id": [None, parent["id"]],
        "position": [2, 1.5],
    }
    alice.patch(f"todos/{todo['id']}", {name: new for name, (_, new) in changes.items()})
    (change,) = log()
    assert change.diff == changes


def test_what_changes_nothing_leaves_no_trace(alice: Api, log: Log) -> None:
    todo, groceries = alice.todo(tags=["a"], due_date="2030-01-01"), alice.make_list()
    made = alice.made("api-keys", {"name": "k", "scopes": ["account"]})
    log()
    for method, path, body in (
        ("PATCH", f"todos/{todo['id']}", {}),
        ("PATCH", f"todos/{todo['id']}", {"title": " Buy milk ", "completed": False}),
        ("PUT", f"todos/{todo['id']}", todo),
        ("PATCH", f"lists/{groceries['id']}", {"name": "Groceries"}),
        ("PUT", f"lists/{groceries['id']}", groceries),
        ("PATCH", f"api-keys/{made['id']}", {"name": "k"}),
    ):
        response = alice.call(method, path, body)
        assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
        assert "Change-Id" not in response.headers
    assert log() == []
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_reads_and_refusals_leave_no_trace(alice: Api, log: Log) -> None:
    todo = alice.todo(uid="taken")
    log()
    for response in (
        alice.get("todos"),
        alice.get(f"todos/{todo['id']}"),
        alice.post("todos", {"title": ""}),
        alice.post("todos", {"title": "x", "uid": "taken"}),
        alice.patch(f"todos/{todo['id']}", {"title": "x", "version": 9}),
        alice.post(f"todos/{todo['id']}/restore"),
    ):
        assert "Change-Id" not in response.headers
    assert log() == []


def test_a_write_that_cannot_be_recorded_did_not_happen(app: Flask, alice: Api) -> None:
    def break_down(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "INSERT INTO change" in statement:
            raise OSError("the disk is full")

    def count() -> int:
        with app.app_context():
            return db.session.scalars(select(func.count()).select_from(Todo)).one()

    def create() -> None:
        assert alice.actor
        with app.app_context(), unit_of_work():
            todos.create(alice.actor, {"title": "Lost"}, at=utcnow())

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", break_down)
    try:
        with pytest.raises(OSError, match="disk"):
            create()
    finally:
        event.remove(engine, "before_cursor_execute", break_down)
    assert count() == 0
    create()
    assert count() == 1
