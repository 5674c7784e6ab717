"""Creating, reading and changing todos."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.support.api import Api, problem, wrong


def test_a_new_todo_has_every_field(alice: Api) -> None:
    response = alice.post("todos", {"title": "  Buy milk "})
    todo = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == todo["url"]
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Change-Id"].isdigit()
    inbox = alice.get("me").get_json()["inbox_id"]
    assert todo | {"id": 0, "uid": "", "url": "", "created_at": "", "updated_at": ""} == {
        "id": 0,
        "uid": "",
        "url": "",
        "version": 1,
        "list_id": inbox,
        "title": "Buy milk",
        "description": "",
        "status": "pending",
        "completed": False,
        "completed_at": None,
        "priority": "medium",
        "tags": [],
        "due_date": None,
        "assigned_to": None,
        "created_by": "alice",
        "parent_id": None,
        "position": 1,
        "created_at": "",
        "updated_at": "",
        "deleted_at": None,
    }
    assert todo["url"] == f"http://localhost/api/v1/todos/{todo['id']}"
    assert todo["created_at"] == todo["updated_at"]
    assert todo["created_at"].endswith("Z")
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_every_field_that_may_be_chosen_is_kept(alice: Api) -> None:
    groceries = alice.make_list()
    parent = alice.todo("Shopping", list_id=groceries["id"])
    chosen = {
        "uid": "apple-calendar-7",
        "list_id": groceries["id"],
        "title": "Milk <script> {{7*7}} ' OR 1=1 -- =cmd() שלום 🥛",
        "description": "# Two\n\tlitres",
        "status": "on_hold",
        "completed": False,
        "priority": "critical",
        "tags": ["Home", "milk"],
        "due_date": "2030-01-01",
        "assigned_to": "alice",
        "parent_id": parent["id"],
        "position": 2.5,
    }
    todo = alice.made("todos", chosen)
    assert {name: todo[name] for name in chosen} == chosen


def test_a_patch_keeps_what_it_does_not_name(alice: Api) -> None:
    todo = alice.todo(
        description="two litres", tags=["Home"], due_date="2030-01-01", assigned_to="alice"
    )
    response = alice.patch(f"todos/{todo['id']}", {"title": "Buy bread"})
    patched = response.get_json()
    assert patched == todo | {
        "title": "Buy bread",
        "version": 2,
        "updated_at": patched["updated_at"],
    }
    assert patched["updated_at"] > todo["updated_at"]
    assert response.headers["ETag"] == '"2"'


def test_a_patch_may_say_that_it_is_a_merge_patch(alice: Api) -> None:
    todo = alice.todo()
    response = alice.call(
        "PATCH",
        f"todos/{todo['id']}",
        data='{"title": "Merged"}',
        content_type="application/merge-patch+json",
    )
    assert response.get_json()["title"] == "Merged"


def test_unknown_fields_are_refused_all_at_once(alice: Api) -> None:
    response = alice.post("todos", {"titel": "x", "priority": "urgent"})
    assert wrong(response) == {"/title": "required", "/titel": "unknown", "/priority": "choice"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title", None, "null"),
        ("title", 5, "type"),
        ("title", "", "blank"),
        ("title", " \t ", "blank"),
        ("title", "x" * 501, "too_long"),
        ("title", "two\nlines", "control_character"),
        ("title", "a\x00b", "control_character"),
        ("description", 5, "type"),
        ("description", "x" * 16_385, "too_long"),
        ("description", "a\x1bb", "control_character"),
        ("status", "done", "choice"),
        ("status", 1, "type"),
        ("completed", "true", "type"),
        ("completed", 1, "type"),
        ("priority", "High", "choice"),
        ("list_id", "1", "type"),
        ("list_id", 0, "range"),
        ("list_id", 2**53 + 1, "range"),
        ("list_id", 10**30, "range"),
        ("list_id", 999_999, "unknown"),
        ("parent_id", True, "type"),
        ("parent_id", 2**53 + 1, "range"),
        ("parent_id", 999_999, "unknown"),
        ("assigned_to", "nobody", "not_a_member"),
        ("assigned_to", "", "blank"),
        ("position", "1", "type"),
        ("position", True, "type"),
        ("position", 2**53 + 1, "range"),
        ("position", -1e300, "range"),
    ],
)
def test_it_refuses_a_wrong_value(alice: Api, field: str, value: Any, code: str) -> None:
    todo = alice.todo()
    body = {"title": "Buy milk", field: value}
    assert wrong(alice.post("todos", body)) == {f"/{field}": code}
    assert wrong(alice.patch(f"todos/{todo['id']}", {field: value})) == {f"/{field}": code}
    assert wrong(alice.put(f"todos/{todo['id']}", body)) == {f"/{field}": code}
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_it_refuses_a_body_that_is_no_object(alice: Api, method: str) -> None:
    path = "todos" if method == "POST" else f"todos/{alice.todo()['id']}"
    for data in ("[]", "null", "5", '"x"', "true"):
        response = alice.call(method, path, data=data, content_type="application/json")
        assert wrong(response) == {"": "type"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "🥛" * 500), ("description", "x" * 16_384), ("uid", "u" * 255)],
)
def test_it_takes_what_is_just_within_the_limit(alice: Api, field: str, value: str) -> None:
    assert alice.made("todos", {"title": "Buy milk", field: value})[field] == value


def test_null_means_the_default(alice: Api) -> None:
    nulls = dict.fromkeys(
        ["description", "status", "completed", "priority", "tags", "due_date", "assigned_to"]
    )
    values: dict[str, Any] = {
        "description": "x",
        "status": "completed",
        "priority": "low",
        "tags": ["a"],
    }
    todo = alice.todo(due_date="2030-01-01", assigned_to="alice", **values)
    cleared = alice.patch(f"todos/{todo['id']}", nulls).get_json()
    assert {name: cleared[name] for name in nulls} == {
        "description": "",
        "status": "pending",
        "completed": False,
        "priority": "medium",
        "tags": [],
        "due_date": None,
        "assigned_to": None,
    }
    every = {**nulls, "title": "x", "uid": None, "list_id": None, "parent_id": None}
    made = alice.made("todos", {**every, "position": None})
    assert {name: made[name] for name in nulls} == {name: cleared[name] for name in nulls}
    assert (made["list_id"], made["position"]) == (todo["list_id"], 2)


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "url",
        "version",
        "created_at",
        "updated_at",
        "completed_at",
        "created_by",
        "deleted_at",
        "owner",
    ],
)
def test_a_new_todo_takes_nothing_that_is_read_only(alice: Api, name: str) -> None:
    assert wrong(alice.post("todos", {"title": "x", name: None})) == {f"/{name}": "unknown"}


def test_a_uid_is_a_uuid7_unless_it_is_chosen(alice: Api) -> None:
    assert UUID(alice.todo()["uid"]).version == 7
    assert alice.todo(uid="urn:x 1")["uid"] == "urn:x 1"


def test_a_uid_is_unique_in_its_list(alice: Api) -> None:
    first = alice.todo(uid="same")
    taken = problem(alice.post("todos", {"title": "x", "uid": "same"}), 409, "uid-taken")
    assert taken["todo_id"] == first["id"]
    other = alice.make_list()
    assert alice.todo(uid="same", list_id=other["id"])["uid"] == "same"
    for refused, code in [("", "blank"), ("u" * 256, "too_long"), (1, "type"), ("\n", "control")]:
        found = wrong(alice.post("todos", {"title": "x", "uid": refused}))
        assert found["/uid"].startswith(code)


def test_a_position_is_after_the_last_unless_it_is_chosen(alice: Api) -> None:
    assert [alice.todo()["position"] for _ in range(2)] == [1, 2]
    for sent in (2.5, 7, -1, 0, 2**53):
        todo = alice.todo(position=sent)
        assert todo["position"] == sent
        assert type(todo["position"]) is type(sent)
        alice.delete(f"todos/{todo['id']}?purge=true")
    first = alice.todo(position=1.5)
    moved = alice.patch(f"todos/{first['id']}", {"position": None}).get_json()
    assert moved["position"] == 3


def test_a_title_that_grows_when_it_is_folded_still_fits_into_the_index(alice: Api) -> None:
    # Each of these letters folds to two, of five bytes together; PostgreSQL indexes up to 2,704.
    letters = [chr(code) for code in range(0x1F80, 0x1FB0)]
    title = "".join(Random(1).choices(letters, k=500))
    assert alice.todo(title)["title"] == title
    assert alice.ids("todos?sort=title")


def test_an_id_is_never_given_twice(alice: Api) -> None:
    gone = alice.todo()["id"]
    alice.delete(f"todos/{gone}?purge=true")
    assert alice.todo()["id"] > gone


def test_head_answers_like_get_without_a_body(alice: Api) -> None:
    todo = alice.todo()
    response = alice.call("HEAD", f"todos/{todo['id']}")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["ETag"] == '"1"'
