"""The log: what each request leaves in it, and what nothing may leave in it."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, abort
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from tests.support import statements
from tests.support.api import Api
from todoapp.db import db, unit_of_work
from todoapp.errors import Unavailable
from todoapp.models import User
from todoapp.web import context
from todoapp.web.log import JsonLines, TextLines, Unquoted, hide

Lines = Callable[[], list[dict[str, Any]]]
SECRET = "hunter2"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """Return a function that gives what was logged, as production writes it."""
    logger = logging.getLogger("todoapp")
    logger.addHandler(caplog.handler)
    caplog.handler.setFormatter(JsonLines(context.present_id))
    yield lambda: [json.loads(line) for line in caplog.text.splitlines()]
    logger.removeHandler(caplog.handler)


def test_a_request_is_one_line_that_says_who_did_what(alice: Api, lines: Lines) -> None:
    todo = alice.post("todos", {"title": "Buy milk"}).get_json()
    alice.get(f"todos/{todo['id']}", headers={"X-Request-ID": "mine"})
    line = lines()[-1]
    assert alice.actor
    assert (
        line.items()
        >= {
            "level": "info",
            "logger": "todoapp.access",
            "message": "request",
            "request_id": "mine",
            "method": "GET",
            "path": f"/api/v1/todos/{todo['id']}",
            "route": "/api/v1/todos/<id:todo_id>",
            "status": 200,
            "user_id": alice.actor.user_id,
            "user": "alice",
            "session_id": None,
            "address": "127.0.0.1",
        }.items()
    )
    assert isinstance(line["key_id"], int)
    assert line["duration_ms"] >= line["sql_ms"] >= 0
    assert len(lines()) == 2


def test_nobody_at_nothing_is_a_line_too(app: Flask, lines: Lines) -> None:
    Api(app).get("/nothing")
    [line] = lines()
    assert (line["status"], line["route"], line["user"], line["sql_count"]) == (404, None, None, 0)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "todos/{id}", None),
        ("GET", "todos?status=pending&sort=due_date", None),
        ("POST", "todos", {"title": "Another"}),
        ("PATCH", "todos/{id}", {"title": "Better"}),
        ("GET", "stats", None),
        ("GET", "/todos", None),
    ],
)
def test_every_statement_counts_whoever_runs_it(
    alice: Api, lines: Lines, method: str, path: str, body: Any
) -> None:
    todo = alice.post("todos", {"title": "Buy milk"}).get_json()
    before = len(lines())
    with statements.counted(alice.app) as run:
        response = alice.call(method, path.format(**todo), json=body)
        told = [line["sql_count"] for line in lines()[before:] if line["message"] == "request"]
    assert response.status_code < 300
    assert told == [len(run)]
    assert run


def test_the_time_in_the_database_has_the_commit_in_it(
    alice: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10**6))
    monkeypatch.setattr("todoapp.db.perf_counter", lambda: next(ticks))  # a second for each look
    alice.post("todos", {"title": "Buy milk"})
    assert lines()[-1]["sql_ms"] >= 1000


def test_nothing_that_was_sent_is_in_the_log(alice: Api, lines: Lines) -> None:
    key, token = alice.key or "", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLWh1bnRlcjI"
    everywhere = {
        "Authorization": f"Bearer {token}",
        "Cookie": f"session={SECRET}",
        "User-Agent": SECRET,
        "Referer": f"http://localhost/?key={SECRET}",
        "X-Other": SECRET,
        "X-Request-ID": key,
        "Idempotency-Key": SECRET,
        "If-Match": f'"{SECRET}"',
    }
    body = {"title": SECRET, "description": SECRET}
    alice.post(f"todos?token={SECRET}", body, headers=everywhere)
    alice.call("POST", "todos", data=f"{{{SECRET}", headers={"Content-Type": "application/json"})
    alice.get(f"todos/{key}")
    alice.get(f"todos/{token}/more")
    Api(alice.app, f"{key}x").get("todos")
    Api(alice.app).post("auth/token", {"username": "alice", "password": SECRET})
    log = json.dumps(lines())
    assert len(lines()) == 6
    for secret in (SECRET, key, key[-16:], token, token[-16:]):
        assert secret not in log


@pytest.mark.parametrize("sign", "\n\x1b\x85\x9b\u2028\u202e\u2066")
def test_no_sign_that_a_terminal_obeys_is_in_a_line(
    app: Flask, caplog: pytest.LogCaptureFixture, lines: Lines, sign: str
) -> None:
    Api(app).get(f"/a{quote(sign)}[31mb\u00e9")
    assert sign not in caplog.text.removesuffix("\n")
    assert lines()[-1]["path"] == f"/a{sign}[31mb\u00e9"


def test_a_traceback_may_name_what_is_not_text() -> None:
    try:
        raise OSError("a\udcff")
    except OSError:
        record = logging.makeLogRecord({"msg": "job failed", "exc_info": sys.exc_info()})
    assert json.loads(JsonLines().format(record))["traceback"].endswith("OSError: a\\udcff")


def test_a_path_is_told_as_far_as_it_is_no_secret() -> None:
    long = "/api/v1/todos/123/history/and/so/on/and/so/on/for/very/long"
    assert hide(long) == long
    assert hide(f"/reset/{'k' * 43}/x") == "/reset/***/x"


def _unexpected(app: Flask) -> None:
    raise RuntimeError("a bug")


def _away(app: Flask) -> None:
    raise OperationalError("SELECT 1", None, Exception("away"))


def _outcome_unknown(app: Flask) -> None:
    raise Unavailable("It went away.")


def _aborted(app: Flask) -> None:
    abort(503)


def _refused_by_the_database(app: Flask) -> None:
    with unit_of_work():
        db.session.execute(insert(User).values(username=SECRET, email=SECRET))


@pytest.mark.parametrize(
    ("fail", "status", "kind"),
    [
        (_unexpected, 500, "RuntimeError: a bug"),
        (_away, 503, "OperationalError"),
        (_outcome_unknown, 503, "Unavailable"),
        (_aborted, 503, "ServiceUnavailable"),
        (_refused_by_the_database, 409, "IntegrityError"),
    ],
)
def test_an_error_of_ours_has_its_traceback_under_the_id_of_the_request(
    alice: Api,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
    fail: Callable[[Flask], None],
    status: int,
    kind: str,
) -> None:
    monkeypatch.setattr("todoapp.services.todo_pages.page", lambda *_a, **_k: fail(alice.app))
    with alice.app.test_client() as client:
        headers = {"X-API-Key": alice.key or "", "X-Request-ID": "the-one"}
        response = client.get("/api/v1/todos", headers=headers)
        assert response.status_code == status
    [failed] = [line for line in lines() if line["message"] != "request"]
    assert failed["request_id"] == "the-one"
    assert failed["level"] in ("error", "warning")
    assert failed["traceback"].startswith("Traceback")
    assert kind in failed["traceback"]
    assert f"in {fail.__name__}" in failed["traceback"]
    assert SECRET not in json.dumps(lines())


def test_a_probe_that_fails_says_why(
    app: Flask, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todoapp.services.health.revision", lambda: _away(app))
    assert Api(app).get("/readyz").status_code == 503
    failed, line = lines()
    assert failed["request_id"] == line["request_id"]
    assert "OperationalError" in failed["traceback"]


def record(**facts: Any) -> logging.LogRecord:
    told = {
        "request_id": "abc",
        "method": "GET",
        "path": "/api/v1/todos/7",
        "route": "/api/v1/todos/<id:todo_id>",
        "status": 200,
        "duration_ms": 12.3,
        "sql_count": 3,
        "sql_ms": 1.2,
        "user_id": 1,
        "user": "ada",
        "key_id": 2,
        "session_id": None,
        "address": "127.0.0.1",
    }
    made = {"name": "todoapp.access", "msg": "request", "levelname": "INFO"}
    return logging.makeLogRecord(made | {"created": 0.0, "facts": told | facts})


def test_a_person_reads_columns() -> None:
    lines = [
        TextLines().format(one)[9:]
        for one in (record(), record(method="DELETE", status=404, duration_ms=1234.5, user=None))
    ]
    assert lines == [
        "200 GET        12.3 ms   3 sql     1.2 ms ada        /api/v1/todos/7  "
        "route=/api/v1/todos/<id:todo_id> user_id=1 key_id=2 address=127.0.0.1 request_id=abc",
        "404 DELETE   1234.5 ms   3 sql     1.2 ms -          /api/v1/todos/7  "
        "route=/api/v1/todos/<id:todo_id> user_id=1 key_id=2 address=127.0.0.1 request_id=abc",
    ]


def test_a_terminal_has_colours() -> None:
    coloured = TextLines(coloured=True)
    assert "\033[32m200\033[0m" in coloured.format(record())
    assert "\033[31m503\033[0m" in coloured.format(record(status=503))
    assert "\033" not in TextLines().format(record(path="/\033[31m"))


def test_what_else_is_said_is_readable_too() -> None:
    made = {"name": "todoapp.errors", "msg": "unexpected", "levelname": "ERROR"}
    [line] = TextLines(lambda: "abc").format(logging.makeLogRecord(made)).splitlines()
    assert line[9:] == "ERROR todoapp.errors: unexpected request_id='abc'"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "Invalid request from ip=::1: Invalid HTTP request line: 'GET /?key=hunter2'",
            "Invalid request from ip=::1: Invalid HTTP request line",
        ),
        (
            "Invalid request from ip=127.0.0.1: Invalid HTTP header name: 'hunter2\n'",
            "Invalid request from ip=127.0.0.1: Invalid HTTP header name",
        ),
        ("Error handling request GET /todos?key=hunter2", "Error handling request GET /todos"),
        ("Worker (pid:7) was sent SIGKILL!", "Worker (pid:7) was sent SIGKILL!"),
    ],
)
def test_what_gunicorn_quotes_is_cut(said: str, kept: str) -> None:
    record = logging.makeLogRecord({"name": "gunicorn.error", "msg": said})
    assert Unquoted().filter(record)
    assert record.getMessage() == kept
