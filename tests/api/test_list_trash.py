"""Lists in the trash: with their todos, and back with what went along."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted

Share = Callable[[int, Api, str], None]


@pytest.fixture
def groceries(alice: Api) -> Any:
    return alice.make_list("Groceries")


def names(api: Api, path: str) -> list[str]:
    return [one["name"] for one in api.get(path).get_json()["lists"]]


def test_a_deleted_list_takes_its_todos_along(alice: Api, groceries: Any) -> None:
    milk = alice.todo("Milk", list_id=groceries["id"])
    other = alice.todo("Elsewhere")
    response = alice.delete(f"lists/{groceries['id']}")
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Change-Id"].isdigit()
    assert alice.ids() == [other["id"]]
    assert alice.ids("todos?trashed=true") == [milk["id"]]
    assert names(alice, "lists") == ["Inbox"]
    assert names(alice, "lists?trashed=true") == ["Groceries"]
    read = alice.get(f"lists/{groceries['id']}").get_json()
    assert read["version"] == 2
    assert read["deleted_at"] == read["updated_at"]


def test_it_comes_back_with_what_went_along(alice: Api, groceries: Any) -> None:
    list_id = groceries["id"]
    before, milk = (alice.todo(title, list_id=list_id) for title in ("Before", "Milk"))
    alice.todo("Subtask", list_id=list_id, parent_id=milk["id"])
    alice.delete(f"todos/{before['id']}")
    alice.delete(f"lists/{list_id}")
    response = alice.post(f"lists/{list_id}/restore")
    assert response.status_code == 200
    assert response.get_json() == {
        **groceries,
        "version": 3,
        "updated_at": response.get_json()["updated_at"],
    }
    assert len(alice.ids(f"todos?list_id={list_id}")) == 2
    assert alice.ids("todos?trashed=true") == [before["id"]]


def test_it_is_one_operation(alice: Api, groceries: Any) -> None:
    milk = alice.todo("Milk", list_id=groceries["id"])
    deleted = alice.delete(f"lists/{groceries['id']}")
    change = alice.get(f"todos/{milk['id']}/history").get_json()["changes"][0]
    assert change["action"] == "trash"
    assert int(deleted.headers["Change-Id"]) == change["id"] - 1


def test_a_todo_does_not_come_back_without_its_list(alice: Api, groceries: Any) -> None:
    milk = alice.todo("Milk", list_id=groceries["id"])
    alice.delete(f"lists/{groceries['id']}")
    problem(alice.post(f"todos/{milk['id']}/restore"), 409, "in-trash")


def test_a_list_in_the_trash_does_not_change_and_takes_nothing(alice: Api, groceries: Any) -> None:
    path = f"lists/{groceries['id']}"
    alice.delete(path)
    problem(alice.patch(path, {"name": "x"}), 409, "in-trash")
    problem(alice.put(path, {"name": "x"}), 409, "in-trash")
    problem(alice.delete(path), 404, "not-found")
    response = alice.post("todos", {"title": "x", "list_id": groceries["id"]})
    assert wrong(response) == {"/list_id": "trashed"}


def test_the_inbox_stays(alice: Api) -> None:
    inbox = alice.todo()["list_id"]
    problem(alice.delete(f"lists/{inbox}"), 409, "inbox")


def test_what_is_not_in_the_trash_cannot_be_restored(alice: Api, groceries: Any) -> None:
    problem(alice.post(f"lists/{groceries['id']}/restore"), 409, "not-in-trash")


def test_both_keep_preconditions(alice: Api, groceries: Any) -> None:
    path = f"lists/{groceries['id']}"
    stale = problem(alice.delete(f"{path}?version=9"), 412, "precondition-failed")
    assert stale["current"] == groceries
    assert alice.delete(path, headers={"If-Match": '"1"'}).status_code == 204
    problem(alice.post(f"{path}/restore", {"version": 1}), 412, "precondition-failed")
    assert wrong(alice.post(f"{path}/restore", {"name": "x"})) == {"/name": "unknown"}
    assert alice.post(f"{path}/restore", {"version": 2}).status_code == 200


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_its_owner_may(alice: Api, bob: Api, share: Share, groceries: Any, role: str) -> None:
    path = f"lists/{groceries['id']}"
    share(groceries["id"], bob, role)
    problem(bob.delete(path), 403, "insufficient-role")
    alice.delete(path)
    problem(bob.post(f"{path}/restore"), 403, "insufficient-role")


def test_strangers_learn_nothing(alice: Api, carol: Api, groceries: Any) -> None:
    problem(carol.delete(f"lists/{groceries['id']}"), 404, "not-found")
    problem(carol.post(f"lists/{groceries['id']}/restore"), 404, "not-found")


def test_it_takes_as_many_statements_for_many_todos(app: Flask, alice: Api) -> None:
    taken = []
    for size in (1, 30):
        groceries = alice.make_list()["id"]
        for _ in range(size):
            alice.todo(list_id=groceries)
        with counted(app) as statements:
            alice.delete(f"lists/{groceries}")
            alice.post(f"lists/{groceries}/restore")
        taken.append(len(statements))
    assert taken[0] == taken[1]
