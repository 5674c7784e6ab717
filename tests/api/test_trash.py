"""The trash: in with all that hangs below, out with what went in together, or gone for good."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import Change, TodoList

Share = Callable[[int, Api, str], None]


def test_what_is_deleted_is_in_the_trash(alice: Api) -> None:
    todo = alice.todo()
    response = alice.delete(f"todos/{todo['id']}")
    assert (response.status_code, response.data) == (204, b"")
    assert (alice.ids(), alice.ids("todos?trashed=true")) == ([], [todo["id"]])
    trashed = alice.get(f"todos/{todo['id']}").get_json()
    assert trashed["deleted_at"] == trashed["updated_at"] > todo["updated_at"]
    assert trashed["version"] == 2
    problem(alice.delete(f"todos/{todo['id']}"), 404, "not-found")


def test_what_is_in_the_trash_does_not_change(alice: Api) -> None:
    todo = alice.todo()
    path = f"todos/{todo['id']}"
    alice.delete(path)
    trashed = alice.get(path).get_json()
    problem(alice.patch(path, {"title": "x"}), 409, "in-trash")
    problem(alice.put(path, {"title": "x"}), 409, "in-trash")
    problem(alice.patch(path, {"title": 5}), 409, "in-trash")
    stale = alice.patch(path, {"title": "x", "version": 1})
    assert problem(stale, 412, "precondition-failed")["current"] == trashed
    assert alice.get(path).get_json() == trashed


def test_it_comes_back_as_it_was(alice: Api) -> None:
    todo = alice.todo(tags=["a"], completed=True)
    alice.delete(f"todos/{todo['id']}")
    response = alice.post(f"todos/{todo['id']}/restore")
    restored = response.get_json()
    assert response.status_code == 200
    assert response.headers["ETag"] == '"3"'
    assert response.headers["Change-Id"]
    assert restored == todo | {"version": 3, "updated_at": restored["updated_at"]}
    assert alice.ids() == [todo["id"]]


def test_what_is_not_in_the_trash_cannot_be_restored(alice: Api) -> None:
    todo = alice.todo()
    problem(alice.post(f"todos/{todo['id']}/restore"), 409, "not-in-trash")
    problem(alice.post("todos/999999/restore"), 404, "not-found")


def test_a_restore_takes_nothing_but_a_version(alice: Api) -> None:
    todo = alice.todo()
    path = f"todos/{todo['id']}/restore"
    alice.delete(f"todos/{todo['id']}")
    assert wrong(alice.post(path, {"title": "x"})) == {"/title": "unknown"}
    assert wrong(alice.post(path, {"version": "2"})) == {"/version": "type"}
    assert wrong(alice.post(path, [])) == {"": "type"}
    assert wrong(alice.post(f"{path}?purge=true")) == {"purge": "unknown"}
    assert alice.post(path, {}).status_code == 200


def test_the_trash_gives_back_what_went_together(alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    leaf = alice.todo(parent_id=child["id"])
    alice.delete(f"todos/{parent['id']}")
    assert alice.ids("todos?trashed=true") == [leaf["id"], child["id"], parent["id"]]
    assert alice.post(f"todos/{leaf['id']}/restore").status_code == 200
    assert alice.ids() == [leaf["id"], child["id"], parent["id"]]


def test_what_went_before_stays_in_the_trash(alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    alice.delete(f"todos/{child['id']}")
    alice.delete(f"todos/{parent['id']}")
    assert alice.get(f"todos/{child['id']}").get_json()["version"] == 2
    refused = problem(alice.post(f"todos/{child['id']}/restore"), 409, "in-trash")
    assert refused["todo_id"] == parent["id"]
    alice.post(f"todos/{parent['id']}/restore")
    assert alice.ids() == [parent["id"]]
    restored = alice.post(f"todos/{child['id']}/restore").get_json()
    assert restored["parent_id"] == parent["id"]


def test_two_deletions_are_two_operations(alice: Api) -> None:
    first, second = alice.todo(), alice.todo()
    for todo in (first, second):
        alice.delete(f"todos/{todo['id']}")
    alice.post(f"todos/{first['id']}/restore")
    assert alice.ids() == [first["id"]]


def test_a_todo_of_a_trashed_list_stays_in_the_trash(app: Flask, alice: Api) -> None:
    todo = alice.todo(list_id=alice.make_list()["id"])
    alice.delete(f"todos/{todo['id']}")
    with app.app_context(), unit_of_work() as unit:
        trashed = db.session.get_one(TodoList, todo["list_id"])
        trashed.deleted_at, trashed.trashed_by = utcnow(), unit.operation_id
    problem(alice.post(f"todos/{todo['id']}/restore"), 409, "in-trash")
    body = {"title": "x", "list_id": todo["list_id"]}
    assert wrong(alice.post("todos", body)) == {"/list_id": "trashed"}


def test_restoring_leaves_lists_alone_that_one_may_only_read(
    alice: Api, bob: Api, share: Share
) -> None:
    ours = alice.make_list()["id"]
    parent = alice.todo(list_id=ours)
    share(ours, bob, "viewer")
    alice.delete(f"todos/{parent['id']}")
    problem(bob.post(f"todos/{parent['id']}/restore"), 403, "insufficient-role")
    assert bob.ids("todos?trashed=true") == [parent["id"]]


def test_a_purge_is_for_good(app: Flask, alice: Api) -> None:
    kept = alice.todo()
    parent = alice.todo("A secret", tags=["hidden"])
    child = alice.todo("Another secret", parent_id=parent["id"])
    alice.patch(f"todos/{parent['id']}", {"description": "more secrets"})
    response = alice.delete(f"todos/{parent['id']}?purge=true")
    assert (response.status_code, response.data) == (204, b"")
    for todo in (parent, child):
        for path in (f"todos/{todo['id']}", f"todos/{todo['id']}/history"):
            problem(alice.get(path), 404, "not-found")
        problem(alice.delete(f"todos/{todo['id']}?purge=true"), 404, "not-found")
        problem(alice.post(f"todos/{todo['id']}/restore"), 404, "not-found")
    assert (alice.ids(), alice.ids("todos?trashed=true")) == ([kept["id"]], [])
    with app.app_context():
        gone = Change.noun_id.in_([parent["id"], child["id"]])
        log = db.session.scalars(select(Change).where(Change.noun == "todo", gone)).all()
        assert {(c.noun_id, c.action) for c in log} == {
            (parent["id"], "create"),
            (parent["id"], "update"),
            (parent["id"], "purge"),
            (child["id"], "create"),
            (child["id"], "purge"),
        }
        assert [c.diff for c in log] == [{}] * 5
        assert {c.list_id for c in log} == {parent["list_id"]}


def test_what_is_in_the_trash_can_be_purged(alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    alice.delete(f"todos/{child['id']}")
    assert alice.delete(f"todos/{child['id']}?purge=true").status_code == 204
    alice.delete(f"todos/{parent['id']}")
    assert alice.delete(f"todos/{parent['id']}?purge=true").status_code == 204
    assert alice.ids("todos?trashed=true") == []


def test_a_purged_parent_takes_along_what_was_in_the_trash_before(alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    alice.delete(f"todos/{child['id']}")
    alice.delete(f"todos/{parent['id']}?purge=true")
    problem(alice.get(f"todos/{child['id']}"), 404, "not-found")


def test_purge_is_true_or_false(alice: Api) -> None:
    path = f"todos/{alice.todo()['id']}"
    assert wrong(alice.delete(f"{path}?purge=yes")) == {"purge": "type"}
    assert alice.delete(f"{path}?purge=false").status_code == 204
    assert alice.get(path).status_code == 200
