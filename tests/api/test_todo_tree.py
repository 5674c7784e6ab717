"""Subtasks: a todo may hang below another of its list, at most eight levels deep, in no circle."""

from typing import Any

import pytest

from tests.support.api import Api, wrong


def chain(api: Api, length: int) -> list[int]:
    """Create todos that hang one below the other; return their ids from the top."""
    ids: list[int] = []
    for _ in range(length):
        ids.append(api.todo(parent_id=ids[-1] if ids else None)["id"])
    return ids


def refused(api: Api, todo_id: int, parent_id: int) -> dict[str, str]:
    """Try to hang a todo below another by PATCH and by PUT; return why not."""
    patched = wrong(api.patch(f"todos/{todo_id}", {"parent_id": parent_id}))
    assert wrong(api.put(f"todos/{todo_id}", {"title": "x", "parent_id": parent_id})) == patched
    return patched


def test_a_subtask_says_what_it_belongs_to(alice: Api) -> None:
    parent = alice.todo()
    child = alice.todo(parent_id=parent["id"])
    assert child["parent_id"] == parent["id"]
    freed = alice.patch(f"todos/{child['id']}", {"parent_id": None}).get_json()
    assert freed["parent_id"] is None
    again = alice.patch(f"todos/{child['id']}", {"parent_id": parent["id"]}).get_json()
    assert (again["parent_id"], again["version"]) == (parent["id"], 3)


def test_a_parent_is_in_the_same_list(alice: Api) -> None:
    elsewhere = alice.todo(list_id=alice.make_list()["id"])
    here = alice.todo()
    body = {"title": "x", "parent_id": elsewhere["id"]}
    assert wrong(alice.post("todos", body)) == {"/parent_id": "unknown"}
    assert refused(alice, here["id"], elsewhere["id"]) == {"/parent_id": "unknown"}


def test_a_parent_is_not_in_the_trash(alice: Api) -> None:
    parent, other = alice.todo(), alice.todo()
    alice.delete(f"todos/{parent['id']}")
    body = {"title": "x", "parent_id": parent["id"]}
    assert wrong(alice.post("todos", body)) == {"/parent_id": "trashed"}
    assert refused(alice, other["id"], parent["id"]) == {"/parent_id": "trashed"}


@pytest.mark.parametrize("below", [0, 1, 2])
def test_a_todo_hangs_below_nothing_of_its_own(alice: Api, below: int) -> None:
    ids = chain(alice, 3)
    assert refused(alice, ids[0], ids[below]) == {"/parent_id": "cycle"}


def test_the_tree_has_at_most_eight_levels(alice: Api) -> None:
    ids = chain(alice, 8)
    body = {"title": "x", "parent_id": ids[-1]}
    assert wrong(alice.post("todos", body)) == {"/parent_id": "too_deep"}


@pytest.mark.parametrize(("above", "fits"), [(5, True), (6, False)])
def test_a_tree_is_moved_only_where_all_of_it_fits(alice: Api, above: int, fits: bool) -> None:
    deep, tree = chain(alice, above), chain(alice, 3)
    response = alice.patch(f"todos/{tree[0]}", {"parent_id": deep[-1]})
    if fits:
        assert response.get_json()["parent_id"] == deep[-1]
    else:
        assert wrong(response) == {"/parent_id": "too_deep"}


def test_a_moved_parent_takes_its_subtree_along(alice: Api) -> None:
    first, second = alice.todo(), alice.todo()
    middle, leaf = (todo for todo in chain(alice, 2))
    for parent in (first, second):
        alice.patch(f"todos/{middle}", {"parent_id": parent["id"]})
    read: Any = alice.get(f"todos/{leaf}").get_json()
    assert (read["parent_id"], read["version"]) == (middle, 1)


def test_a_deep_todo_is_changed_without_its_parent_being_checked_again(alice: Api) -> None:
    leaf = chain(alice, 8)[-1]
    todo = alice.get(f"todos/{leaf}").get_json()
    assert alice.put(f"todos/{leaf}", todo | {"title": "Deep"}).get_json()["title"] == "Deep"
