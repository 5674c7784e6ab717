"""A key with a filter: of what its owner sees, it has the todos that the filter selects."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.api.test_api_keys import READ
from tests.support.api import Api, problem
from tests.support.row_scopes import SECRET, filled, keyed
from tests.support.statements import counted
from todoapp.api.openapi import operations

Share = Callable[[int, Api, str], None]


#: Queries that alone would each find both todos.
EVERYWHERE = [
    *("todos", "todos?sort=id", "todos?sort=-due_date", "todos?sort=title", "todos?sort=position"),
    *("todos?q=paint", "todos?q=paint&sort=-created_at", "todos?tags=paint"),
    *("todos?parent_id=none", "todos?created_by=alice", "todos?due=none", "todos?page_size=1"),
    *("todos?status=pending", "todos?completed=false", "todos?sort=-updated_at"),
]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_it_finds_what_the_filter_selects(
    alice: Api, bot: Api, inside: Any, outside: Any, path: str
) -> None:
    for todo in (inside, outside):
        alice.patch(f"todos/{todo['id']}", {"description": "paint"})
    assert set(alice.ids(path.replace("page_size=1", ""))) == {inside["id"], outside["id"]}
    page = bot.get(f"{path}{'&' if '?' in path else '?'}count=true").get_json()
    assert [todo["id"] for todo in page["todos"]] == [inside["id"]]
    assert (page["total_count"], page["next_page_token"]) == (1, None)


def test_the_trash_too(alice: Api, bot: Api, inside: Any, outside: Any) -> None:
    for todo in (inside, outside):
        alice.delete(f"todos/{todo['id']}")
    assert bot.ids("todos?trashed=true") == [inside["id"]]
    assert bot.get(f"todos/{inside['id']}").status_code == 200


def test_a_page_token_of_another_key_leads_to_its_own_rows(alice: Api, bot: Api) -> None:
    ids = [alice.todo(f"{n}", tags=["ci"] if n % 2 else [])["id"] for n in range(6)]
    token = alice.get("todos?sort=id&page_size=2").get_json()["next_page_token"]
    assert bot.ids(f"todos?sort=id&page_token={token}") == [ids[3], ids[5]]


def test_a_filter_and_lists_hold_together(alice: Api, inside: Any) -> None:
    there = alice.make_list()["id"]
    both = alice.todo("Both", list_id=there, tags=["ci"])["id"]
    alice.todo("Elsewhere", list_id=there)
    key = keyed(alice, list_ids=[there])
    assert key.ids() == [both]
    for todo_id in (inside["id"], both + 1):
        problem(key.get(f"todos/{todo_id}"), 404, "not-found")


def test_me_is_the_owner(alice: Api, bob: Api, share: Share) -> None:
    there = alice.make_list()["id"]
    share(there, bob, "editor")
    mine = alice.todo("Mine", list_id=there, assigned_to="alice")["id"]
    theirs = alice.todo("Theirs", list_id=there, assigned_to="bob")["id"]
    for who, seen in ((alice, mine), (bob, theirs)):
        key = keyed(who, "assigned_to = me")
        assert key.ids() == [seen]
        assert key.patch(f"todos/{seen}", {"title": "Done"}).status_code == 200


def test_it_sees_no_more_than_its_owner(alice: Api, bob: Api, inside: Any) -> None:
    key = keyed(bob)
    assert key.ids() == []
    problem(key.get(f"todos/{inside['id']}"), 404, "not-found")


#: What is done to a todo by its id.
BY_ID: list[tuple[str, str, Any]] = [
    ("GET", "todos/{id}", None),
    ("GET", "todos/{id}/history", None),
    ("PATCH", "todos/{id}", {"title": "x"}),
    ("PATCH", "todos/{id}", {"title": "x", "version": 99}),
    ("PATCH", "todos/{id}", {"tags": ["ci"]}),
    ("PATCH", "todos/{id}", {"title": 7}),
    ("PUT", "todos/{id}", {"title": "x", "tags": ["ci"]}),
    ("DELETE", "todos/{id}", None),
    ("DELETE", "todos/{id}?version=99", None),
    ("DELETE", "todos/{id}?purge=true", None),
    ("POST", "todos/{id}/restore", None),
    ("POST", "todos/batch", {"operations": [{"op": "update", "id": "{id}", "todo": {}}]}),
    ("POST", "todos/batch", {"operations": [{"op": "delete", "id": "{id}", "version": 9}]}),
    ("POST", "todos/batch", {"operations": [{"op": "restore", "id": "{id}"}]}),
]


@pytest.mark.parametrize("trashed", [False, True])
@pytest.mark.parametrize(("method", "path", "body"), BY_ID)
def test_a_todo_outside_is_one_that_is_not_there(
    alice: Api, bot: Api, outside: Any, method: str, path: str, body: Any, trashed: bool
) -> None:
    if trashed:
        alice.delete(f"todos/{outside['id']}")
    before = alice.get(f"todos/{outside['id']}").get_json()
    told = []
    for todo_id in (outside["id"], 987_654_321):
        for headers in ({}, {"If-None-Match": "*"}, {"If-Match": '"99"'}):
            response = bot.call(
                method, path.format(id=todo_id), filled(body, todo_id), headers=headers
            )
            refused = problem(response, 404, "not-found")
            told.append({**refused, "request_id": None, "instance": None})
    assert all(one == told[0] for one in told)
    assert alice.get(f"todos/{outside['id']}").get_json() == before


def test_also_where_its_owner_may_only_look(alice: Api, bob: Api, share: Share, app: Flask) -> None:
    there = alice.make_list()["id"]
    share(there, bob, "viewer")
    hidden = alice.todo(SECRET, list_id=there)["id"]
    seen = alice.todo("Build", list_id=there, tags=["ci"])["id"]
    key = keyed(bob)
    problem(key.patch(f"todos/{hidden}", {"title": "x"}), 404, "not-found")
    problem(key.patch(f"todos/{seen}", {"title": "x"}), 403, "insufficient-role")


CLOSED: list[tuple[str, str, Any]] = [
    ("GET", "tags", None),
    ("PATCH", "tags/ci", {"name": "x"}),
    ("DELETE", "tags/ci", None),
    ("GET", "changes", None),
    ("POST", "changes/{change}/undo", None),
    ("POST", "lists", {"name": "x"}),
    ("PATCH", "lists/{list}", {"name": "x"}),
    ("PUT", "lists/{list}", {"name": "x"}),
    ("DELETE", "lists/{list}", None),
    ("POST", "lists/{list}/restore", None),
    ("PUT", "lists/{list}/members/bob", {"role": "viewer"}),
    ("DELETE", "lists/{list}/members/bob", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CLOSED)
def test_what_does_not_keep_to_rows_is_closed(
    alice: Api, bot: Api, bob: Api, share: Share, method: str, path: str, body: Any
) -> None:
    there = alice.make_list()["id"]
    share(there, bob, "editor")
    made = alice.post("todos", {"title": "x", "tags": ["ci"], "list_id": there})
    filled = path.format(list=there, change=made.headers["Change-Id"])
    refused = problem(bot.call(method, filled, body), 403, "limited-key")
    assert refused["detail"] == "This key is limited to some todos, and this call is not."


def test_it_reads_the_lists_of_its_owner(alice: Api, bot: Api) -> None:
    there = alice.make_list("Groceries")["id"]
    assert {one["name"] for one in bot.get("lists").get_json()["lists"]} == {"Inbox", "Groceries"}
    assert bot.get(f"lists/{there}").status_code == 200
    [member] = bot.get(f"lists/{there}/members").get_json()["members"]
    assert member["username"] == "alice"


#: Calls that have nothing to do with todos, and that such a key lacks the scope for anyway.
ELSEWHERE = {"me", "api_keys", "auth", "sessions", "two_factor", "users", "docs"}


def test_no_call_gets_anything_of_a_todo_outside(
    app: Flask, alice: Api, bob: Api, share: Share, bot: Api
) -> None:
    """[8.2.2] Every operation is called about it; the tests above know all of those for todos."""
    there = alice.make_list()["id"]
    share(there, bob, "editor")
    made = alice.post("todos", {"title": SECRET, "tags": ["secret"], "list_id": there})
    todo = made.get_json()
    arguments = {
        "todo_id": todo["id"],
        "list_id": there,
        "change_id": made.headers["Change-Id"],
        "view_id": alice.post("views", {"name": SECRET}).get_json()["id"],
        "name": "secret",
        "username": "bob",
        "key_id": 1,
        "session_id": 1,
        "job_id": 1,
    }
    called = 0
    for rule, method, name, declared in operations(app):
        kind = app.view_functions[f"api.{name}"].__module__.rpartition(".")[2]
        if declared.public or kind in ELSEWHERE:
            continue
        path = rule.rule
        for part in rule.arguments:
            path = _placed(path, part, arguments)
        for body in _bodies(todo) if declared.body else [None]:
            response = bot.call(method.upper(), path, body)
            assert SECRET not in response.text, (method, path, body)
            assert todo["uid"] not in response.text, (method, path, body)
            called += 1
    assert called > 30
    assert alice.get(f"todos/{todo['id']}").get_json() == todo
    assert alice.get(f"lists/{there}").get_json()["version"] == 1


def _placed(path: str, part: str, arguments: dict[str, Any]) -> str:
    return re.sub(rf"<(\w+:)?{part}>", str(arguments[part]), path)


def _bodies(todo: Any) -> Iterator[Any]:
    todo_id = todo["id"]
    yield {}
    yield {"title": "x", "tags": ["ci"]}
    yield {"title": "x", "tags": ["ci"], "parent_id": todo_id, "list_id": todo["list_id"]}
    yield {"title": "x", "tags": ["ci"], "uid": todo["uid"], "list_id": todo["list_id"]}
    yield {"name": "x"}
    yield {"role": "viewer"}
    for op in ("update", "delete", "restore"):
        operation = {"op": op, "id": todo_id, "version": 9}
        yield {"operations": [operation | ({"todo": {"tags": ["ci"]}} if op == "update" else {})]}


def test_the_simple_face_keeps_to_the_filter(
    alice: Api, bot: Api, inside: Any, outside: Any
) -> None:
    for path in ("/todos", "/secret_todos"):
        assert [todo["id"] for todo in bot.get(path).get_json()] == [inside["id"]]
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = {"title": "x"} if method[0] == "P" else None
        response = bot.call(method, f"/todos/{outside['id']}", body)
        assert (response.status_code, response.get_json()) == (404, {"error": "Todo not found"})
    assert bot.patch(f"/todos/{inside['id']}", {"title": "y"}).get_json()["title"] == "y"
    assert bot.delete(f"/todos/{inside['id']}").status_code == 200


def test_the_simple_face_neither_adds_outside_nor_empties_all(
    alice: Api, bot: Api, inside: Any, outside: Any
) -> None:
    for method, body in (("POST", {"title": "x"}), ("DELETE", None)):
        response = bot.call(method, "/todos", body)
        assert response.status_code == 403
        assert set(response.get_json()) == {"error"}
    assert alice.ids("todos?sort=id") == [inside["id"], outside["id"]]


def test_reading_takes_no_statement_more(app: Flask, alice: Api, bot: Api, inside: Any) -> None:
    plain = Api(app, alice.made("api-keys", READ)["key"])
    for key in (plain, bot):
        key.ids()  # its first use is written down
        for path, most in (("todos", 2), (f"todos/{inside['id']}", 2)):
            with counted(app) as statements:
                assert key.get(path).status_code == 200
            assert len(statements) == most


def test_a_key_without_a_filter_pays_nothing_for_those_that_have_one(
    app: Flask, alice: Api, inside: Any
) -> None:
    with counted(app) as statements:
        alice.patch(f"todos/{inside['id']}", {"title": "x"})
    assert not [one for one in statements if "candidate" in one]
