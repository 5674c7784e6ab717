"""Lists: made, read, changed, archived, by those who may."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import TodoList

Share = Callable[[int, Api, str], None]


def names(api: Api, path: str = "lists") -> list[str]:
    """Return the names on a page of lists."""
    return [one["name"] for one in api.get(path).get_json()["lists"]]


def test_a_new_list_has_every_field(alice: Api) -> None:
    response = alice.post("lists", {"name": " Groceries "})
    made = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == made["url"]
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Change-Id"].isdigit()
    assert made == {
        "id": made["id"],
        "url": f"http://localhost/api/v1/lists/{made['id']}",
        "version": 1,
        "name": "Groceries",
        "description": "",
        "color": None,
        "position": 2,
        "is_inbox": False,
        "is_archived": False,
        "owner": "alice",
        "my_role": "owner",
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "deleted_at": None,
    }
    assert alice.get(f"lists/{made['id']}").get_json() == made


def test_everybody_has_an_inbox(alice: Api) -> None:
    (inbox,) = alice.get("lists").get_json()["lists"]
    assert (inbox["name"], inbox["is_inbox"], inbox["position"]) == ("Inbox", True, 1)
    assert inbox["id"] == alice.get("me").get_json()["inbox_id"]


def test_a_patch_keeps_what_it_does_not_name(alice: Api) -> None:
    made = alice.make_list(description="Weekly", color="#3366CC", position=1.5)
    assert made["color"] == "#3366cc"
    path = f"lists/{made['id']}"
    renamed = alice.patch(path, {"name": "Food"}).get_json()
    assert renamed == made | {"name": "Food", "version": 2, "updated_at": renamed["updated_at"]}
    cleared = alice.patch(
        path, {"description": None, "color": None, "is_archived": None, "position": None}
    ).get_json()
    assert cleared == renamed | {
        "version": 3,
        "description": "",
        "color": None,
        "position": 2,
        "updated_at": cleared["updated_at"],
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", None, "null"),
        ("name", "", "blank"),
        ("name", " ", "blank"),
        ("name", "x" * 256, "too_long"),
        ("name", "a\nb", "control_character"),
        ("name", 5, "type"),
        ("description", "x" * 16_385, "too_long"),
        ("color", "red", "pattern"),
        ("color", "#12345", "pattern"),
        ("color", "#12345g", "pattern"),
        ("color", 5, "type"),
        ("position", "first", "type"),
        ("is_archived", "yes", "type"),
        ("nonsense", 1, "unknown"),
    ],
)
def test_it_refuses_a_wrong_value(alice: Api, field: str, value: Any, code: str) -> None:
    made = alice.make_list()
    path = f"lists/{made['id']}"
    body = {"name": "x", field: value}
    assert wrong(alice.post("lists", body)) == {f"/{field}": code}
    assert wrong(alice.patch(path, {field: value})) == {f"/{field}": code}
    assert wrong(alice.put(path, body)) == {f"/{field}": code}
    assert alice.get(path).get_json() == made


def test_a_name_has_up_to_255_characters(alice: Api) -> None:
    assert alice.make_list("🥛" * 255)["name"] == "🥛" * 255


READ_ONLY = ["id", "url", "is_inbox", "owner", "my_role", "created_at", "updated_at", "deleted_at"]


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_is_read_only_is_refused_at_first_and_passed_over_later(alice: Api, name: str) -> None:
    assert wrong(alice.post("lists", {"name": "x", name: None})) == {f"/{name}": "unknown"}
    made = alice.make_list()
    path = f"lists/{made['id']}"
    assert alice.patch(path, {name: "nonsense"}).get_json() == made
    assert alice.put(path, made | {name: ["nonsense"]}).get_json() == made


def test_the_inbox_can_be_renamed_but_not_archived(alice: Api) -> None:
    path = f"lists/{alice.get('me').get_json()['inbox_id']}"
    problem(alice.patch(path, {"is_archived": True}), 409, "inbox")
    problem(alice.put(path, {"name": "x", "is_archived": True}), 409, "inbox")
    renamed = alice.patch(path, {"name": "Post", "is_archived": False}).get_json()
    assert (renamed["name"], renamed["is_inbox"]) == ("Post", True)


def test_an_archived_list_stays_with_its_todos(alice: Api) -> None:
    made = alice.make_list()
    todo = alice.todo(list_id=made["id"])
    archived = alice.patch(f"lists/{made['id']}", {"is_archived": True}).get_json()
    assert (archived["is_archived"], archived["version"]) == (True, 2)
    assert names(alice) == ["Inbox", "Groceries"]
    assert names(alice, "lists?is_archived=true") == ["Groceries"]
    assert names(alice, "lists?is_archived=false") == ["Inbox"]
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_lists_come_by_position_and_in_pages(alice: Api, bob: Api) -> None:
    for name, position in (("last", 9), ("first", -1), ("second", 0.5), ("third", 0.5)):
        alice.make_list(name, position=position)
    assert names(alice) == ["first", "second", "third", "Inbox", "last"]
    found: list[str] = []
    token, url = None, "lists?page_size=2"
    while True:
        page = alice.get(url if token is None else f"{url}&page_token={token}").get_json()
        found += [one["name"] for one in page["lists"]]
        if page["next_page_token"] is None:
            break
        token = page["next_page_token"]
    assert found == names(alice)
    problem(bob.get(f"{url}&page_token={token}"), 400, "bad-page-token")
    problem(alice.get(f"{url}&page_token={token}&is_archived=true"), 400, "bad-page-token")


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_members_see_a_list_and_only_its_owner_changes_it(
    alice: Api, bob: Api, share: Share, role: str
) -> None:
    made = alice.make_list()
    path = f"lists/{made['id']}"
    share(made["id"], bob, role)
    assert bob.get(path).get_json() == made | {"my_role": role}
    assert names(bob) == ["Inbox", "Groceries"]
    for refused in (bob.patch(path, {"name": "Mine"}), bob.put(path, {"name": "Mine"})):
        assert problem(refused, 403, "insufficient-role")["role"] == role
    assert alice.get(path).get_json() == made


def test_a_stranger_is_told_of_no_list(alice: Api, bob: Api) -> None:
    path = f"lists/{alice.make_list()['id']}"
    for where in (path, "lists/999999"):
        problem(bob.get(where), 404, "not-found")
        problem(bob.patch(where, {"name": "Mine"}), 404, "not-found")
        problem(bob.put(where, {"name": "Mine"}), 404, "not-found")
    assert names(bob) == ["Inbox"]


def test_the_scopes_are_those_of_todos(person: Callable[..., Api]) -> None:
    reader, writer = person("dave", ["todos:read"]), person("erin", ["todos:write"])
    refused = problem(reader.post("lists", {"name": "x"}), 403, "insufficient-scope")
    assert refused["required_scope"] == "todos:write"
    refused = problem(writer.get("lists"), 403, "insufficient-scope")
    assert refused["required_scope"] == "todos:read"
    assert reader.get("lists").status_code == 200
    assert writer.post("lists", {"name": "x"}).status_code == 201


def test_what_is_in_the_trash_does_not_change(app: Flask, alice: Api) -> None:
    made = alice.make_list()
    path = f"lists/{made['id']}"
    with app.app_context(), unit_of_work() as unit:
        trashed = db.session.get_one(TodoList, made["id"])
        trashed.deleted_at, trashed.trashed_by = utcnow(), unit.operation_id
    problem(alice.patch(path, {"name": "x"}), 409, "in-trash")
    problem(alice.put(path, {"name": "x"}), 409, "in-trash")
    assert alice.get(path).get_json()["deleted_at"]
    assert names(alice) == ["Inbox"]
