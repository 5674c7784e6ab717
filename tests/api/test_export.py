"""Exports: the very todos that the same filters list, whole, in both formats."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.test_todo_pages import walk
from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Unauthenticated, Unavailable
from todoapp.models import ApiKey, ApiKeyList
from todoapp.schemas.todo import TODO_FIELDS
from todoapp.services import api_keys, export, todo_pages

BYTE_ORDER_MARK = "\ufeff"


def lines(api: Api, query: str = "") -> list[Any]:
    """Return the todos of an export as JSON lines."""
    response = api.get(f"todos/export?{query}")
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.data.splitlines()]


def cells(api: Api, query: str = "") -> list[dict[str, str]]:
    """Return the todos of an export as CSV, as a spreadsheet has them."""
    response = api.get(f"todos/export?format=csv&{query}")
    assert response.status_code == 200, response.text
    text = response.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few todos be many."""
    monkeypatch.setattr(export, "CHUNK", 3)


@pytest.fixture
def todos(alice: Api, bob: Api, share: Any) -> list[Any]:
    """Return alice's todos, of three lists; another one is bob's alone."""
    shared, own = bob.make_list("Shared")["id"], alice.make_list("Own")["id"]
    share(shared, alice, "viewer")
    made = []
    for number in range(8):
        values: dict[str, Any] = {
            "priority": ("low", "critical")[number % 2],
            "due_date": (None, "2030-01-02", "2030-01-02T12:00:00.5Z")[number % 3],
            "status": ("pending", "completed")[number % 2],
            "tags": ["home", "Straße"][: number % 3],
            "position": (1, 2.5, -3)[number % 3],
        }
        who, list_id = ((alice, None), (alice, own), (bob, shared))[number % 3]
        made.append(who.todo(f"Number {7 - number}, “quoted”", list_id=list_id, **values))
    bob.todo("Bob's own")
    return made


def test_every_line_is_the_todo_as_it_is_read(alice: Api, todos: list[Any]) -> None:
    response = alice.get("todos/export")
    assert response.mimetype == "application/jsonl"
    read = [alice.get(f"todos/{todo['id']}").data for todo in todos]
    assert response.data == b"".join(read)


@pytest.mark.parametrize(
    "query",
    [
        *("sort=id", "sort=-id", "sort=title", "sort=-due_date", "sort=due_date"),
        *("sort=completed_at", "sort=-updated_at", "sort=position", "sort=-priority"),
        *(
            "status=pending&sort=id",
            "tags=home&sort=-id",
            "due=any&sort=id",
            "due=none&sort=-title",
        ),
        *(
            "created_by=bob&sort=id",
            "q=number",
            "q=number+2&sort=-created_at",
            "priority=low&sort=created_at",
        ),
        *("trashed=true&sort=id", "fields=id,title&sort=id", "fields=title&sort=title"),
    ],
)
def test_it_holds_what_the_pages_show_in_their_order(
    alice: Api, todos: list[Any], query: str
) -> None:
    alice.delete(f"todos/{todos[0]['id']}")
    shown = walk(alice, f"todos?{query}")
    assert shown
    assert lines(alice, query) == shown
    assert [row.get("id") for row in cells(alice, query)] == [
        str(todo["id"]) if "id" in todo else None for todo in shown
    ]


def test_without_a_sort_it_goes_by_id(alice: Api, todos: list[Any]) -> None:
    assert [todo["id"] for todo in lines(alice)] == [todo["id"] for todo in todos]
    assert [todo["id"] for todo in lines(alice, "q=number")] == [
        todo["id"] for todo in reversed(todos)
    ]


def test_what_changes_meanwhile_is_exported_once(app: Flask, alice: Api, bob: Api) -> None:
    """The order by id is one that no change disturbs."""
    own, other = alice.make_list("One")["id"], alice.make_list("Other")["id"]
    made = [alice.todo(f"{n}", list_id=(own, other)[n % 2]) for n in range(9)]
    assert alice.actor
    with app.app_context():
        now = utcnow()
        parts = export.parts(alice.actor, _query(), base="", now=now)
        first = next(parts)
        for todo in made:
            move = own if todo["list_id"] == other else other
            alice.patch(f"todos/{todo['id']}", {"title": "Changed", "list_id": move})
        rest = b"".join(parts)
    exported = [json.loads(line) for line in (first + rest).splitlines()]
    assert [todo["id"] for todo in exported] == [todo["id"] for todo in made]
    assert [todo["title"] for todo in exported] == ["0", "1", "2", *["Changed"] * 6]


def _query(**chosen: Any) -> dict[str, Any]:
    return {"sort": "id", "format": "jsonl", "trashed": False, **chosen}


def test_an_empty_export_is_empty_or_its_head(alice: Api) -> None:
    assert alice.get("todos/export").data == b""
    assert cells(alice) == []
    head = alice.get("todos/export?format=csv&fields=title,id").data
    assert head == b"\xef\xbb\xbftitle,id\r\n"


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_a_chunk_that_is_just_full_is_not_the_end_nor_repeated(alice: Api, count: int) -> None:
    made = [alice.todo()["id"] for _ in range(count)]
    assert [todo["id"] for todo in lines(alice)] == made


# The formats.


def test_csv_has_a_column_for_each_field(alice: Api, todos: list[Any]) -> None:
    response = alice.get("todos/export?format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    text = response.data.decode()
    assert text.startswith(BYTE_ORDER_MARK + ",".join(TODO_FIELDS) + "\r\n")
    assert text.count("\r\n") == text.count("\n") == len(todos) + 1


def test_csv_says_what_json_says(alice: Api, todos: list[Any]) -> None:
    for row, todo in zip(cells(alice), todos, strict=True):
        assert row == {name: _as_text(value) for name, value in todo.items()}


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value).replace("null", "")


def test_what_the_service_wrote_itself_is_left_alone(alice: Api) -> None:
    alice.todo(position=-3, due_date="2030-01-02")
    alice.todo(position=-0.5, due_date="2030-01-02T10:00:00Z")
    rows = cells(alice)
    assert [row["position"] for row in rows] == ["-3", "-0.5"]
    assert [row["due_date"] for row in rows] == ["2030-01-02", "2030-01-02T10:00:00Z"]


@pytest.mark.parametrize(
    ("accepted", "kind"),
    [
        (None, "application/jsonl"),
        ("*/*", "application/jsonl"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.5, application/jsonl", "application/jsonl"),
        ("text/*", "text/csv"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/jsonl"),
        ("image/png", "application/jsonl"),
    ],
)
def test_accept_chooses_where_format_does_not(alice: Api, accepted: str | None, kind: str) -> None:
    headers = {} if accepted is None else {"Accept": accepted}
    response = alice.get("todos/export", headers=headers)
    assert response.mimetype == kind
    assert "Accept" in response.headers.getlist("Vary")
    assert alice.get("todos/export?format=csv", headers=headers).mimetype == "text/csv"


def test_it_is_a_file_with_the_callers_day_in_its_name(person: Callable[..., Api]) -> None:
    early = person("early", timezone="Pacific/Kiritimati")
    assert early.actor
    day = utcnow().astimezone(early.actor.zone).date()
    response = early.get("todos/export?format=csv")
    assert (
        response.headers["Content-Disposition"] == f'attachment; filename="todos-{day}.csv"'
        or utcnow().astimezone(early.actor.zone).date() != day
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "ETag" not in response.headers
    assert "Content-Length" not in response.headers


def test_head_has_the_headers_and_reads_no_further(alice: Api, todos: list[Any]) -> None:
    got = alice.get("todos/export?format=csv")
    with counted(alice.app) as statements:
        response = alice.call("HEAD", "todos/export?format=csv")
    assert response.status_code == 200
    assert response.data == b""
    for name in ("Content-Type", "Content-Disposition"):
        assert response.headers[name] == got.headers[name]
    assert len(statements) == 2  # who it is, and the first of three chunks


# Refusals.


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("page_size=1", {"page_size": "unknown"}),
        ("page_token=x", {"page_token": "unknown"}),
        ("count=true", {"count": "unknown"}),
        ("format=xml", {"format": "choice"}),
        ("state=pending&sort=x", {"state": "unknown", "sort": "choice"}),
        ("fields=titel", {"fields": "choice"}),
        ("q=x&sort=title", {"sort": "choice"}),
        ("due_before=yesterday", {"due_before": "instant"}),
    ],
)
def test_what_is_wrong_is_said_before_the_first_byte(
    alice: Api, query: str, fields: dict[str, str]
) -> None:
    assert wrong(alice.get(f"todos/export?{query}")) == fields


def test_it_takes_a_key(app: Flask, person: Callable[..., Api]) -> None:
    problem(Api(app).get("todos/export"), 401, "unauthenticated")
    keeper = person("keeper", ["account"])
    problem(keeper.get("todos/export"), 403, "insufficient-scope")
    problem(keeper.get("todos/export?everyone=true"), 403, "insufficient-scope")
    reader = person("reader", ["todos:read"])
    problem(reader.get("todos/export?everyone=true"), 403, "insufficient-scope")


def test_it_counts_as_one_request(app: Flask, configured: Any, alice: Api, todos: Any) -> None:
    limited = Api(configured(rate_limit="10/60"), alice.key)
    limits = [limited.get("todos/export").headers["RateLimit"] for _ in range(2)]
    assert [limit.split(";")[1] for limit in limits] == ["r=9", "r=8"]


# Whose todos: API1 of OWASP.


def test_nobody_exports_what_they_do_not_see(
    app: Flask, alice: Api, bob: Api, carol: Api, todos: list[Any], person: Callable[..., Api]
) -> None:
    """ASVS 8.2.2: members, keys for some lists, everyone, strangers."""
    root = person("root", ["todos:read", "admin"], role="admin")
    limited = _limited(app, alice, todos[1]["list_id"])
    for caller, query in (
        *((caller, "sort=id") for caller in (alice, bob, carol, root, limited)),
        (root, "sort=id&everyone=true"),
        (root, "sort=title&everyone=true"),
        (root, f"list_id={todos[1]['list_id']}&everyone=true&sort=id"),
        (carol, f"list_id={todos[1]['list_id']}&sort=id"),
        (limited, f"list_id={todos[0]['list_id']}&sort=id"),
        (limited, "q=number"),
    ):
        shown = [todo["id"] for todo in walk(caller, f"todos?{query}")]
        assert [todo["id"] for todo in lines(caller, query)] == shown
        assert [row["id"] for row in cells(caller, query)] == [str(id_) for id_ in shown]
    assert lines(carol) == []
    assert {todo["list_id"] for todo in lines(limited)} == {todos[1]["list_id"]}
    assert len(lines(root, "everyone=true")) == len(todos) + 1


def _limited(app: Flask, who: Api, list_id: int) -> Api:
    assert who.actor
    with app.app_context(), unit_of_work():
        wanted = {"name": "limited", "scopes": ["todos:read"]}
        made = api_keys.issue(None, who.actor.user_id, wanted, at=utcnow())
        db.session.get_one(ApiKey, made.row.id).is_limited = True
        db.session.add(ApiKeyList(api_key_id=made.row.id, list_id=list_id))
    return Api(app, made.secret)


# While it is sent.


def _begun(api: Api, path: str = "todos/export", **headers: str) -> TestResponse:
    """Return the answer when its first part has come."""
    client = api.app.test_client(use_cookies=False)
    given = {"X-API-Key": api.key, **headers} if api.key else headers
    return client.get(f"/api/v1/{path}", headers=given)


def test_a_key_that_is_revoked_ends_it(alice: Api, todos: list[Any]) -> None:
    with _begun(alice) as response:
        parts = response.iter_encoded()
        assert len(next(parts).splitlines()) == 3
        me = alice.get("me").get_json()["api_key"]["id"]
        assert alice.delete(f"api-keys/{me}").status_code == 204
        with pytest.raises(Unauthenticated):
            next(parts)


def test_a_login_that_is_ended_ends_it(app: Flask, person: Callable[..., Api]) -> None:
    ada = person("ada", password="purple teapot 9 sings")
    for _ in range(4):
        ada.todo()
    body = {"username": "ada", "password": "purple teapot 9 sings"}
    token = Api(app).post("auth/token", body).get_json()["access_token"]
    with _begun(Api(app), Authorization=f"Bearer {token}") as response:
        parts = response.iter_encoded()
        next(parts)
        session = ada.get("sessions").get_json()["sessions"][0]["id"]
        assert ada.delete(f"sessions/{session}").status_code == 204
        with pytest.raises(Unauthenticated):
            next(parts)


def test_an_administrator_who_is_none_any_more_sees_no_more_of_the_others(
    app: Flask, todos: list[Any], person: Callable[..., Api]
) -> None:
    root = person("root", ["todos:read", "admin"], role="admin")
    other = person("other", ["account", "admin"], role="admin")
    with _begun(root, "todos/export?everyone=true") as response:
        parts = response.iter_encoded()
        next(parts)
        assert other.patch("users/root", {"role": "member"}).status_code == 200
        with pytest.raises(Unauthenticated):
            next(parts)


def test_whoever_is_put_out_of_a_list_gets_no_more_of_it(
    alice: Api, bob: Api, share: Any, app: Flask
) -> None:
    shared = alice.make_list()["id"]
    share(shared, bob, "viewer")
    for _ in range(7):
        alice.todo(list_id=shared)
    with _begun(bob) as response:
        assert bob.actor
        assert alice.delete(f"lists/{shared}/members/bob").status_code == 204
        assert len(response.data.splitlines()) == 3


def test_half_of_the_threads_send_files_and_no_more(configured: Any, alice: Api) -> None:
    alice.todo()
    busy = Api(configured(threads="5"), alice.key)
    held = [_begun(busy) for _ in range(2)]
    refused = busy.get("todos/export")
    problem(refused, 503, "busy")
    assert refused.headers["Retry-After"] == "1"
    assert busy.get("todos").status_code == 200
    held.pop().close()
    for method in ("GET", "HEAD"):  # both give their place back
        for _ in range(3):
            assert busy.call(method, "todos/export").status_code == 200
    held.pop().close()


def test_what_is_refused_takes_no_place(configured: Any, alice: Api) -> None:
    single = Api(configured(threads="1"), alice.key)
    away = patch.object(todo_pages, "page", side_effect=Unavailable("Away."))
    for _ in range(2):
        wrong(single.get("todos/export?sort=x"))
        with away:
            problem(single.get("todos/export"), 503, "unavailable")
    assert single.get("todos/export").status_code == 200
