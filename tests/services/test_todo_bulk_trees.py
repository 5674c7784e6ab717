"""Many todos moved, trashed, restored and purged at once, with what hangs below them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.bulk import Done, matching, read, refused, run, states, take_back, ticked
from todoapp.errors import Conflict, Invalid

Share = Callable[[int, Api, str], None]


@pytest.fixture
def there(alice: Api) -> int:
    """Return the id of a list."""
    there: int = alice.make_list("There")["id"]
    return there


@pytest.fixture
def tree(alice: Api) -> list[Any]:
    """Return a root, its child, and the child's child, in the Inbox; and a todo beside them."""
    root = alice.todo("Root", tags=["a"])
    child = alice.todo("Child", parent_id=root["id"], assigned_to="alice")
    leaf = alice.todo("Leaf", parent_id=child["id"], tags=["b"])
    return [root, child, leaf, alice.todo("Beside", assigned_to="alice")]


def places(who: Api, *todos: Any) -> list[tuple[int, int | None]]:
    return [(todo["list_id"], todo["parent_id"]) for todo in read(who, *todos)]


def history(who: Api, todo: Any) -> list[tuple[str, Any]]:
    """Return what was done to a todo, newest first."""
    changes = who.get(f"todos/{todo['id']}/history").get_json()["changes"]
    return [(change["action"], change["diff"]) for change in changes]


@pytest.mark.parametrize("which", [(0, 3), (0, 1, 2, 3), (0, 2, 3)])
def test_a_subtree_moves_whole_whatever_of_it_is_ticked(
    alice: Api, there: int, tree: list[Any], which: tuple[int, ...]
) -> None:
    root, child, leaf, beside = tree
    here, was = root["list_id"], states(alice, *tree)
    selection = ticked(*(tree[index] for index in which))
    done = run(alice, selection, {"action": "move", "list_id": there})
    assert done.count == 4
    assert places(alice, *tree) == [
        (there, None),
        (there, root["id"]),
        (there, child["id"]),
        (there, None),
    ]
    for todo in tree:
        moved = [("enter", {"list_id": [here, there]}), ("leave", {})]
        assert history(alice, todo)[:2] == moved
        assert len(history(alice, todo)) == 3
    assert [todo["version"] for todo in read(alice, *tree)] == [2] * 4
    assert alice.ids(f"todos?list_id={there}&tags=b") == [leaf["id"]]
    take_back(alice, done)
    assert states(alice, *tree) == was
    assert beside["id"] in alice.ids(f"todos?list_id={here}&assigned_to=alice")


def test_a_subtask_whose_parent_stays_leaves_it(alice: Api, there: int, tree: list[Any]) -> None:
    root, child, leaf, _beside = tree
    here, was = root["list_id"], states(alice, *tree)
    done = run(alice, ticked(child), {"action": "move", "list_id": there})
    assert done.count == 2
    assert places(alice, root, child, leaf) == [(here, None), (there, None), (there, child["id"])]
    diff = {"list_id": [here, there], "parent_id": [root["id"], None]}
    assert history(alice, child)[0] == ("enter", diff)
    take_back(alice, done)
    assert states(alice, *tree) == was


def test_null_moves_to_the_inbox_what_is_not_there(alice: Api, there: int, tree: list[Any]) -> None:
    other = alice.todo("Other", list_id=there)
    move = {"action": "move", "list_id": None}
    assert run(alice, ticked(*tree, other), move).count == 1
    assert places(alice, other) == [(tree[0]["list_id"], None)]
    assert run(alice, ticked(*tree, other), move) == Done(0, None)


def test_from_several_lists_they_go_to_one(alice: Api, there: int, tree: list[Any]) -> None:
    second = alice.make_list()["id"]
    others = [alice.todo(list_id=second), alice.todo(list_id=there)]
    was = states(alice, *tree, *others)
    done = run(alice, matching(), {"action": "move", "list_id": there})
    assert done.count == 5
    assert {list_id for list_id, _ in places(alice, *tree, *others)} == {there}
    take_back(alice, done)
    assert states(alice, *tree, *others) == was


def test_what_is_in_the_trash_moves_with_its_parent_alone(
    alice: Api, there: int, tree: list[Any]
) -> None:
    root, child, leaf, beside = tree
    for todo in (leaf, beside):
        alice.delete(f"todos/{todo['id']}")
    run(alice, ticked(child, leaf, beside), {"action": "move", "list_id": there})
    assert places(alice, leaf, beside) == [(there, child["id"]), (root["list_id"], None)]


def test_a_uid_that_is_taken_stops_the_move(alice: Api, there: int) -> None:
    todo, other = alice.todo(uid="same"), alice.make_list()["id"]
    taken = alice.todo(uid="same", list_id=there)
    move = {"action": "move", "list_id": there}
    assert refused(alice, ticked(todo), move).facts == {"todo_id": taken["id"]}
    move = {"action": "move", "list_id": other}
    assert refused(alice, ticked(todo, taken), move).code == "uid-taken"


def test_an_assignee_who_is_no_member_there_stops_the_move(
    alice: Api, bob: Api, share: Share, there: int
) -> None:
    shared = alice.make_list()["id"]
    share(shared, bob, "editor")
    root = alice.todo(list_id=shared)
    child = alice.todo(list_id=shared, parent_id=root["id"], assigned_to="bob")
    move = {"action": "move", "list_id": there}
    for todo, where in ((root, "/list_id"), (child, "/assigned_to")):
        error = refused(alice, ticked(todo), move)
        assert isinstance(error, Invalid)
        assert [one.where for one in error.errors] == [where]
    share(there, bob, "viewer")
    assert run(alice, ticked(root), move).count == 2
    assert read(alice, child)[0]["assigned_to"] == "bob"


def test_a_member_of_one_list_is_not_assigned_in_another(
    alice: Api, bob: Api, share: Share, there: int
) -> None:
    share(there, bob, "viewer")
    shared, own = alice.todo(list_id=there), alice.todo()
    assign = {"action": "assign", "assigned_to": "bob"}
    error = refused(alice, ticked(shared, own), assign)
    assert isinstance(error, Invalid)
    assert run(alice, ticked(shared), assign).count == 1


def test_trashing_takes_along_what_is_below(alice: Api, tree: list[Any]) -> None:
    root, child, leaf, beside = tree
    was = states(alice, *tree)
    done = run(alice, ticked(child, leaf, beside), {"action": "trash"})
    assert done.count == 3
    assert alice.ids() == [root["id"]]
    take_back(alice, done)
    assert states(alice, *tree) == was


def test_a_restored_todo_brings_back_its_tree_and_no_others(alice: Api, tree: list[Any]) -> None:
    root, child, leaf, _beside = tree
    sibling = alice.todo("Sibling", parent_id=root["id"])
    run(alice, matching(), {"action": "trash"})
    done = run(alice, ticked(child), {"action": "restore"})
    assert done.count == 3
    assert sorted(alice.ids()) == [root["id"], child["id"], leaf["id"]]
    take_back(alice, done)
    assert alice.ids() == []
    assert run(alice, matching(trashed="true"), {"action": "restore"}).count == 5
    assert sibling["id"] in alice.ids()


def test_several_operations_are_restored_together(alice: Api, tree: list[Any]) -> None:
    root, _child, leaf, beside = tree
    for todo in (leaf, root, beside):
        alice.delete(f"todos/{todo['id']}")
    error = refused(alice, ticked(leaf), {"action": "restore"})
    assert isinstance(error, Conflict)
    assert error.code == "in-trash"
    assert run(alice, ticked(leaf, root), {"action": "restore"}).count == 3
    assert alice.ids("todos?trashed=true") == [beside["id"]]


def test_a_todo_of_a_list_in_the_trash_is_not_restored(alice: Api, there: int) -> None:
    todo = alice.todo(list_id=there)
    alice.delete(f"lists/{there}")
    assert refused(alice, ticked(todo), {"action": "restore"}).code == "in-trash"


def test_purged_todos_are_gone_with_what_is_below(alice: Api, tree: list[Any]) -> None:
    root, _child, _leaf, beside = tree
    kept = alice.todo("Kept")
    run(alice, ticked(root, beside), {"action": "trash"})
    done = run(alice, ticked(root, beside, kept), {"action": "purge"})
    assert done.count == 4
    assert (alice.ids(), alice.ids("todos?trashed=true")) == ([kept["id"]], [])
    with pytest.raises(Conflict) as refusal:
        take_back(alice, done)
    assert refusal.value.code == "not-undoable"
