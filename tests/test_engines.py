"""Both engines on both databases: how each connection is set."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, StatementError

from tests.conftest import MakeSettings, opened
from tests.support import serve, statements
from tests.support.api import Api
from todoapp import prepared
from todoapp.clock import utcnow
from todoapp.column_types import UtcDateTime
from todoapp.db import Origin, current_unit, db, unit_of_work
from todoapp.models import TodoList
from todoapp.services import lists


@pytest.mark.parametrize(
    ("pragma", "of_writes", "of_reads"),
    [
        ("journal_mode", "wal", "wal"),
        ("foreign_keys", 1, 1),
        ("synchronous", 2, 2),
        ("busy_timeout", 1000, 1000),
        ("query_only", 0, 1),
        ("temp_store", 2, 0),
    ],
)
def test_every_sqlite_connection_has_its_pragmas(
    writes: Engine, reads: Engine, pragma: str, of_writes: object, of_reads: object
) -> None:
    for engine, expected in ((writes, of_writes), (reads, of_reads)):
        with engine.connect() as connection:
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == expected


def test_whoever_stays_with_sqlite_loads_no_driver_of_postgresql(tmp_path: Path) -> None:
    """Nor what counts for the metrics, where nobody may see them."""
    asked = (
        "import sys; from todoapp.app import create_app; create_app(); "
        "print(sys.modules.keys() & {'psycopg', 'prometheus_client'})"
    )
    assert serve.run("python", "-c", asked, env=serve.environment(tmp_path)).stdout == "set()\n"


def test_synchronous_can_be_lowered(make_settings: MakeSettings) -> None:
    engine = opened(make_settings(sqlite_synchronous="normal"), writes=True)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 1
    engine.dispose()


def test_the_reading_engine_cannot_write(app: Flask) -> None:
    with (
        app.app_context(),
        db.engines["reads"].connect() as connection,
        pytest.raises(DBAPIError, match=r"readonly|read-only"),
    ):
        connection.execute(TodoList.__table__.delete())


def test_reading_leaves_no_transaction_open(app: Flask, alice: Api) -> None:
    todo = alice.todo()
    for path in (f"todos/{todo['id']}", "todos", "me", "lists", f"todos/{todo['id']}/history"):
        assert alice.get(path).status_code == 200
    with app.app_context():
        connection = db.engines["reads"].raw_connection()
    driver = connection.driver_connection
    if app.config["SETTINGS"].is_sqlite:
        assert not driver.in_transaction
    else:
        assert driver.info.transaction_status.name == "IDLE"
    connection.close()


def test_a_postgresql_session_has_its_limits(
    postgresql_url: str, make_settings: MakeSettings
) -> None:
    settings = make_settings(database_url=postgresql_url, database_timeout="7")
    for writes, read_only in ((True, "off"), (False, "on")):
        engine = opened(settings, writes=writes)
        with engine.connect() as connection:
            for name, expected in {
                "TimeZone": "UTC",
                "statement_timeout": "7s",
                "lock_timeout": "7s",
                "idle_in_transaction_session_timeout": "7s",
                "default_transaction_read_only": read_only,
                "application_name": f"todoapp {'writes' if writes else 'reads'}",
            }.items():
                assert connection.execute(text(f"SHOW {name}")).scalar() == expected, name
        engine.dispose()


def test_a_naive_datetime_is_refused(app: Flask, alice: Api) -> None:
    assert alice.actor
    made = alice.make_list()
    with (
        app.app_context(),
        pytest.raises(StatementError, match="without a timezone"),
        unit_of_work(),
    ):
        db.session.get_one(TodoList, made["id"]).updated_at = datetime(2030, 1, 1)  # noqa: DTZ001


def test_an_instant_is_kept_as_utc() -> None:
    kept = UtcDateTime()
    noon = datetime(2030, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert kept.process_bind_param(noon, sqlite.dialect()) == datetime(2030, 1, 1, 10)  # noqa: DTZ001
    assert kept.process_bind_param(noon, postgresql.dialect()) == noon
    assert kept.process_bind_param(None, sqlite.dialect()) is None
    for given in (datetime(2030, 1, 1, 10), noon):  # noqa: DTZ001
        back = kept.process_result_value(given, sqlite.dialect())
        assert back is not None
        assert (back, back.tzinfo) == (noon, UTC)
    assert kept.process_result_value(None, sqlite.dialect()) is None


def test_a_unit_inside_another_is_kept_when_the_outer_one_is_not(alice: Api) -> None:
    assert alice.actor
    origin = Origin(address="192.0.2.1")
    with alice.app.app_context(), unit_of_work(origin) as outer:
        with unit_of_work() as inner:
            lists.create(alice.actor, {"name": "Kept"}, at=utcnow())
        lists.create(alice.actor, {"name": "Undone"}, at=utcnow())
        outer.rollback = True
        with pytest.raises(RuntimeError), unit_of_work():
            pytest.fail("SQLite's one writer would have waited for itself")
    assert inner.origin == origin
    assert [one["name"] for one in alice.get("lists").get_json()["lists"]] == ["Inbox", "Kept"]


def test_a_write_outside_a_unit_of_work_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="outside a unit of work"):
        current_unit()


@pytest.mark.parametrize("path", ["todos", "todos?q=milk", "todos?due=overdue&sort=title"])
def test_what_goes_past_sqlalchemy_is_what_sqlalchemy_would_ask(
    app: Flask, alice: Api, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The plans are tested of the one, and the other is what people wait for."""
    name = app.config["SETTINGS"].url.get_backend_name()
    past: list[str] = []

    def fetch(driver: Any, sql: str, values: Any, run: Any = prepared._FETCH[name]) -> Any:
        past.append(re.sub(r"\$\d+", "?", sql))
        return run(driver, sql, values)

    monkeypatch.setitem(prepared._FETCH, name, fetch)
    assert alice.get(path).status_code == 200
    with statements.read(app) as through:
        assert alice.get(path).status_code == 200
    assert past
    assert past == [re.sub(r"%\(\w+\)s", "?", each.sql).replace("%%", "%") for each in through]
