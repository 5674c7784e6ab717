"""Who may change which todos: strangers see nothing, viewers change nothing, keys have scopes."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.api import Api, problem, wrong

Share = Callable[[int, Api, str], None]

#: Every way to change a todo: method, what follows its path, body.
WRITES = [
    ("PATCH", "", {"title": "Mine"}),
    ("PUT", "", {"title": "Mine"}),
    ("DELETE", "", None),
    ("DELETE", "?purge=true", None),
    ("POST", "/restore", None),
]
EVERYTHING = [("GET", "", None), ("GET", "/history", None), *WRITES]


@pytest.mark.parametrize(("method", "tail", "body"), EVERYTHING)
def test_what_a_stranger_may_not_see_answers_like_what_is_not_there(
    alice: Api, bob: Api, method: str, tail: str, body: Any
) -> None:
    todo = alice.todo()
    hidden = problem(bob.call(method, f"todos/{todo['id']}{tail}", body), 404, "not-found")
    missing = problem(bob.call(method, f"todos/999999{tail}", body), 404, "not-found")
    differs = {"instance": "", "request_id": ""}
    assert hidden | differs == missing | differs
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


@pytest.mark.parametrize("todo_id", ["0", "-1", "01", "x", str(2**53 + 1), "9" * 40, "1.0"])
def test_what_is_no_id_is_not_found(alice: Api, todo_id: str) -> None:
    problem(alice.get(f"todos/{todo_id}"), 404, "not-found")


def test_a_stranger_sees_no_todos(alice: Api, bob: Api) -> None:
    alice.todo()
    assert bob.ids() == []


@pytest.mark.parametrize(("method", "tail", "body"), WRITES)
def test_a_viewer_changes_nothing(
    alice: Api, bob: Api, share: Share, method: str, tail: str, body: Any
) -> None:
    todo = alice.todo(list_id=alice.make_list()["id"])
    share(todo["list_id"], bob, "viewer")
    refused = bob.call(method, f"todos/{todo['id']}{tail}", body)
    assert problem(refused, 403, "insufficient-role")["role"] == "viewer"
    assert bob.get(f"todos/{todo['id']}").get_json() == todo


def test_a_viewer_puts_nothing_into_the_list(alice: Api, bob: Api, share: Share) -> None:
    groceries = alice.make_list()
    share(groceries["id"], bob, "viewer")
    own = bob.todo()
    body = {"title": "x", "list_id": groceries["id"]}
    problem(bob.post("todos", body), 403, "insufficient-role")
    problem(bob.patch(f"todos/{own['id']}", body), 403, "insufficient-role")


def test_an_editor_changes_what_others_made(alice: Api, bob: Api, share: Share) -> None:
    todo = alice.todo(list_id=alice.make_list()["id"])
    share(todo["list_id"], bob, "editor")
    changed = bob.patch(f"todos/{todo['id']}", {"title": "Ours", "assigned_to": "bob"}).get_json()
    assert (changed["title"], changed["assigned_to"]) == ("Ours", "bob")
    assert changed["created_by"] == "alice"
    assert bob.todo(list_id=todo["list_id"])["created_by"] == "bob"
    assert bob.delete(f"todos/{todo['id']}").status_code == 204
    assert alice.post(f"todos/{todo['id']}/restore").status_code == 200


@pytest.mark.parametrize(("method", "tail", "body"), [*WRITES, ("POST", None, {"title": "x"})])
def test_a_key_that_only_reads_changes_nothing(
    alice: Api, person: Callable[..., Api], method: str, tail: str | None, body: Any
) -> None:
    dave = person("dave", ["todos:read"])
    path = "todos" if tail is None else f"todos/1{tail}"
    refused = problem(dave.call(method, path, body), 403, "insufficient-scope")
    assert refused["required_scope"] == "todos:write"


def test_a_key_that_only_writes_reads_nothing(person: Callable[..., Api]) -> None:
    dave = person("dave", ["todos:write"])
    todo = dave.todo()
    for path in ("todos", f"todos/{todo['id']}", f"todos/{todo['id']}/history", "lists"):
        refused = problem(dave.get(path), 403, "insufficient-scope")
        assert refused["required_scope"] == "todos:read"


@pytest.mark.parametrize("name", ["list_id", "parent_id"])
def test_a_reference_to_what_is_hidden_is_worded_like_one_to_nothing(
    alice: Api, bob: Api, name: str
) -> None:
    def alike(response: TestResponse) -> Any:
        assert wrong(response) == {f"/{name}": "unknown"}
        return response.get_json()["errors"]

    hidden = alice.todo()[{"list_id": "list_id", "parent_id": "id"}[name]]
    own = bob.todo()
    for method, path in (("POST", "todos"), ("PATCH", f"todos/{own['id']}")):
        refused = alike(bob.call(method, path, {"title": "x", name: hidden}))
        missing = alike(bob.call(method, path, {"title": "x", name: 999_999}))
        assert refused == missing


def test_somebody_who_is_not_a_member_is_like_nobody(alice: Api, bob: Api) -> None:
    refused = problem(
        alice.post("todos", {"title": "x", "assigned_to": "bob"}), 422, "validation-failed"
    )
    missing = problem(
        alice.post("todos", {"title": "x", "assigned_to": "zed"}), 422, "validation-failed"
    )
    detail = refused["errors"][0]["detail"]
    assert detail.replace("bob", "zed") == missing["errors"][0]["detail"]


def test_all_that_does_not_fit_the_list_is_told_at_once(alice: Api) -> None:
    response = alice.post("todos", {"title": "x", "parent_id": 999_999, "assigned_to": "bob"})
    assert wrong(response) == {"/parent_id": "unknown", "/assigned_to": "not_a_member"}


def test_an_override_of_the_method_does_nothing(alice: Api) -> None:
    todo = alice.todo()
    headers = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}
    assert alice.get(f"todos/{todo['id']}", headers=headers).get_json() == todo
    assert alice.get(f"todos/{todo['id']}").get_json() == todo
