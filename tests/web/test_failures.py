"""The newest failures: what is kept of an error of ours, and what is not."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.support.api import Api
from tests.support.tables import contents
from todoapp.clock import utcnow
from todoapp.db import db
from todoapp.services import failures

Break = Callable[[Exception], None]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Return a function that has a page of todos fail."""

    def fail_with(error: Exception) -> None:
        def fail(*_args: object, **_options: object) -> None:
            raise error

        monkeypatch.setattr("todoapp.services.todo_pages.page", fail)

    return fail_with


def failing(who: Api, path: str = "/api/v1/todos?q=secret") -> Any:
    """Call what is broken; `tests.support.api` takes no 500 for an answer."""
    with who.app.test_client(use_cookies=False) as client:
        response = client.get(path, headers={"X-API-Key": who.key or ""})
        response.close()
    return response


def recent(app: Flask) -> list[Any]:
    with app.app_context():
        return list(failures.newest(10))


def test_an_error_of_ours_is_found_by_the_id_that_was_shown(
    app: Flask, alice: Api, broken: Break
) -> None:
    broken(RuntimeError("the password is SELECT 1"))
    before = utcnow()
    response = failing(alice)
    (row,) = recent(app)
    assert row.request_id == response.get_json()["request_id"]
    assert (row.method, row.route, row.status) == ("GET", "/api/v1/todos", 500)
    assert (row.kind, row.username) == ("builtins.RuntimeError", "alice")
    assert row.place.startswith("todoapp.api.todos:")
    assert before <= row.at <= utcnow()
    kept = str(contents(app)["failure"])
    assert "password" not in kept
    assert "secret" not in kept


def test_a_busy_database_is_an_error_of_ours(app: Flask, alice: Api, broken: Break) -> None:
    broken(OperationalError("SELECT secret", {}, Exception("locked")))
    assert failing(alice).status_code == 503
    (row,) = recent(app)
    assert (row.status, row.kind) == (503, "sqlalchemy.exc.OperationalError")
    assert "secret" not in str(contents(app)["failure"])


def test_who_called_need_not_be_known(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todoapp.services.health.problem", lambda: 1 / 0)
    assert failing(Api(app), "/livez").status_code == 200
    assert failing(Api(app), "/health").status_code == 500
    (row,) = recent(app)
    assert (row.route, row.username, row.kind) == ("/health", None, "builtins.ZeroDivisionError")
    assert row.place.startswith("todoapp.web.health:")


def test_errors_of_others_are_not_remembered(app: Flask, alice: Api) -> None:
    assert alice.get("todos/1").status_code == 404
    assert alice.post("todos", {}).status_code == 422
    assert Api(app).get("todos").status_code == 401
    assert recent(app) == []


def test_only_the_newest_are_kept(
    app: Flask, alice: Api, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "KEPT", 3)
    broken(RuntimeError())
    ids = [failing(alice).headers["Request-Id"] for _ in range(5)]
    assert [row.request_id for row in recent(app)] == ids[:1:-1]


def test_to_remember_waits_for_no_writer(app: Flask, alice: Api, broken: Break) -> None:
    broken(RuntimeError())
    with app.app_context(), db.engines[None].begin():
        began = time.monotonic()
        assert failing(alice).status_code == 500
        assert time.monotonic() - began < failures.WAIT + 1
    # On PostgreSQL those who write different rows do not wait for each other anyway.
    assert bool(recent(app)) != app.config["SETTINGS"].is_sqlite


def test_what_goes_wrong_with_it_changes_no_answer(
    app: Flask,
    alice: Api,
    broken: Break,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken(RuntimeError())
    monkeypatch.setattr(failures, "_write", lambda _connection, _values: 1 / 0)
    logger = logging.getLogger("todoapp.failures")
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    response = failing(alice)
    assert response.status_code == 500
    record = next(one for one in caplog.records if one.name == logger.name)
    facts = {"request_id": response.headers["Request-Id"], "kind": "ZeroDivisionError"}
    assert (record.getMessage(), vars(record)["facts"]) == ("not remembered", facts)
    assert recent(app) == []
