"""A backup comes back whole, into an empty database and nowhere else, and the service works on."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import inspect, text

from tests.conftest import MakeSettings
from tests.support import counts, installations, postgres, serve
from tests.support.api import Api
from tests.support.installations import add_todo, rows
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work, writer
from todoapp.services import backups
from todoapp.services.health import head

Run = Callable[..., Result]
#: PostgreSQL's databases are not files.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=os.pathsep)


@pytest.fixture
def empty(make_settings: MakeSettings, empty_database_url: str) -> Iterator[Flask]:
    """Return a service on an empty database of the test's own."""
    bind = f"127.0.0.1:{serve.free_port()}"
    app = create_app(make_settings(database_url=empty_database_url, bind=bind))
    yield app
    installations.close(app)


@pytest.fixture
def restore(empty: Flask) -> Run:
    return lambda file: empty.test_cli_runner().invoke(args=["todo", "restore", str(file)])


def backup(app: Flask, place: Path) -> Path:
    with app.app_context():
        return backups.make(place, at=utcnow()).backup.path


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


def without_transactions(found: dict[str, list[object]]) -> dict[str, list[object]]:
    """Drop the last column of the log, which is that of PostgreSQL's transactions."""
    return {**found, "change": [row[:-1] for row in found["change"]]}  # type: ignore[index]


def test_what_was_backed_up_is_back_and_works(
    alice: Api, empty: Flask, restore: Run, tmp_path: Path
) -> None:
    ids = [add_todo(alice.app, f"Buy {n} apples") for n in range(3)]
    with alice.app.app_context(), unit_of_work():
        writer().execute(text("DELETE FROM todo WHERE id = :id"), {"id": ids[2]})
    file = backup(alice.app, tmp_path)
    done = restore(file)
    assert done.exit_code == 0, done.output
    assert f"Restored {file}, of revision {head()}." in done.stdout
    assert "up to date" not in done.stdout

    assert without_transactions(rows(empty)) == without_transactions(rows(alice.app))
    with empty.app_context():
        assert set(db.session.scalars(text("SELECT transaction_id FROM change"))) == {0}
    back = Api(empty, alice.key)
    assert [todo["title"] for todo in back.get("todos?q=apples").get_json()["todos"]] == [
        "Buy 1 apples",
        "Buy 0 apples",
    ]
    cursor = back.get("changes").get_json()["next_after"]
    assert back.todo("Buy pears")["id"] > ids[2], "an id was given out twice"
    assert len(back.get(f"changes?after={cursor}").get_json()["changes"]) == 1
    counts.are_right(empty)
    if empty.config["SETTINGS"].is_sqlite:
        database = Path(str(empty.config["SETTINGS"].url.database))
        assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_a_database_with_something_in_it_is_left_alone(
    alice: Api, empty: Flask, restore: Run, tmp_path: Path
) -> None:
    file = backup(alice.app, tmp_path)
    with empty.app_context():
        flask_migrate.upgrade()
    before = rows(empty)
    assert "There are tables in" in refused(restore(file))
    assert rows(empty) == before


def test_an_older_backup_is_brought_up_to_date_and_a_newer_one_refused(
    empty: Flask,
    restore: Run,
    tmp_path: Path,
    make_settings: MakeSettings,
    request: pytest.FixtureRequest,
) -> None:
    other = create_app(make_settings(database_url=_another(empty, request, tmp_path)))
    with other.app_context():
        flask_migrate.upgrade(revision="0015")
    done = restore(backup(other, tmp_path))
    assert done.exit_code == 0, done.output
    assert "of revision 0015." in done.stdout
    assert f"Brought it up to date: revision {head()}." in done.stdout
    assert empty.test_client().get("/readyz").status_code == 200
    with other.app_context(), unit_of_work():
        writer().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    why = refused(restore(backup(other, tmp_path / "newer")))
    installations.close(other)
    assert "made by a newer version, with revision 9999" in why


def _another(app: Flask, request: pytest.FixtureRequest, folder: Path) -> str:
    if app.config["SETTINGS"].is_sqlite:
        return f"sqlite:///{folder / 'another.db'}"
    return postgres.new_database(request.getfixturevalue("postgresql_server"), "another")


def test_it_says_why_a_file_cannot_be_used(
    alice: Api, empty: Flask, restore: Run, tmp_path: Path
) -> None:
    assert "cannot be read: No such file" in refused(restore(tmp_path / "none"))
    (tmp_path / "text").write_text("hello")
    assert "is not a backup" in refused(restore(tmp_path / "text"))
    foreign = b"PGDMP" if empty.config["SETTINGS"].is_sqlite else b"SQLite format 3\0"
    (tmp_path / "foreign").write_bytes(foreign)
    assert "flask todo move" in refused(restore(tmp_path / "foreign"))
    file = backup(alice.app, tmp_path)
    installations.cut(file, b"")
    refused(restore(file))
    with empty.app_context():
        assert not inspect(db.engines["reads"]).get_table_names(), "half of it was restored"


def test_while_the_service_runs_nothing_is_restored(empty: Flask, restore: Run) -> None:
    host, _, port = empty.config["SETTINGS"].bind.rpartition(":")
    with socket.create_server((host, int(port))):
        assert "stop the service first" in refused(restore("any"))


@on_sqlite
def test_what_a_lost_file_has_left_behind_is_not_mixed_in(
    alice: Api, empty: Flask, restore: Run, tmp_path: Path
) -> None:
    left = Path(f"{empty.config['SETTINGS'].url.database}-wal")
    left.write_bytes(b"of another database")
    file = backup(alice.app, tmp_path)
    assert f"A database that is gone has left {left}: remove" in refused(restore(file))
    left.unlink()
    assert restore(file).exit_code == 0


@on_sqlite
def test_a_folder_that_is_not_there_is_told(
    alice: Api, make_settings: MakeSettings, tmp_path: Path
) -> None:
    file = backup(alice.app, tmp_path)
    app = create_app(make_settings(database_url=f"sqlite:///{tmp_path}/none/x.db"))
    why = refused(app.test_cli_runner().invoke(args=["todo", "restore", str(file)]))
    assert "none/x.db cannot be written: No such file or directory." in why
