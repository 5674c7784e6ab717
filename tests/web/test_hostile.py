"""Whatever a client sends, to every route: never a 5xx, always the documented shape."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.api import Api, problem
from tests.support.hostile import (
    BODIES,
    HEADER_GROUPS,
    HEADER_VALUES,
    IDS,
    QUERIES,
    TITLES,
    VALUES,
    WORDS,
)
from tests.support.jobs import dead_job
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.limits import SessionKind
from todoapp.schemas.api_key import KeyCreate
from todoapp.schemas.auth import LoginBody, RefreshBody, RevokeBody
from todoapp.schemas.strict import Strict
from todoapp.schemas.todo import TodoCreate
from todoapp.schemas.todo_list import ListCreate
from todoapp.schemas.user import UserPatch
from todoapp.schemas.view import ViewCreate
from todoapp.services import sessions

JSON = "application/json"
#: DELETE comes last: afterwards there is little left to be hostile to.
METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "BREW", "POST", "PATCH", "PUT", "DELETE")
FIELDS = {
    "/api/v1/todos": [*TodoCreate().fields, "version"],
    "/api/v1/lists": [*ListCreate().fields, "version"],
    "/api/v1/views": [*ViewCreate().fields, "version"],
    "/api/v1/api-keys": [*KeyCreate().fields, "version"],
    "/todos": ["title", "completed", "order"],
}
#: What has nothing to do with the database is tried on one engine only.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Stage:
    """What alice has, for the arguments of the routes."""

    def __init__(self, alice: Api) -> None:
        key = alice.made("api-keys", {"name": "spare", "scopes": ["account"]})
        self.arguments = {
            "todo_id": alice.todo(tags=["swagger-ui.css"])["id"],
            "list_id": alice.make_list()["id"],
            "view_id": alice.made("views", {"name": "x"})["id"],
            "change_id": int(alice.post("lists", {"name": "x"}).headers["Change-Id"]),
            "key_id": key["id"],
            "username": "alice",
            "session_id": self._log_in(alice),
            "job_id": dead_job(alice.app),
            "code": "malformed",
            "name": "swagger-ui.css",  # a file of the reference, and the tag above
            "version": "0",  # of the style sheets
        }

    @staticmethod
    def _log_in(alice: Api) -> int:
        assert alice.actor
        with alice.app.app_context(), unit_of_work():
            user_id, lasts = alice.actor.user_id, timedelta(days=1)
            return sessions.open(user_id, SessionKind.TOKEN, lasts=lasts, at=utcnow()).id

    def path(self, rule: Rule, **changed: str) -> str:
        """Return the path of `rule`."""
        arguments = {**self.arguments, **changed}
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(arguments[match[1]]), rule.rule)


def rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def every_call(app: Flask, alice: Api, *, own: bool = True) -> Iterator[tuple[str, str]]:
    """Yield every route with each of its own methods, or with every method there is."""
    stage = Stage(alice)
    for method in METHODS:
        chosen = [
            rule for rule in rules(app) if not own or method in rule.methods - {"HEAD", "OPTIONS"}
        ]
        for path in dict.fromkeys(stage.path(rule) for rule in chosen):
            yield method, path


def is_well_formed(response: TestResponse) -> None:
    """Fail for a 5xx, and for an error without the shape of its face."""
    request, status = response.request, response.status_code
    if status < 400:
        return
    said = f"{request.method} {request.path[:80]!r} {status} {response.data[:300]!r}"
    assert status < 500, said
    if request.method == "HEAD":
        return
    if response.mimetype == "application/problem+json":
        document = response.get_json()
        assert document["status"] == status, said
        assert document["request_id"] == response.headers["Request-Id"], said
        assert document["type"].endswith(f"/problems/{document['code']}"), said
    elif request.path.startswith(("/todos", "/secret_todos")):
        assert response.mimetype == "application/json", said
        assert list(response.get_json()) == ["error"], said
    else:
        assert not request.path.startswith("/api/"), said
        assert response.mimetype == "text/html", said


@one_engine
@pytest.mark.parametrize("name", ["empty", "broken", "empty object", "16 MiB"])
def test_no_method_breaks_anything(app: Flask, alice: Api, name: str) -> None:
    for method, path in every_call(app, alice, own=False):
        is_well_formed(alice.call(method, path, data=BODIES[name], content_type=JSON))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_body_breaks_anything(app: Flask, alice: Api, body: bytes) -> None:
    for method, path in every_call(app, alice):
        if method != "GET":
            is_well_formed(alice.call(method, path, data=body, content_type=JSON))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("deep closed arrays", 400),
        ("33 levels", 400),
        ("bad UTF-8", 400),
        ("UTF-8 surrogate", 400),
        ("lone surrogate", 400),
        ("lone surrogate in a name", 400),
        ("NaN", 400),
        ("duplicate names", 400),
        ("empty", 400),
        ("null", 422),
        ("array", 422),
        ("NUL", 422),
        ("overflowing float", 422),
        ("5000 digits", 422),
        ("1 MiB and a byte", 413),
        ("16 MiB", 413),
    ],
)
def test_a_hostile_body_is_refused(alice: Api, name: str, status: int) -> None:
    todo = alice.todo()
    for method, path in (("POST", "todos"), ("PATCH", f"todos/{todo['id']}")):
        body = BODIES[name]
        response = alice.call(method, path, data=body, content_type=JSON)
        assert response.status_code == status, response.text
    assert alice.ids() == [todo["id"]]


@pytest.mark.parametrize("path", FIELDS)
def test_no_value_of_a_field_breaks_anything(alice: Api, path: str) -> None:
    one = alice.made(path, {"title": "x"} if "todos" in path else _required(path))["id"]
    change = "PATCH" if path == "/api/v1/api-keys" else "PUT"
    for field in FIELDS[path]:
        for value in VALUES:
            for method, where in (("POST", path), (change, f"{path}/{one}")):
                is_well_formed(alice.call(method, where, {**_required(path), field: value}))


@pytest.mark.parametrize(
    ("path", "body"), [("token", LoginBody), ("refresh", RefreshBody), ("revoke", RevokeBody)]
)
def test_no_value_breaks_logging_in(app: Flask, path: str, body: type[Strict]) -> None:
    for field in body().fields:
        for value in VALUES:
            sent = {**dict.fromkeys(body().fields, "x"), field: value}
            is_well_formed(Api(app).post(f"auth/{path}", sent))


def _required(path: str) -> dict[str, Any]:
    if path == "/api/v1/api-keys":
        return {"name": "x", "scopes": ["account"]}
    return {"title": "x"} if "todos" in path else {"name": "x"}


def test_no_value_sent_of_a_person_breaks_anything(person: Callable[..., Api], bob: Api) -> None:
    root = person("root", ["account", "admin"], role="admin", password="correct horse")
    passwords = {"current_password": "correct horse", "new_password": "battery staple"}
    for value in VALUES:
        for field in (*UserPatch().fields, "username"):
            is_well_formed(root.post("users", {"username": "ada", field: value}))
            is_well_formed(root.patch("users/bob", {field: value}))
            is_well_formed(root.patch("me", {field: value}))
        for field in passwords:
            is_well_formed(root.put("me/password", {**passwords, field: value}))


def test_no_name_and_no_query_of_people_breaks_anything(
    person: Callable[..., Api], bob: Api
) -> None:
    root = person("root", ["admin"], role="admin")
    for odd in IDS:
        for method in ("GET", "PATCH", "DELETE"):
            body = {"data": b"{}", "content_type": JSON} if method == "PATCH" else {}
            response = root.call(method, f"users/{odd}", **body)
            is_well_formed(response)
            assert response.status_code in (404, 405), (method, odd, response.status)
    for word in WORDS:
        for name in ("lists_to", "lists", "version"):
            is_well_formed(root.delete(f"users/bob?{name}={quote(word)}"))
        for name in ("is_active", "page_size", "page_token"):
            is_well_formed(root.get(f"users?{name}={quote(word)}"))


@one_engine
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:20])
def test_no_query_string_breaks_anything(app: Flask, alice: Api, query: str) -> None:
    for method, path in every_call(app, alice):
        is_well_formed(alice.call(method, path, query_string=query))


def test_no_value_of_a_parameter_breaks_anything(app: Flask, alice: Api) -> None:
    stage = Stage(alice)
    for rule in rules(app):
        declared = getattr(app.view_functions[rule.endpoint], "operation", None)
        fields = declared.query().fields if declared else {}
        for name, field in fields.items():
            for word in WORDS:
                query = f"{field.data_key or name}={quote(word)}"
                method = min(rule.methods - {"HEAD", "OPTIONS"})
                is_well_formed(alice.call(method, stage.path(rule), query_string=query))


@one_engine
@pytest.mark.parametrize("names", HEADER_GROUPS, ids=lambda names: names[0])
def test_no_header_breaks_anything(app: Flask, alice: Api, names: tuple[str, ...]) -> None:
    caller = Api(app) if "Authorization" in names else alice
    for method, path in every_call(app, alice):
        for value in HEADER_VALUES:
            headers = {"Content-Type": JSON, **dict.fromkeys(names, value)}
            is_well_formed(caller.call(method, path, data=b"{}", headers=headers))


def test_no_path_breaks_anything(app: Flask, alice: Api) -> None:
    stage = Stage(alice)
    for rule in rules(app):
        for name, odd in product(rule.arguments, IDS):
            for method in sorted(rule.methods):
                body = {"data": b"{}", "content_type": JSON} if method != "GET" else {}
                response = alice.call(method, stage.path(rule, **{name: odd}), **body)
                is_well_formed(response)
                if name.endswith("_id") and method != "OPTIONS":
                    # A page looks nothing up for a form without a token, nor for a stranger.
                    refused = (303, 400, 404) if rule.endpoint.startswith("admin.") else (404,)
                    if name == "job_id":  # for administrators
                        refused += (403,)
                    assert response.status_code in refused, (method, rule.rule, response.status)


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/.git/config",
        "/instance/todoapp.db",
        "/static/../wsgi.py",
        "/static/%2e%2e/wsgi.py",
        "/static/..%2fwsgi.py",
        "/static//etc/passwd",
        "/docs/assets/%2e%2e/__init__.py",
        "/docs/assets/..%5c__init__.py",
        "/%00",
        "/<script>alert(1)</script>",
    ],
)
def test_nothing_is_served_that_is_not_meant_to_be(app: Flask, path: str) -> None:
    for accept in ("text/html", "*/*"):
        response = Api(app).get(path, headers={"Accept": accept})
        assert response.status_code == 404
        assert response.mimetype != "text/html" or b"<script>alert" not in response.data


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_title_is_text_and_comes_back_as_it_went(alice: Api, title: str) -> None:
    todo = alice.todo(title, description=title, tags=[title.replace(",", "")[:60]])
    assert (todo["title"], todo["description"]) == (title, title)
    assert alice.get(f"todos/{todo['id']}").get_json() == todo
    assert alice.get("todos").get_json()["todos"] == [todo]
    assert alice.get("/todos").get_json()[0]["title"] == title
    found = alice.get("todos", query_string={"tags": todo["tags"][0], "fields": "title"})
    assert found.get_json()["todos"] == [{"title": title}]
    change = alice.get(f"todos/{todo['id']}/history").get_json()["changes"][0]
    assert change["diff"]["title"] == [None, title]


def test_hostile_text_in_a_parameter_is_repeated_as_data(alice: Api) -> None:
    name = TITLES["markup"]
    document = problem(alice.get("todos", query_string={name: "x"}), 422, "validation-failed")
    assert document["errors"][0]["parameter"] == name
