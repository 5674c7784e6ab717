"""Many todos changed at once, and taken back by one undo."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.api import Api
from tests.support.bulk import Body, Done, matching, read, refused, run, states, take_back, ticked
from tests.support.tables import contents
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Conflict, Forbidden, Invalid
from todoapp.limits import BULK_MAX, TAGS_MAX
from todoapp.models import Change, Todo
from todoapp.services import bulk
from todoapp.services.todo_selection import Selection

Share = Callable[[int, Api, str], None]


@pytest.fixture
def todos(alice: Api) -> list[Any]:
    """Return todos that differ in all that can be set."""
    return [
        alice.todo("One", tags=["a", "b"], due_date="2030-01-01", priority="low"),
        alice.todo("Two", assigned_to="alice", due_date="2030-01-01T10:00:00Z", status="on_hold"),
        alice.todo("Three", tags=["B", "c"], completed=True, position=0.5),
        alice.todo("Four", status="cancelled", priority="high"),
    ]


#: What is done, and what the todos have of it before and after.
ACTIONS: list[tuple[Body, str, list[Any], list[Any]]] = [
    (
        {"action": "complete"},
        "status",
        ["pending", "on_hold", "completed", "cancelled"],
        ["completed"] * 4,
    ),
    (
        {"action": "reopen"},
        "status",
        ["pending", "on_hold", "completed", "cancelled"],
        ["pending", "on_hold", "pending", "cancelled"],
    ),
    (
        {"action": "status", "status": "in_progress"},
        "status",
        ["pending", "on_hold", "completed", "cancelled"],
        ["in_progress"] * 4,
    ),
    (
        {"action": "tag", "tags": ["A", "new"]},
        "tags",
        [["a", "b"], [], ["B", "c"], []],
        [["a", "b", "new"], ["A", "new"], ["B", "c", "A", "new"], ["A", "new"]],
    ),
    (
        {"action": "untag", "tags": ["b", "x"]},
        "tags",
        [["a", "b"], [], ["B", "c"], []],
        [["a"], [], ["c"], []],
    ),
    (
        {"action": "priority", "priority": "high"},
        "priority",
        ["low", "medium", "medium", "high"],
        ["high"] * 4,
    ),
    (
        {"action": "assign", "assigned_to": "alice"},
        "assigned_to",
        [None, "alice", None, None],
        ["alice"] * 4,
    ),
    (
        {"action": "assign", "assigned_to": None},
        "assigned_to",
        [None, "alice", None, None],
        [None] * 4,
    ),
    (
        {"action": "due", "due_date": "2030-01-01"},
        "due_date",
        ["2030-01-01", "2030-01-01T10:00:00Z", None, None],
        ["2030-01-01"] * 4,
    ),
    (
        {"action": "due", "due_date": None},
        "due_date",
        ["2030-01-01", "2030-01-01T10:00:00Z", None, None],
        [None] * 4,
    ),
]
NAMES = [" ".join(map(str, body.values())) for body, *_ in ACTIONS]


@pytest.mark.parametrize(("body", "field", "before", "after"), ACTIONS, ids=NAMES)
def test_all_ticked_are_changed_and_taken_back(
    alice: Api, todos: list[Any], body: Body, field: str, before: list[Any], after: list[Any]
) -> None:
    other = alice.todo("Other", tags=["a", "b"], due_date="2030-05-05")
    was = states(alice, *todos)
    assert [todo[field] for todo in was] == before
    done = run(alice, ticked(*todos), body)
    assert [todo[field] for todo in read(alice, *todos)] == after
    assert done.count == sum(old != new for old, new in zip(before, after, strict=True))
    assert read(alice, other) == [other]
    take_back(alice, done)
    assert states(alice, *todos) == was


@pytest.mark.parametrize(("body", "field", "before", "after"), ACTIONS, ids=NAMES)
def test_it_is_one_operation_in_the_log_of_what_has_changed(
    app: Flask,
    alice: Api,
    todos: list[Any],
    body: Body,
    field: str,
    before: list[Any],
    after: list[Any],
) -> None:
    done = run(alice, ticked(*todos), body)
    with app.app_context():
        first = db.session.get_one(Change, done.change_id)
        same = select(Change).where(Change.operation_id == first.operation_id)
        log = {change.noun_id: change for change in db.session.scalars(same)}
    assert len(log) == done.count
    for todo, old, new in zip(read(alice, *todos), before, after, strict=True):
        change = log.get(todo["id"])
        assert (change and change.diff) == ({field: [old, new]} if old != new else None)
        assert todo["version"] == 1 + (old != new)


def test_what_is_done_to_all_that_match_is_done_to_them_alone(alice: Api, todos: list[Any]) -> None:
    one, two, three, four = todos
    assert run(alice, matching(filter="tags : b"), {"action": "due", "due_date": None}).count == 1
    assert run(alice, matching(q="tw fo", status="on_hold"), {"action": "complete"}).count == 0
    assert run(alice, matching(q="two"), {"action": "complete"}).count == 1
    assert run(alice, matching(tags="b", priority="low"), {"action": "complete"}).count == 1
    view = alice.made("views", {"name": "Cancelled", "filter": "status = cancelled"})
    assert run(alice, matching(view=str(view["id"])), {"action": "complete"}).count == 1
    now = read(alice, one, two, three, four)
    assert [todo["status"] for todo in now] == ["completed"] * 4
    assert [todo["version"] for todo in now] == [3, 2, 1, 2]


def test_what_is_as_wanted_already_leaves_no_trace(alice: Api, todos: list[Any]) -> None:
    run(alice, ticked(*todos), {"action": "complete"})
    before = contents(alice.app)
    assert run(alice, ticked(*todos), {"action": "complete"}) == Done(0, None)
    assert contents(alice.app) == before
    assert run(alice, Selection(ids=()), {"action": "complete"}) == Done(0, None)


def test_a_completed_todo_keeps_when_it_was(alice: Api, todos: list[Any]) -> None:
    run(alice, ticked(*todos), {"action": "complete"})
    assert read(alice, todos[2])[0]["completed_at"] == todos[2]["completed_at"]
    assert read(alice, todos[0])[0]["completed_at"] > todos[2]["completed_at"]


WRONG: list[tuple[Body, set[str]]] = [
    ({}, {"/action"}),
    ({"action": "explode"}, {"/action"}),
    ({"action": ["tag"]}, {"/action"}),
    ({"action": "complete", "status": "pending"}, {"/status"}),
    ({"action": "status"}, {"/status"}),
    ({"action": "status", "status": "done"}, {"/status"}),
    ({"action": "move"}, {"/list_id"}),
    ({"action": "move", "list_id": 987_654_321}, {"/list_id"}),
    ({"action": "tag", "tags": ["a,b"]}, {"/tags/0"}),
    ({"action": "untag"}, {"/tags"}),
    ({"action": "priority", "priority": None}, {"/priority"}),
    ({"action": "assign", "assigned_to": "nobody"}, {"/assigned_to"}),
    ({"action": "due", "due_date": "tomorrow"}, {"/due_date"}),
]


@pytest.mark.parametrize(("body", "where"), WRONG, ids=str)
def test_a_wrong_action_is_refused(
    alice: Api, todos: list[Any], body: Body, where: set[str]
) -> None:
    error = refused(alice, ticked(*todos), body)
    assert isinstance(error, Invalid)
    assert {one.where for one in error.errors} == where


def test_a_todo_has_no_more_tags_than_it_may(alice: Api, todos: list[Any]) -> None:
    full = alice.todo(tags=[f"tag {number}" for number in range(TAGS_MAX)])
    error = refused(alice, ticked(*todos, full), {"action": "tag", "tags": ["one more"]})
    assert isinstance(error, Invalid)
    assert str(full["id"]) in error.errors[0].detail
    assert run(alice, ticked(full), {"action": "tag", "tags": ["TAG 1"]}).count == 0


@pytest.fixture
def crowd(app: Flask, alice: Api) -> Api:
    """Alice, with one todo more than may be changed at once."""
    assert alice.actor
    at, user_id = utcnow(), alice.actor.user_id
    list_id = alice.get("me").get_json()["inbox_id"]
    same = {
        **{"list_id": list_id, "created_by_id": user_id, "created_at": at, "updated_at": at},
        **{"title": "x", "title_key": "x", "description": "", "search_text": "x", "version": 1},
        **{"status": "pending", "priority": 2, "position": 1.0},
    }
    with app.app_context(), unit_of_work():
        bulk.add(Todo, [{**same, "uid": str(number)} for number in range(BULK_MAX + 1)])
    return alice


def test_too_many_are_refused(app: Flask, crowd: Api) -> None:
    everything = matching(status="pending")
    with app.app_context():
        ids = tuple(db.session.scalars(select(Todo.id)))
    for selection in (everything, Selection(ids=ids)):
        with pytest.raises(Conflict, match=r"10,000 .* narrow the filter") as refusal:
            run(crowd, selection, {"action": "complete"})
        assert refusal.value.code == "too-many"
    with app.app_context():
        assert set(db.session.scalars(select(Todo.version))) == {1}
    crowd.delete(f"todos/{ids[0]}")
    assert run(crowd, everything, {"action": "complete"}).count == BULK_MAX


def test_who_may_only_look_at_some_changes_none(alice: Api, bob: Api, share: Share) -> None:
    shown, shared = (alice.make_list()["id"] for _ in range(2))
    share(shown, bob, "viewer")
    share(shared, bob, "editor")
    theirs = [alice.todo(list_id=shown) for _ in range(2)]
    open_to_bob = [alice.todo(list_id=shared), bob.todo()]
    for body in ({"action": "complete"}, {"action": "trash"}, {"action": "move", "list_id": None}):
        error = refused(bob, ticked(*theirs, *open_to_bob), body)
        assert isinstance(error, Forbidden)
        assert (error.code, error.facts) == ("insufficient-role", {"count": 2})
        assert "2 of these todos" in error.detail
    assert isinstance(refused(bob, matching(), {"action": "complete"}), Forbidden)
    assert run(bob, ticked(*open_to_bob), {"action": "complete"}).count == 2


def test_a_list_that_may_only_be_read_takes_nothing(alice: Api, bob: Api, share: Share) -> None:
    shown = alice.make_list()["id"]
    share(shown, bob, "viewer")
    error = refused(bob, ticked(bob.todo()), {"action": "move", "list_id": shown})
    assert error.code == "insufficient-role"


@pytest.mark.parametrize("action", ["complete", "trash", "restore", "purge"])
def test_what_is_not_theirs_or_not_there_is_passed_over(alice: Api, bob: Api, action: str) -> None:
    hers, trashed, own = alice.todo(), alice.todo(), bob.todo()
    alice.delete(f"todos/{trashed['id']}")
    if action in ("restore", "purge"):
        bob.delete(f"todos/{own['id']}")
    before = read(alice, hers, trashed)
    selection = ticked(hers, trashed, own, {"id": 987_654_321})
    assert run(bob, selection, {"action": action}).count == 1
    assert read(alice, hers, trashed) == before
    assert run(bob, matching(), {"action": "complete"}).count <= 1
    assert read(alice, hers, trashed) == before


@pytest.mark.parametrize("action", ["complete", "trash"])
def test_what_is_in_the_trash_does_not_change(alice: Api, action: str) -> None:
    todo = alice.todo()
    alice.delete(f"todos/{todo['id']}")
    assert run(alice, ticked(todo), {"action": action}) == Done(0, None)


@pytest.mark.parametrize("action", ["restore", "purge"])
def test_what_is_not_in_the_trash_is_neither_restored_nor_purged(alice: Api, action: str) -> None:
    todo = alice.todo()
    assert run(alice, ticked(todo), {"action": action}) == Done(0, None)
    assert read(alice, todo) == [todo]
