"""Undo: an operation is taken back whole, if nobody has changed it since."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support import postgres, serve
from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.db import db, unit_of_work
from todoapp.models import Membership

Share = Callable[[int, Api, str], None]


def undo(api: Api, response: TestResponse) -> TestResponse:
    """Undo what `response` has done."""
    assert response.status_code < 300, response.text
    return api.post(f"changes/{response.headers['Change-Id']}/undo")


def undone(api: Api, response: TestResponse) -> TestResponse:
    answer = undo(api, response)
    assert answer.status_code == 200, answer.text
    return answer


def state(todo: Any) -> dict[str, Any]:
    """Return what people see of a todo; its version and time go on with each change."""
    return {name: todo[name] for name in todo if name not in ("version", "updated_at")}


CHANGES: list[dict[str, Any]] = [
    {"title": "Other", "description": "x"},
    {"tags": []},
    {"tags": ["b", "a", "c"]},
    {"due_date": None},
    {"due_date": "2031-02-03T04:05:06.789Z", "priority": "low"},
    {"status": "in_progress", "position": 0.25},
    {"completed": True},
    {"assigned_to": None},
]


@pytest.mark.parametrize("change", CHANGES, ids=map(str, CHANGES))
def test_a_change_is_taken_back(alice: Api, change: dict[str, Any]) -> None:
    before = alice.todo(
        tags=["a", "b"], due_date="2030-01-01", priority="high", assigned_to="alice"
    )
    path = f"todos/{before['id']}"
    answer = undone(alice, alice.patch(path, change))
    after = alice.get(path).get_json()
    assert state(after) == state(before)
    assert after["version"] == 3
    latest = alice.get(f"{path}/history").get_json()["changes"][0]
    assert answer.headers["Change-Id"] == str(latest["id"])


def test_an_undo_can_be_undone(alice: Api) -> None:
    todo = alice.todo("One")
    path = f"todos/{todo['id']}"
    answer = undone(alice, alice.patch(path, {"title": "Two", "priority": "low"}))
    assert alice.get(path).get_json()["title"] == "One"
    undone(alice, answer)
    assert alice.get(path).get_json()["title"] == "Two"


def test_a_creation_is_taken_back_into_the_trash(alice: Api) -> None:
    made = alice.post("todos", {"title": "x"})
    answer = undone(alice, made)
    assert alice.ids() == []
    assert alice.ids("todos?trashed=true") == [made.get_json()["id"]]
    undone(alice, answer)
    assert alice.ids() == [made.get_json()["id"]]


def test_a_deletion_is_taken_back_with_its_subtasks(alice: Api) -> None:
    parent = alice.todo()["id"]
    child = alice.todo(parent_id=parent)["id"]
    answer = undone(alice, alice.delete(f"todos/{parent}"))
    assert sorted(alice.ids()) == [parent, child]
    undone(alice, answer)
    assert alice.ids() == []


def test_a_move_is_taken_back_with_its_subtasks(alice: Api) -> None:
    top = alice.todo()["id"]
    parent = alice.todo(parent_id=top)
    child = alice.todo(parent_id=parent["id"])
    other = alice.make_list()["id"]
    moved = alice.patch(f"todos/{parent['id']}", {"list_id": other, "parent_id": None})
    undone(alice, moved)
    for todo in (parent, child):
        assert state(alice.get(f"todos/{todo['id']}").get_json()) == state(todo)


def test_a_batch_is_taken_back_whole(alice: Api) -> None:
    changed, deleted, both = (alice.todo(title) for title in ("Changed", "Deleted", "Both"))
    batch = alice.post(
        "todos/batch",
        {
            "operations": [
                {"op": "create", "todo": {"title": "New"}},
                {"op": "update", "id": changed["id"], "todo": {"title": "x", "tags": ["y"]}},
                {"op": "update", "id": changed["id"], "todo": {"title": "z"}},
                {"op": "delete", "id": deleted["id"]},
                {"op": "update", "id": both["id"], "todo": {"title": "x"}},
                {"op": "delete", "id": both["id"]},
            ]
        },
    )
    answer = undone(alice, batch)
    now = alice.get("todos?sort=id").get_json()["todos"]
    assert [state(todo) for todo in now] == [state(todo) for todo in (changed, deleted, both)]
    undone(alice, answer)
    assert sorted(t["title"] for t in alice.get("todos").get_json()["todos"]) == ["New", "z"]


def test_a_renamed_tag_is_taken_back_everywhere(alice: Api) -> None:
    todos = [alice.todo(tags=["home", str(number)]) for number in range(3)]
    undone(alice, alice.patch("tags/home", {"name": "house"}))
    for todo in todos:
        assert alice.get(f"todos/{todo['id']}").get_json()["tags"] == todo["tags"]


def test_a_list_is_taken_back(alice: Api) -> None:
    made = alice.post("lists", {"name": "Groceries"})
    path = f"lists/{made.get_json()['id']}"
    undone(alice, alice.patch(path, {"name": "x", "color": "#123456", "is_archived": True}))
    assert state(alice.get(path).get_json()) == state(made.get_json())
    answer = undone(alice, alice.post("lists", {"name": "Mistake"}))
    undone(alice, answer)
    assert len(alice.get("lists").get_json()["lists"]) == 3


def test_a_deleted_list_comes_back_with_its_todos_and_goes_again(alice: Api) -> None:
    groceries = alice.make_list()["id"]
    milk, gone = (alice.todo(title, list_id=groceries)["id"] for title in ("Milk", "Gone"))
    alice.delete(f"todos/{gone}")
    answer = undone(alice, alice.delete(f"lists/{groceries}"))
    assert alice.ids(f"todos?list_id={groceries}") == [milk]
    assert alice.ids("todos?trashed=true") == [gone]
    undone(alice, answer)
    assert alice.ids() == []
    assert alice.get(f"lists/{groceries}").get_json()["deleted_at"] is not None


def conflicts(response: TestResponse) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = problem(response, 409, "changed-since")["conflicts"]
    return found


def test_what_has_changed_since_is_named(alice: Api) -> None:
    one, two = alice.todo()["id"], alice.todo()["id"]
    operations = [
        {"op": "update", "id": id_, "todo": {"title": "x", "priority": "low"}} for id_ in (one, two)
    ]
    batch = alice.post("todos/batch", {"operations": operations})
    alice.patch(f"todos/{two}", {"priority": "high", "tags": ["a"]})
    before = alice.get("todos").get_json()
    assert conflicts(undo(alice, batch)) == [{"noun": "todo", "id": two, "fields": ["priority"]}]
    assert alice.get("todos").get_json() == before


def test_a_change_elsewhere_in_the_todo_stays(alice: Api) -> None:
    path = f"todos/{alice.todo('One')['id']}"
    renamed = alice.patch(path, {"title": "Two"})
    alice.patch(path, {"tags": ["later"]})
    undone(alice, renamed)
    todo = alice.get(path).get_json()
    assert (todo["title"], todo["tags"]) == ("One", ["later"])


def test_it_is_undone_once(alice: Api) -> None:
    changed = alice.patch(f"todos/{alice.todo()['id']}", {"title": "x"})
    undone(alice, changed)
    assert conflicts(undo(alice, changed))[0]["fields"] == ["title"]


def test_a_created_todo_that_lives_on_is_kept(alice: Api) -> None:
    made = alice.post("todos", {"title": "x"})
    path = f"todos/{made.get_json()['id']}"
    child = alice.todo(parent_id=made.get_json()["id"])["id"]
    assert conflicts(undo(alice, made))[0]["id"] == child
    alice.delete(f"todos/{child}")
    alice.patch(path, {"title": "y"})
    assert conflicts(undo(alice, made))[0]["fields"] == ["version"]
    alice.delete(path)
    assert conflicts(undo(alice, made))[0]["fields"] == ["deleted_at", "version"]


def test_a_created_list_in_use_is_kept(alice: Api) -> None:
    made = alice.post("lists", {"name": "Groceries"})
    todo = alice.todo(list_id=made.get_json()["id"])["id"]
    assert conflicts(undo(alice, made)) == [{"noun": "todo", "id": todo, "fields": ["created_at"]}]


def test_a_restored_or_purged_todo_is_not_restored_again(alice: Api) -> None:
    todo = alice.todo()["id"]
    deleted = alice.delete(f"todos/{todo}")
    alice.post(f"todos/{todo}/restore")
    assert conflicts(undo(alice, deleted))[0]["fields"] == ["deleted_at"]
    again = alice.delete(f"todos/{todo}")
    alice.delete(f"todos/{todo}?purge=true")
    assert conflicts(undo(alice, again))[0]["fields"] == ["id"]


def test_a_todo_does_not_come_back_under_what_is_in_the_trash(alice: Api) -> None:
    parent = alice.todo()["id"]
    child = alice.todo(parent_id=parent)["id"]
    deleted = alice.delete(f"todos/{child}")
    alice.delete(f"todos/{parent}")
    problem(undo(alice, deleted), 409, "in-trash")


def test_an_assignee_who_has_left_stands_in_the_way(
    app: Flask, alice: Api, bob: Api, share: Share
) -> None:
    groceries = alice.make_list()["id"]
    share(groceries, bob, "editor")
    todo = alice.todo(list_id=groceries, assigned_to="bob")["id"]
    changed = alice.patch(f"todos/{todo}", {"assigned_to": None})
    with app.app_context(), unit_of_work():
        db.session.query(Membership).filter_by(role="editor").delete()
    assert conflicts(undo(alice, changed))[0]["fields"] == ["assigned_to"]


def test_what_is_purged_stays_so(alice: Api) -> None:
    purged = alice.delete(f"todos/{alice.todo()['id']}?purge=true")
    problem(undo(alice, purged), 409, "not-undoable")


def test_who_may_not_change_it_may_not_undo_it(
    alice: Api, bob: Api, carol: Api, share: Share
) -> None:
    groceries = alice.make_list()["id"]
    share(groceries, bob, "viewer")
    changed = alice.patch(f"todos/{alice.todo(list_id=groceries)['id']}", {"title": "x"})
    problem(undo(bob, changed), 403, "forbidden")
    problem(undo(carol, changed), 404, "not-found")
    problem(alice.post("changes/999999/undo"), 404, "not-found")
    list_changed = alice.patch(f"lists/{groceries}", {"name": "x"})
    problem(undo(bob, list_changed), 403, "forbidden")


def test_an_editor_may_not_undo_what_is_the_owners(alice: Api, bob: Api, share: Share) -> None:
    groceries = alice.make_list()["id"]
    share(groceries, bob, "editor")
    problem(undo(bob, alice.patch(f"lists/{groceries}", {"name": "x"})), 403, "insufficient-role")
    undone(bob, alice.patch(f"todos/{alice.todo(list_id=groceries)['id']}", {"title": "x"}))


def test_a_part_that_is_out_of_reach_keeps_all(alice: Api, bob: Api, share: Share) -> None:
    groceries = alice.make_list()["id"]
    share(groceries, bob, "editor")
    shared, own = alice.todo(list_id=groceries)["id"], alice.todo()["id"]
    operations = [{"op": "update", "id": id_, "todo": {"title": "x"}} for id_ in (shared, own)]
    batch = alice.post("todos/batch", {"operations": operations})
    problem(undo(bob, batch), 403, "forbidden")


def test_a_todo_that_has_moved_out_of_reach_stays_as_it_is(
    alice: Api, bob: Api, share: Share
) -> None:
    groceries, own = alice.make_list()["id"], alice.make_list()["id"]
    share(groceries, bob, "editor")
    renamed, restored = (alice.todo("Old", list_id=groceries) for _ in range(2))
    bob.delete(f"todos/{restored['id']}")
    done = [
        bob.patch(f"todos/{renamed['id']}", {"title": "New"}),
        bob.post(f"todos/{restored['id']}/restore"),
    ]
    for todo, response in zip((renamed, restored), done, strict=True):
        assert response.status_code == 200
        moved = alice.patch(f"todos/{todo['id']}", {"list_id": own}).get_json()
        problem(undo(bob, response), 403, "forbidden")
        assert alice.get(f"todos/{todo['id']}").get_json() == moved
        undone(alice, response)


def test_keys_are_beyond_it(alice: Api) -> None:
    made = alice.post("api-keys", {"name": "x", "scopes": ["account"]})
    problem(undo(alice, made), 404, "not-found")


def test_it_takes_no_body(alice: Api) -> None:
    changed = alice.patch(f"todos/{alice.todo()['id']}", {"title": "x"})
    path = f"changes/{changed.headers['Change-Id']}/undo"
    assert wrong(alice.post(path, {"force": True})) == {"/force": "unknown"}
    assert alice.post(f"{path}?validate_only=true").get_json() == {"valid": True}
    assert alice.post(path, {}).status_code == 200


def test_it_waits_for_a_change_that_is_under_way(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    todo = alice.todo("One")["id"]
    changed = alice.patch(f"todos/{todo}", {"title": "Two"})
    rival.execute("UPDATE todo SET title = 'by the rival' WHERE id = %s", [todo])
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(undo, alice, changed)
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the undo to wait")
        rival.commit()
        assert conflicts(late.result())[0]["fields"] == ["title"]


def test_checking_takes_as_many_statements_whatever_was_done(app: Flask, alice: Api) -> None:
    taken = []
    for size in (2, 30):
        operations = [{"op": "create", "todo": {"title": "x", "tags": ["a"]}}] * size
        batch = alice.post("todos/batch", {"operations": operations})
        with counted(app) as statements:
            undone(alice, batch)
        taken.append(len(statements))
    assert taken[0] == taken[1] <= 14, statements
