"""Todos that change their list: with all below them, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api, problem, wrong

Share = Callable[[int, Api, str], None]


@pytest.fixture
def lists(alice: Api) -> tuple[int, int]:
    """Return the ids of two lists of Alice's."""
    return alice.make_list("From")["id"], alice.make_list("To")["id"]


def history(api: Api, todo_id: int) -> list[tuple[str, int, Any]]:
    """Return action, list and diff of what was done to a todo, newest first."""
    changes = api.get(f"todos/{todo_id}/history").get_json()["changes"]
    return [(change["action"], change["list_id"], change["diff"]) for change in changes]


def test_a_todo_moves_and_says_so_in_both_lists(alice: Api, lists: tuple[int, int]) -> None:
    there, here = lists
    todo = alice.todo(list_id=there, tags=["a"], due_date="2030-01-01")
    moved = alice.patch(f"todos/{todo['id']}", {"list_id": here, "title": "Moved"}).get_json()
    assert moved == todo | {
        "list_id": here,
        "title": "Moved",
        "version": 2,
        "updated_at": moved["updated_at"],
    }
    assert history(alice, todo["id"])[:2] == [
        ("enter", here, {"list_id": [there, here], "title": ["Buy milk", "Moved"]}),
        ("leave", there, {}),
    ]


def test_null_moves_it_to_the_inbox_of_the_one_who_asks(alice: Api, lists: tuple[int, int]) -> None:
    todo = alice.todo(list_id=lists[0])
    inbox = alice.get("me").get_json()["inbox_id"]
    assert alice.patch(f"todos/{todo['id']}", {"list_id": None}).get_json()["list_id"] == inbox


def test_a_replacement_moves_too(alice: Api, lists: tuple[int, int]) -> None:
    todo = alice.todo(list_id=lists[0])
    moved = alice.put(f"todos/{todo['id']}", {"title": "Moved", "list_id": lists[1]}).get_json()
    assert (moved["list_id"], moved["title"]) == (lists[1], "Moved")


def test_its_subtasks_move_along(alice: Api, lists: tuple[int, int]) -> None:
    there, here = lists
    root = alice.todo(list_id=there)
    child = alice.todo(list_id=there, parent_id=root["id"])
    leaf = alice.todo(list_id=there, parent_id=child["id"])
    trashed = alice.todo(list_id=there, parent_id=child["id"])
    alice.delete(f"todos/{trashed['id']}")
    stays = alice.todo(list_id=there)
    alice.patch(f"todos/{root['id']}", {"list_id": here})
    for before, parent in ((child, root), (leaf, child), (trashed, child)):
        after = alice.get(f"todos/{before['id']}").get_json()
        assert (after["list_id"], after["parent_id"]) == (here, parent["id"])
        assert after["updated_at"] > before["updated_at"]
        assert history(alice, before["id"])[:2] == [
            ("enter", here, {"list_id": [there, here]}),
            ("leave", there, {}),
        ]
    assert alice.get(f"todos/{leaf['id']}").get_json()["version"] == 2
    assert alice.get(f"todos/{stays['id']}").get_json() == stays


def test_all_of_a_move_is_one_operation(alice: Api, lists: tuple[int, int]) -> None:
    root = alice.todo(list_id=lists[0])
    child = alice.todo(list_id=lists[0], parent_id=root["id"])
    alice.patch(f"todos/{root['id']}", {"list_id": lists[1]})
    operations = {
        change["operation_id"]
        for todo in (root, child)
        for change in alice.get(f"todos/{todo['id']}/history").get_json()["changes"][:2]
    }
    assert len(operations) == 1


def test_a_subtask_does_not_leave_its_parent_unasked(alice: Api, lists: tuple[int, int]) -> None:
    parent = alice.todo(list_id=lists[0])
    child = alice.todo(list_id=lists[0], parent_id=parent["id"])
    path = f"todos/{child['id']}"
    assert wrong(alice.patch(path, {"list_id": lists[1]})) == {"/parent_id": "other_list"}
    other = alice.todo(list_id=lists[1])
    moved = alice.patch(path, {"list_id": lists[1], "parent_id": other["id"]}).get_json()
    assert (moved["list_id"], moved["parent_id"]) == (lists[1], other["id"])
    freed = alice.patch(path, {"list_id": lists[0], "parent_id": None}).get_json()
    assert (freed["list_id"], freed["parent_id"]) == (lists[0], None)


def test_a_parent_of_the_list_it_leaves_does_not_fit(alice: Api, lists: tuple[int, int]) -> None:
    parent, todo = alice.todo(list_id=lists[0]), alice.todo(list_id=lists[0])
    body = {"list_id": lists[1], "parent_id": parent["id"]}
    assert wrong(alice.patch(f"todos/{todo['id']}", body)) == {"/parent_id": "unknown"}


@pytest.mark.parametrize("clashing", ["root", "child"])
def test_a_uid_that_is_taken_there_stops_the_move(
    alice: Api, lists: tuple[int, int], clashing: str
) -> None:
    there, here = lists
    root = alice.todo(list_id=there, uid="root")
    child = alice.todo(list_id=there, uid="child", parent_id=root["id"])
    other = alice.todo(list_id=here, uid=clashing)
    body = {"list_id": here, "title": "Moved", "position": 9}
    refused = problem(alice.patch(f"todos/{root['id']}", body), 409, "uid-taken")
    assert refused["todo_id"] == other["id"]
    for todo in (root, child):
        assert alice.get(f"todos/{todo['id']}").get_json() == todo
        assert len(history(alice, todo["id"])) == 1


def test_an_assignee_who_is_no_member_there_stops_the_move(
    alice: Api, bob: Api, share: Share, lists: tuple[int, int]
) -> None:
    there, here = lists
    share(there, bob, "editor")
    root = alice.todo(list_id=there, assigned_to="bob")
    child = alice.todo(list_id=there, parent_id=root["id"], assigned_to="bob")
    path = f"todos/{root['id']}"
    assert wrong(alice.patch(path, {"list_id": here})) == {"/assigned_to": "not_a_member"}
    body = {"list_id": here, "assigned_to": None, "title": "Moved", "position": 9}
    assert wrong(alice.patch(path, body)) == {"/list_id": "not_a_member"}
    assert alice.get(path).get_json() == root
    alice.patch(f"todos/{child['id']}", {"assigned_to": None})
    moved = alice.patch(path, body | {"assigned_to": "alice"}).get_json()
    assert (moved["list_id"], moved["assigned_to"]) == (here, "alice")


def test_an_assignee_who_is_a_member_of_both_stays(
    alice: Api, bob: Api, share: Share, lists: tuple[int, int]
) -> None:
    for list_id in lists:
        share(list_id, bob, "editor")
    root = alice.todo(list_id=lists[0], assigned_to="bob")
    child = alice.todo(list_id=lists[0], parent_id=root["id"], assigned_to="bob")
    alice.patch(f"todos/{root['id']}", {"list_id": lists[1]})
    for todo in (root, child):
        assert alice.get(f"todos/{todo['id']}").get_json()["assigned_to"] == "bob"


def test_each_list_sees_its_own_half_of_a_move(
    alice: Api, bob: Api, carol: Api, share: Share, lists: tuple[int, int]
) -> None:
    there, here = lists
    share(there, bob, "viewer")
    share(here, carol, "viewer")
    todo = alice.todo(list_id=there)
    problem(carol.get(f"todos/{todo['id']}"), 404, "not-found")
    alice.patch(f"todos/{todo['id']}", {"list_id": here})
    problem(bob.get(f"todos/{todo['id']}"), 404, "not-found")
    problem(bob.get(f"todos/{todo['id']}/history"), 404, "not-found")
    assert [action for action, *_ in history(carol, todo["id"])] == ["enter"]
    assert [action for action, *_ in history(alice, todo["id"])] == ["enter", "leave", "create"]


def test_an_old_title_stays_with_those_who_saw_it(
    alice: Api, carol: Api, share: Share, lists: tuple[int, int]
) -> None:
    there, here = lists
    share(here, carol, "viewer")
    todo = alice.todo("A secret", list_id=there)
    alice.patch(f"todos/{todo['id']}", {"list_id": here, "title": "Harmless"})
    assert "A secret" not in carol.get(f"todos/{todo['id']}/history").text
