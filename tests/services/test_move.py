"""Everything moves from SQLite to PostgreSQL, row by row, and the service works on there."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text

from tests.conftest import MakeSettings
from tests.support import counts, installations, postgres, serve
from tests.support.api import Api
from tests.support.installations import rows
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work, writer
from todoapp.models import (
    ApiKey,
    ApiKeyList,
    Failure,
    Job,
    LoginAttempt,
    RecoveryCode,
    TodoList,
    User,
    UserSession,
)
from todoapp.services import demo, generate

Run = Callable[..., Result]


@pytest.fixture
def sqlite(make_settings: MakeSettings, tmp_path: Path) -> Iterator[Flask]:
    """Return a service on an SQLite database of its own, with a schema and nothing else."""
    bind = f"127.0.0.1:{serve.free_port()}"
    url = f"sqlite:///{tmp_path / 'own.db'}"
    app = installations.migrated(make_settings(database_url=url, bind=bind, database_timeout="1"))
    yield app
    installations.close(app)


@pytest.fixture
def target(postgresql_server: str) -> str:
    return postgres.new_database(postgresql_server, "moved")


@pytest.fixture
def move(sqlite: Flask, target: str) -> Run:
    return lambda to=target: sqlite.test_cli_runner().invoke(args=["todo", "move", to])


@pytest.fixture
def moved(make_settings: MakeSettings, sqlite: Flask, target: str) -> Iterator[Flask]:
    """Return the service on the database that is moved to."""
    secret = sqlite.config["SETTINGS"].secret_key
    app = create_app(make_settings(database_url=target, secret_key=secret))
    yield app
    installations.close(app)


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


def fill(app: Flask) -> str:
    """Put something of everything into a service; return a key of user001."""
    size = generate.Size(todos=500, users=4, lists=12)
    with app.app_context(), unit_of_work():
        key = generate.make(size, seed=1, at=utcnow(), progress=lambda _: None)
    with app.app_context(), unit_of_work():
        demo.make(at=utcnow())
    api = Api(app, key)
    kept = {"Idempotency-Key": "a-key-of-a-client"}
    body = {"title": 'Ünï✓ "q" \\N', "description": "a\tb\n\\. \\N"}
    child = api.post("todos", body, headers=kept).get_json()["id"]
    parent = api.todo("Parent, younger than its child")["id"]
    api.patch(f"todos/{child}", {"parent_id": parent, "position": 0.1 + 0.2})
    gone = api.todo("The newest, gone for good")["id"]
    api.delete(f"todos/{gone}?purge=true")
    api.made("views", {"name": "Übersicht", "filter": "open = true"})
    add_what_is_rare(app)
    return key


def add_what_is_rare(app: Flask) -> None:
    """Add rows to the tables that neither the demo nor the calls have written to."""
    now = utcnow()
    with app.app_context(), unit_of_work():
        user, key = db.session.scalar(select(User.id)), db.session.scalar(select(ApiKey.id))
        due = {"run_at": now, "created_at": now}
        at = {"created_at": now, "last_seen_at": now, "expires_at": now}
        db.session.add_all(
            [
                LoginAttempt(key="k", id="i", ends_at=now),
                Failure(at=now, request_id="r", method="GET", status=500, kind="k", user_id=user),
                RecoveryCode(user_id=user, code_hash="h"),
                UserSession(user_id=user, kind="browser", token_hash="t", **at),
                Job(kind="k", payload={"ö": [1, None]}, state="queued", attempts=0, **due),
                ApiKeyList(api_key_id=key, list_id=db.session.scalar(select(TodoList.id))),
            ]
        )


def test_every_row_is_there_and_the_service_works_on(
    sqlite: Flask, move: Run, moved: Flask
) -> None:
    key = fill(sqlite)
    before = rows(sqlite)
    assert [name for name, found in before.items() if not found] == []
    done = move()
    assert done.exit_code == 0, done.output
    assert rows(moved) == before == rows(sqlite)
    for name, found in before.items():
        assert f"{name:<20} {len(found):>12,}\n" in done.stdout
    counts.are_right(moved)

    cursor = Api(moved, key).get("changes").get_json()["next_after"]
    newest = Api(sqlite, key).todo()["id"]
    api = Api(moved, key)
    assert api.todo("Müsli kaufen")["id"] == newest, "an id was given out twice, or left out"
    assert api.get("todos?q=musli").get_json()["todos"][0]["id"] == newest
    assert len(api.ids("todos?page_size=50")) == 50
    assert len(api.get(f"changes?after={cursor}").get_json()["changes"]) == 1
    counts.are_right(moved)
    again = move()
    assert "There is something in the database moved" in refused(again)


def test_nothing_is_moved_while_somebody_writes(sqlite: Flask, move: Run, target: str) -> None:
    with sqlite.app_context(), db.engines[None].begin() as connection:
        connection.execute(text("SELECT 1"))
        assert "stop the service and its workers first" in refused(move())
    host, _, port = sqlite.config["SETTINGS"].bind.rpartition(":")
    with socket.create_server((host, int(port))):
        assert "stop the service first" in refused(move())


def test_what_cannot_be_stored_is_told_and_nothing_is_moved(
    sqlite: Flask, move: Run, moved: Flask
) -> None:
    """Past the service, with SQLite's own laxity, more fits into it than into PostgreSQL."""
    installations.add_person(sqlite)
    todo_id = installations.add_todo(sqlite, "fine")
    with sqlite.app_context(), unit_of_work():
        long = text("UPDATE todo SET uid = :uid, created_at = :at WHERE id = :id")
        writer().execute(text("PRAGMA ignore_check_constraints=ON"))
        writer().execute(long, {"uid": "x" * 300, "at": "2026-06-16 17:30:05", "id": todo_id})
    assert "Nothing was moved, for PostgreSQL says: value too long" in refused(move())
    assert all(not found for found in rows(moved).values())
    with sqlite.app_context(), unit_of_work():
        writer().execute(long, {"uid": "x", "at": "soon", "id": todo_id})
    assert "Nothing was moved: Invalid isoformat string: 'soon'" in refused(move())
    assert all(not found for found in rows(moved).values())
    with sqlite.app_context(), unit_of_work():
        writer().execute(long, {"uid": "x", "at": "2026-06-16 17:30:05", "id": todo_id})
    assert move().exit_code == 0, "an attempt that failed is in the way"


def test_it_says_what_it_cannot_move(
    sqlite: Flask, move: Run, moved: Flask, target: str, tmp_path: Path
) -> None:
    assert "SQLite to PostgreSQL" in refused(move(f"sqlite:///{tmp_path}/x.db"))
    assert "does not exist" in refused(move(target.replace("/moved?", "/nowhere?")))
    wrong = move("mysql://x/y")
    assert wrong.exit_code == 2
    assert "must begin with" in wrong.stderr
    with sqlite.app_context(), unit_of_work():
        writer().execute(text("UPDATE alembic_version SET version_num = '0015'"))
    assert "not up to date" in refused(move())
    back = moved.test_cli_runner().invoke(args=["todo", "move", target])
    assert "SQLite to PostgreSQL" in refused(back)
