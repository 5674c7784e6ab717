"""`validate_only`: every write can be tried, and a try leaves nothing behind."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.api import Api, wrong
from tests.support.jobs import dead_job
from tests.support.logins import PASSWORD, log_in
from todoapp.api.openapi import operations
from todoapp.db import Base, db
from todoapp.schemas.query import WriteQuery

#: Method, path, body: calls that succeed.
GOOD: list[tuple[str, str, Any]] = [
    ("POST", "todos", {"title": "x", "tags": ["a"], "parent_id": "{todo}"}),
    ("PATCH", "todos/{todo}", {"title": "y", "tags": ["b"], "list_id": "{list}"}),
    ("PUT", "todos/{todo}", {"title": "y"}),
    ("DELETE", "todos/{todo}", None),
    ("DELETE", "todos/{todo}?purge=true", None),
    ("POST", "todos/{trashed}/restore", None),
    ("POST", "todos/batch", {"operations": [{"op": "create", "todo": {"title": "x"}}]}),
    ("POST", "changes/{change}/undo", None),
    ("PATCH", "tags/z", {"name": "y"}),
    ("DELETE", "tags/z", None),
    ("POST", "lists", {"name": "x"}),
    ("PATCH", "lists/{list}", {"name": "x"}),
    ("PUT", "lists/{list}", {"name": "x"}),
    ("DELETE", "lists/{list}", None),
    ("POST", "lists/{gone}/restore", None),
    ("PUT", "lists/{list}/members/carol", {"role": "editor"}),
    ("PUT", "lists/{list}/members/bob", {"role": "owner"}),
    ("DELETE", "lists/{list}/members/bob", None),
    ("POST", "views", {"name": "x", "filter": "priority = high", "list_id": "{list}"}),
    ("PATCH", "views/{view}", {"name": "x", "list_id": "{list}"}),
    ("PUT", "views/{view}", {"name": "x", "sort": "title"}),
    ("DELETE", "views/{view}", None),
    ("POST", "api-keys", {"name": "x", "scopes": ["todos:read"]}),
    ("PATCH", "api-keys/{key}", {"name": "x"}),
    ("POST", "api-keys/{key}/rotate", {"grace_hours": 0}),
    ("DELETE", "api-keys/{key}", None),
    ("POST", "auth/token", {"username": "alice", "password": PASSWORD}),
    ("POST", "auth/refresh", {"refresh_token": "{refresh_token}"}),
    ("POST", "auth/revoke", {"token": "{refresh_token}"}),
    ("DELETE", "sessions/{session}", None),
    ("DELETE", "sessions", None),
    ("PATCH", "me", {"timezone": "Asia/Tokyo"}),
    ("PUT", "me/password", {"current_password": PASSWORD, "new_password": "new horse"}),
]
#: Those of administrators.
GOOD_FOR_ADMINISTRATORS: list[tuple[str, str, Any]] = [
    ("POST", "users", {"username": "ada"}),
    ("PATCH", "users/bob", {"role": "admin", "password": "correct horse"}),
    ("PATCH", "users/bob", {"is_active": False}),
    ("DELETE", "users/bob", None),
    ("POST", "jobs/{job}/retry", None),
    ("DELETE", "jobs/{job}", None),
]
#: Calls that are refused, each for another reason.
BAD: list[tuple[str, str, Any]] = [
    ("POST", "todos", {"titel": "x", "priority": "urgent"}),
    ("POST", "todos", {"title": "x", "list_id": 10**9}),
    ("PATCH", "todos/{todo}", {"title": "y", "version": 99}),
    ("PATCH", "todos/{trashed}", {"title": "y"}),
    ("DELETE", "todos/{trashed}", None),
    ("POST", "todos/{todo}/restore", None),
    ("PATCH", "lists/{inbox}", {"is_archived": True}),
    ("PUT", "lists/{list}/members/nobody", {"role": "editor"}),
    ("DELETE", "lists/{list}/members/alice", None),
    ("POST", "views", {"name": "x", "filter": "pirority = high", "sort": "age"}),
    ("PATCH", "views/{view}", {"name": "x", "list_id": 10**9}),
    ("POST", "api-keys", {"name": "x", "scopes": ["admin"]}),
    ("POST", "api-keys/{key}/rotate", {"expires_in": "2d"}),
    ("DELETE", "lists/{list}/nothing", None),
    ("PATCH", "me", {"timezone": "Mars/Base"}),
    ("PUT", "me/password", {"current_password": PASSWORD, "new_password": "password"}),
    ("POST", "users", {"username": "ada"}),
]


@pytest.fixture
def alice(person: Callable[..., Api]) -> Api:
    """The one who owns things, and has a password."""
    return person("alice", password=PASSWORD)


@pytest.fixture
def ids(app: Flask, alice: Api, bob: Api, carol: Api, share: Callable[..., None]) -> dict[str, Any]:
    refresh_token = log_in(app, "alice")["refresh_token"]
    done = alice.post("todos", {"title": "Done"})
    trashed = alice.todo("Trashed")
    alice.delete(f"todos/{trashed['id']}")
    gone = alice.make_list("Gone")["id"]
    alice.delete(f"lists/{gone}")
    groceries = alice.make_list()["id"]
    share(groceries, bob, "viewer")
    return {
        "change": int(done.headers["Change-Id"]),
        "gone": gone,
        "todo": alice.todo("Kept", tags=["z"])["id"],
        "trashed": trashed["id"],
        "list": groceries,
        "inbox": trashed["list_id"],
        "view": alice.made("views", {"name": "Mine"})["id"],
        "key": alice.made("api-keys", {"name": "spare", "scopes": ["account"]})["id"],
        "refresh_token": refresh_token,
        "session": alice.get("sessions").get_json()["sessions"][0]["id"],
    }


def filled(body: Any, ids: dict[str, Any]) -> Any:
    """Return `body` with the ids that it names in braces."""
    if body is None:
        return None
    return {
        name: ids[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value
        for name, value in body.items()
    }


def everything(app: Flask) -> dict[str, Any]:
    """Return every row of every table, and on SQLite the counters of ids.

    What is counted of logins is left out: a password that is only tried is guessed all the same.
    """
    with app.app_context(), db.engines["reads"].connect() as connection:
        rows = {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in Base.metadata.sorted_tables
            if table.name != "login_attempt"
        }
        if connection.dialect.name == "sqlite":
            counters = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
            rows["counters"] = sorted(map(repr, counters))
    return rows


def tried(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}validate_only=true"


@pytest.mark.parametrize(("method", "path", "body"), GOOD, ids=[f"{m} {p}" for m, p, _ in GOOD])
def test_a_try_that_succeeds_changes_nothing(
    app: Flask, alice: Api, ids: dict[str, Any], method: str, path: str, body: Any
) -> None:
    path, body = path.format(**ids), filled(body, ids)
    before = everything(app)
    response = alice.call(method, tried(path), body)
    assert (response.status_code, response.get_json()) == (200, {"valid": True})
    assert "Change-Id" not in response.headers
    assert everything(app) == before
    assert alice.call(method, path, body).status_code < 300  # and for real it works
    assert everything(app) != before


@pytest.mark.parametrize(("method", "path", "body"), GOOD_FOR_ADMINISTRATORS)
def test_a_try_of_an_administrator_changes_nothing(
    app: Flask, person: Callable[..., Api], bob: Api, method: str, path: str, body: Any
) -> None:
    root = person("root", ["admin"], role="admin")
    root.get("me")  # that it was used is written now
    path = path.format(job=dead_job(app))
    before = everything(app)
    response = root.call(method, tried(path), body)
    assert (response.status_code, response.get_json()) == (200, {"valid": True})
    assert everything(app) == before
    assert root.call(method, path, body).status_code < 300
    assert everything(app) != before


@pytest.mark.parametrize(("method", "path", "body"), BAD, ids=[f"{m} {p}" for m, p, _ in BAD])
def test_a_try_that_fails_says_what_the_real_call_says(
    app: Flask, alice: Api, ids: dict[str, Any], method: str, path: str, body: Any
) -> None:
    path, body = path.format(**ids), filled(body, ids)
    before = everything(app)
    answers = [alice.call(method, target, body) for target in (tried(path), path)]
    problems = [{**answer.get_json(), "request_id": None} for answer in answers]
    assert problems[0] == problems[1]
    assert [answer.status_code for answer in answers] == [problems[0]["status"]] * 2
    assert everything(app) == before


def test_it_is_true_or_false(alice: Api) -> None:
    assert wrong(alice.post("todos?validate_only=1", {"title": "x"})) == {"validate_only": "type"}
    assert alice.post("todos?validate_only=false", {"title": "x"}).status_code == 201


def test_a_read_knows_no_such_thing(alice: Api) -> None:
    assert wrong(alice.get("todos?validate_only=true")) == {"validate_only": "unknown"}


def test_every_write_can_be_tried(app: Flask) -> None:
    writes = [(name, op) for _, method, name, op in operations(app) if method != "get"]
    assert len(writes) > 10
    assert [name for name, op in writes if not issubclass(op.query, WriteQuery)] == []
