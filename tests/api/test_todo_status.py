"""`status`, `completed` and `completed_at`, which say the same thing in three ways."""

from typing import Any

import pytest

from tests.support.api import Api, wrong


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, "pending"),
        ({"completed": False}, "pending"),
        ({"completed": True}, "completed"),
        ({"completed": None}, "pending"),
        ({"status": None}, "pending"),
        ({"status": "in_progress"}, "in_progress"),
        ({"status": "on_hold", "completed": False}, "on_hold"),
        ({"status": "cancelled", "completed": False}, "cancelled"),
        ({"status": "completed", "completed": True}, "completed"),
    ],
)
def test_a_new_todo_has_the_status_asked_for(alice: Api, sent: Any, status: str) -> None:
    todo = alice.todo(**sent)
    assert todo["status"] == status
    assert todo["completed"] is (status == "completed")
    assert todo["completed_at"] == (todo["created_at"] if status == "completed" else None)


@pytest.mark.parametrize(
    ("status", "completed"),
    [("pending", True), ("in_progress", True), ("cancelled", True), ("completed", False)],
)
def test_a_new_todo_may_not_contradict_itself(alice: Api, status: str, completed: bool) -> None:
    response = alice.post("todos", {"title": "x", "status": status, "completed": completed})
    assert wrong(response) == {"/completed": "contradiction"}


@pytest.mark.parametrize(
    ("stored", "sent", "status"),
    [
        ("pending", {"completed": True}, "completed"),
        ("pending", {"completed": False}, "pending"),
        ("on_hold", {"completed": True}, "completed"),
        ("on_hold", {"completed": False}, "on_hold"),
        ("cancelled", {"completed": False}, "cancelled"),
        ("completed", {"completed": False}, "pending"),
        ("completed", {"completed": True}, "completed"),
        ("completed", {"status": "in_progress"}, "in_progress"),
        ("completed", {"status": None}, "pending"),
        # Of the two, the one that differs from what is stored is meant.
        ("pending", {"status": "pending", "completed": True}, "completed"),
        ("pending", {"status": "completed", "completed": False}, "completed"),
        ("in_progress", {"status": "in_progress", "completed": True}, "completed"),
        ("completed", {"status": "completed", "completed": False}, "pending"),
        ("completed", {"status": "on_hold", "completed": True}, "on_hold"),
        ("completed", {"status": "completed", "completed": True}, "completed"),
        # Both differ and agree.
        ("completed", {"status": "cancelled", "completed": False}, "cancelled"),
        ("pending", {"status": "completed", "completed": True}, "completed"),
    ],
)
def test_a_change_reaches_the_status_that_is_meant(
    alice: Api, stored: str, sent: Any, status: str
) -> None:
    # Left out of a replacement, the status is the default, not the stored one.
    left_out = "completed" if sent.get("completed") else "pending"
    for method, expected in (("PATCH", status), ("PUT", status if "status" in sent else left_out)):
        todo = alice.todo(status=stored)
        changed = alice.call(method, f"todos/{todo['id']}", {"title": todo["title"], **sent})
        answer = changed.get_json()
        assert (method, answer["status"]) == (method, expected)
        assert answer["completed"] is (expected == "completed")
        assert (answer["completed_at"] is not None) == (expected == "completed")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("pending", {"status": "in_progress", "completed": True}),
        ("in_progress", {"status": "cancelled", "completed": True}),
    ],
)
def test_two_changes_that_contradict_each_other_are_refused(
    alice: Api, method: str, stored: str, sent: Any
) -> None:
    todo = alice.todo(status=stored)
    response = alice.call(method, f"todos/{todo['id']}", {"title": "x", **sent})
    assert wrong(response) == {"/completed": "contradiction"}
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_completed_at_is_when_it_was_completed_first(alice: Api) -> None:
    todo = alice.todo()
    path = f"todos/{todo['id']}"
    done = alice.patch(path, {"completed": True}).get_json()
    assert done["completed_at"] == done["updated_at"]
    renamed = alice.patch(path, {"title": "Done", "status": "completed"}).get_json()
    assert renamed["completed_at"] == done["completed_at"]
    assert alice.patch(path, {"completed": False}).get_json()["completed_at"] is None
    again = alice.patch(path, {"status": "completed"}).get_json()
    assert again["completed_at"] > done["completed_at"]


def test_completed_at_cannot_be_chosen(alice: Api) -> None:
    todo = alice.todo()
    for sent in ("2020-01-01T00:00:00Z", None, ["nonsense"]):
        body = {"completed": True, "completed_at": sent}
        done = alice.patch(f"todos/{todo['id']}", body).get_json()
        assert done["completed_at"] > todo["created_at"]


def test_a_contradiction_is_told_with_the_other_errors(alice: Api) -> None:
    body = {"title": "x", "status": "pending", "completed": True, "list_id": 999_999}
    assert wrong(alice.post("todos", body)) == {
        "/completed": "contradiction",
        "/list_id": "unknown",
    }
