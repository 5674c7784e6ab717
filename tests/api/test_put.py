"""PUT replaces the whole; what was read can be sent back."""

from typing import Any

import pytest

from tests.support.api import Api, problem, wrong


@pytest.fixture
def todo(alice: Api) -> Any:
    """Return a todo that has every field set to something."""
    groceries = alice.make_list()
    parent = alice.todo(list_id=groceries["id"])
    return alice.todo(
        uid="chosen",
        list_id=groceries["id"],
        description="two litres",
        status="completed",
        priority="high",
        tags=["a", "B"],
        due_date="2030-01-01T09:00:00Z",
        assigned_to="alice",
        parent_id=parent["id"],
        position=7.5,
    )


def test_what_is_left_out_goes_to_its_default(alice: Api, todo: Any) -> None:
    response = alice.put(f"todos/{todo['id']}", {"title": "Buy bread"})
    replaced = response.get_json()
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    assert replaced == todo | {
        "version": 2,
        "title": "Buy bread",
        "description": "",
        "status": "pending",
        "completed": False,
        "completed_at": None,
        "priority": "medium",
        "tags": [],
        "due_date": None,
        "assigned_to": None,
        "parent_id": None,
        "updated_at": replaced["updated_at"],
    }


def test_the_title_may_not_be_left_out(alice: Api, todo: Any) -> None:
    path = f"todos/{todo['id']}"
    assert wrong(alice.put(path, {})) == {"/title": "required"}
    assert wrong(alice.put(path, {"title": None})) == {"/title": "null"}
    both = wrong(alice.put(path, {"priority": "urgent", "nonsense": 1}))
    assert both == {"/title": "required", "/priority": "choice", "/nonsense": "unknown"}
    assert alice.get(path).get_json() == todo


def test_what_was_read_can_be_sent_back(alice: Api, todo: Any) -> None:
    path = f"todos/{todo['id']}"
    same = alice.put(path, todo)
    assert same.get_json() == todo
    assert "Change-Id" not in same.headers
    edited = alice.put(path, todo | {"title": "Edited", "tags": ["c"]}).get_json()
    assert edited == todo | {
        "title": "Edited",
        "tags": ["c"],
        "version": 2,
        "updated_at": edited["updated_at"],
    }
    problem(alice.put(path, todo), 412, "precondition-failed")


READ_ONLY = [
    "id",
    "uid",
    "url",
    "created_at",
    "updated_at",
    "completed_at",
    "created_by",
    "deleted_at",
]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("sent", ["2020-01-01T00:00:00Z", None, 5, {"deep": [1]}])
def test_read_only_names_have_no_effect_whatever_they_hold(
    alice: Api, todo: Any, method: str, sent: Any
) -> None:
    names = [
        "id",
        "uid",
        "url",
        "created_at",
        "updated_at",
        "completed_at",
        "created_by",
        "deleted_at",
    ]
    body = {**todo, "title": "Edited", **dict.fromkeys(names, sent)}
    changed = alice.call(method, f"todos/{todo['id']}", body).get_json()
    assert changed == todo | {
        "title": "Edited",
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > todo["updated_at"]


@pytest.mark.parametrize(
    "name", ["owner", "user_id", "created_by_id", "trashed_by", "title_key", "search_text"]
)
def test_names_that_only_the_database_knows_are_unknown(alice: Api, todo: Any, name: str) -> None:
    path = f"todos/{todo['id']}"
    assert wrong(alice.put(path, {"title": "x", name: 1})) == {f"/{name}": "unknown"}
    assert wrong(alice.patch(path, {name: 1})) == {f"/{name}": "unknown"}


def test_there_is_no_put_for_what_is_not_there(alice: Api) -> None:
    problem(alice.put("todos/999999", {"title": "x"}), 404, "not-found")


def test_a_list_is_replaced_but_for_its_position(alice: Api) -> None:
    groceries = alice.make_list(
        description="Weekly", color="#3366cc", position=9.5, is_archived=True
    )
    path = f"lists/{groceries['id']}"
    assert wrong(alice.put(path, {})) == {"/name": "required"}
    assert alice.put(path, groceries).get_json() == groceries
    replaced = alice.put(path, {"name": "Food"}).get_json()
    assert replaced == groceries | {
        "version": 2,
        "name": "Food",
        "description": "",
        "color": None,
        "is_archived": False,
        "updated_at": replaced["updated_at"],
    }
