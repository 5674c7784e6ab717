"""The state of the installation, as its administrators are told it."""

import platform
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

import todoapp
from tests.support.api import Api
from tests.support.statements import Statement, counted, read
from todoapp.clock import utcnow
from todoapp.db import db, reader, unit_of_work
from todoapp.errors import Forbidden
from todoapp.models import UserSession
from todoapp.services import bulk, database_state, failures, system, todos
from todoapp.services.access import Actor
from todoapp.services.todo_drafts import Drafts
from todoapp.settings import ROOT


@pytest.fixture
def root(person: Callable[..., Api]) -> Actor:
    who = person("root", ["admin"], role="admin")
    assert who.actor
    return who.actor


def state(app: Flask, root: Actor, now: datetime | None = None) -> system.State:
    with app.app_context():
        return system.state(root, now=now or utcnow())


def numbers(app: Flask, root: Actor) -> dict[str, int]:
    return {number.name: number.count for number in state(app, root).numbers}


def test_it_tells_what_runs_on_what(app: Flask, root: Actor) -> None:
    shown = state(app, root)
    assert (shown.version, shown.python) == (todoapp.__version__, platform.python_version())
    assert set(shown.libraries) == set(system.LIBRARIES)
    assert all(shown.libraries.values())
    server = shown.server
    is_sqlite = app.config["SETTINGS"].is_sqlite
    assert server.engine == ("SQLite" if is_sqlite else "PostgreSQL")
    assert int(server.version.split(".")[0]) >= 3
    assert server.size > 100_000
    assert (server.free is None) != is_sqlite
    assert server.free is None or server.free > 0


def test_it_tells_whether_schema_and_code_agree(app: Flask, root: Actor) -> None:
    newest = max(path.stem[:4] for path in (ROOT / "migrations" / "versions").glob("*.py"))
    shown = state(app, root)
    assert (shown.revision, shown.head, shown.is_migrated) == (newest, newest, True)
    with app.app_context(), db.engines[None].begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        shown = state(app, root)
        assert (shown.revision, shown.is_migrated) == ("9999", False)
    finally:
        with app.app_context(), db.engines[None].begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": newest})


@pytest.mark.parametrize(("hours", "ahead"), [(0, 0), (1, -3600), (-1, 3600)])
def test_it_tells_when_the_clocks_differ(
    app: Flask, root: Actor, monkeypatch: pytest.MonkeyPatch, hours: int, ahead: int
) -> None:
    ours = timedelta(hours=hours)
    monkeypatch.setattr(database_state, "utcnow", lambda: utcnow() + ours)
    assert abs(state(app, root).server.clock_ahead - ahead) < 5


def test_it_tells_how_much_there_is(app: Flask, alice: Api, root: Actor) -> None:
    before = numbers(app, root)
    first, *_others = [alice.todo() for _ in range(4)]
    alice.make_list()
    alice.delete(f"todos/{first['id']}")
    alice.made("api-keys", {"name": "x", "scopes": ["todos:read"]})
    revoked = alice.made("api-keys", {"name": "y", "scopes": ["todos:read"]})
    alice.delete(f"api-keys/{revoked['id']}")
    after = numbers(app, root)
    assert {name: after[name] - before[name] for name in after} == {
        "todos": 3,
        "todos_in_trash": 1,
        "lists": 1,
        "people": 0,
        "sessions": 0,
        "keys": 1,
        "changes": 9,
    }
    assert before["people"] == 2


def test_only_sessions_that_last_are_counted(app: Flask, root: Actor) -> None:
    now = utcnow()
    with app.app_context(), unit_of_work():
        for seen, ends in ((0, 1), (0, -1), (-24 * 40, 1)):
            row = UserSession(user_id=root.user_id, kind="token", created_at=now)
            row.last_seen_at = now + timedelta(hours=seen)
            row.expires_at = now + timedelta(hours=ends)
            db.session.add(row)
    assert numbers(app, root)["sessions"] == 1


def test_days_are_those_of_the_administrator(app: Flask, alice: Api, root: Actor) -> None:
    assert alice.actor
    now = datetime(2026, 6, 16, 17, tzinfo=UTC)
    hours_ago = (0, 3, 24, 24 * 12, 24 * 13, 24 * 14)
    with app.app_context():
        for hours in hours_ago:
            with unit_of_work():
                at = now - timedelta(hours=hours)
                todos.create(alice.actor, {"title": "x"}, at=at)

    def came(zone: str) -> dict[int, tuple[int, int]]:
        days = state(app, replace(root, timezone=zone), now).growth
        assert [day.date for day in days] == [
            days[-1].date - timedelta(ago) for ago in range(13, -1, -1)
        ]
        return {day.date.day: (day.todos, day.changes) for day in days if day.todos}

    assert came("UTC") == {16: (2, 2), 15: (1, 1), 4: (1, 1), 3: (1, 1)}
    # There it is 2 o'clock on the day after.
    assert came("Asia/Tokyo") == {17: (1, 1), 16: (2, 2), 5: (1, 1), 4: (1, 1)}


def test_it_tells_what_failed_lately(app: Flask, root: Actor) -> None:
    with app.app_context():
        for number in range(12):
            failed = failures.Failed(
                at=utcnow(),
                request_id=f"r{number}",
                method="GET",
                route="/",
                status=500,
                user_id=None,
            )
            failures.record(failed, RuntimeError())
    told = state(app, root).failures
    assert [row.request_id for row in told] == [f"r{number}" for number in range(11, 1, -1)]


def test_the_configuration_has_no_secrets(app: Flask, root: Actor) -> None:
    with app.app_context():
        told = {chosen.name: chosen for chosen in system.configuration(root)}
    assert told["TODOAPP_SQLITE_SYNCHRONOUS"].value == "normal"
    assert told["TODOAPP_THREADS"].origin is None
    assert app.config["SETTINGS"].secret_key not in str(told)


@pytest.mark.parametrize("ask", [lambda who: system.state(who, now=utcnow()), system.configuration])
def test_it_is_for_administrators(app: Flask, alice: Api, ask: Callable[[Any], Any]) -> None:
    with app.app_context(), pytest.raises(Forbidden) as refused:
        ask(alice.actor)
    assert refused.value.facts["required_scope"] == "admin"


def test_it_takes_as_many_statements_whatever_there_is(app: Flask, alice: Api, root: Actor) -> None:
    assert alice.actor
    taken = []
    for size in (5, 500):
        with app.app_context(), unit_of_work():
            for _ in range(size):
                todos.create(alice.actor, {"title": "x"}, at=utcnow())
        with counted(app) as statements:
            state(app, root)
        taken.append(len(statements))
    assert taken == [9, 9]


def test_todos_and_changes_are_counted_by_indexes(app: Flask, root: Actor) -> None:
    with app.app_context(), unit_of_work():
        for days in range(40):  # of an empty table PostgreSQL may read any index
            drafts = Drafts(root, at=utcnow() - timedelta(days=days))
            for number in range(25):
                drafts.put({"title": str(number)})
            drafts.add()
    with read(app) as statements:
        state(app, root)
    with app.app_context():
        bulk.settle()
        plans = "\n".join(map(_plan, statements))
    assert (
        len(re.findall(r"\b(ix_todo_created|ix_change_at_id)\b", plans)) == 2 * database_state.DAYS
    )
    assert re.findall(r"SCAN (?:todo|change)\b|Seq Scan on (?:todo|change) ", plans) == []


def _plan(statement: Statement) -> str:
    driver: Any = reader().connection.driver_connection
    if reader().dialect.name == "sqlite":
        explained = driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)
        return "\n".join(row[3] for row in explained)
    driver.execute("SET enable_seqscan = off")  # which it prefers for so few rows
    explained = driver.execute(f"EXPLAIN {statement.sql}", statement.values).fetchall()
    driver.execute("RESET enable_seqscan")
    return "\n".join(row[0] for row in explained)
