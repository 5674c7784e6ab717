"""`flask todo doctor`: what is well, what is wrong, and what it says to do."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from tests.conftest import MakeSettings
from tests.support import installations, postgres, serve
from tests.support.jobs import done_job
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.services import doctor, upkeep
from todoapp.services.doctor import Line, Verdict


def backup(app: Flask, **ago: int) -> Path:
    """Put a file among the backups that looks like one."""
    folder: Path = app.config["SETTINGS"].backup_dir
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"todoapp-{utcnow() - timedelta(**ago):%Y%m%dT%H%M%SZ}.db"
    path.write_bytes(b"x" * 100)
    path.chmod(0o600)
    return path


def make_well(app: Flask) -> Flask:
    """Give a service a new backup, and a worker that has just done something."""
    backup(app)
    done_job(app)
    return app


@pytest.fixture
def well(configured: Callable[..., Flask]) -> Flask:
    """Return a service with nothing to find fault with."""
    return make_well(configured())


@pytest.fixture
def own(make_settings: MakeSettings, empty_database_url: str) -> Iterator[Flask]:
    """Return a well service on a database that may be broken."""
    app = make_well(installations.migrated(make_settings(database_url=empty_database_url)))
    yield app
    installations.close(app)


def found(app: Flask) -> list[Line]:
    """Return what is wrong."""
    with app.app_context():
        return [line for line in doctor.examine(utcnow()) if line.verdict != Verdict.OK]


def run(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["todo", "doctor", *options])


def test_where_all_is_well_it_says_so_of_everything(well: Flask) -> None:
    done = run(well)
    assert done.exit_code == 0, done.output
    assert all(line.startswith("ok ") for line in done.stdout.splitlines())
    told: list[dict[str, Any]] = json.loads(run(well, "--json").stdout)
    assert {line["verdict"] for line in told} == {"ok"}
    subjects = [line["subject"] for line in told]
    assert {"database", "schema", "integrity", "backups", "files", "redis"} <= set(subjects)
    assert len(subjects) == len(set(subjects)) == len(done.stdout.splitlines())


def test_what_is_broken_fails_the_command(well: Flask) -> None:
    data_dir: Path = well.config["SETTINGS"].data_dir
    data_dir.chmod(0o777)
    done = run(well)
    assert done.exit_code == 1
    [line] = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    assert line.startswith("broken        files          Others on this host can write to")
    assert line.endswith(f"Run `chmod 700 {data_dir}`.")


def test_files_that_others_can_read_are_named(well: Flask) -> None:
    data_dir: Path = well.config["SETTINGS"].data_dir
    (data_dir / "secret_key").write_text("s" * 40)
    (data_dir / "secret_key").chmod(0o644)
    assert found(well) == [], "nobody gets into the folder"
    data_dir.chmod(0o755)
    [line] = found(well)
    assert line.text == f"Others on this host can read {data_dir / 'secret_key'}."


def test_an_old_backup_or_none_is_to_be_looked_at(well: Flask) -> None:
    [fresh] = well.config["SETTINGS"].backup_dir.iterdir()
    backup(well, days=30)
    assert found(well) == []
    fresh.unlink()
    [line] = found(well)
    assert (line.subject, line.verdict) == ("backups", Verdict.LOOK)
    assert line.text == "The newest backup is 720 hours old."
    for path in well.config["SETTINGS"].backup_dir.iterdir():
        path.unlink()
    assert [line.text.split(" in ")[0] for line in found(well)] == ["There is no backup"]


def test_a_nightly_backup_that_was_not_made_is_broken(
    configured: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=os.pathsep)
    app = make_well(configured(backup_at="02:30"))
    assert found(app) == []
    for path in app.config["SETTINGS"].backup_dir.iterdir():
        path.unlink()
    backup(app, hours=27)
    [line] = found(app)
    assert (line.subject, line.verdict) == ("backups", Verdict.BROKEN)
    assert line.text == "The newest backup is 27 hours old."


def test_a_nightly_backup_without_its_program_is_told(
    configured: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    app = make_well(configured(backup_at="02:30"))
    lines = [(line.subject, line.verdict) for line in found(app)]
    assert lines == ([] if app.config["SETTINGS"].is_sqlite else [("pg_dump", Verdict.LOOK)])


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ({"public_url": "http://todo.example.com"}, "without HTTPS"),
        ({"public_url": "http://127.0.0.1:8000"}, ""),
        ({"public_url": "https://todo.example.com"}, "no proxy is believed"),
        ({"public_url": "https://todo.example.com", "proxies": "1"}, ""),
        ({"bind": "0.0.0.0:8000"}, "does not know its public address"),
        ({"bind": "[::1]:8000"}, ""),
    ],
)
def test_addresses_that_do_not_fit_together_are_told(
    make_settings: MakeSettings, chosen: dict[str, str], text: str
) -> None:
    with create_app(make_settings(**chosen)).app_context():
        texts = [finding.text for finding in upkeep.addresses(utcnow())]
    assert [text in one for one in texts] == ([True] if text else [])


def test_a_redis_that_is_away_is_told(configured: Callable[..., Flask]) -> None:
    app = make_well(configured(redis_url=f"redis://127.0.0.1:{serve.free_port()}/0"))
    assert [line.subject for line in found(app)] == ["redis"]


def test_without_a_database_it_says_the_rest(make_settings: MakeSettings, tmp_path: Path) -> None:
    app = create_app(make_settings(database_url=f"sqlite:///{tmp_path}/none/x.db"))
    backup(app)
    [line] = found(app)
    assert (line.subject, line.verdict) == ("database", Verdict.BROKEN)
    assert line.text == f"sqlite:///{tmp_path}/none/x.db is away: unable to open database file."


def test_all_that_the_database_said_is_told_in_a_line(make_settings: MakeSettings) -> None:
    url = f"postgresql://ann:secret@127.0.0.1:{serve.free_port()}/todo"
    with create_app(make_settings(database_url=url)).app_context():
        [line] = [line for line in doctor.examine(utcnow()) if line.subject == "database"]
    assert "ann:***@127.0.0.1" in line.text
    assert "refused; Is the server running on that host" in line.text


def test_a_database_that_is_not_migrated_is_told(own: Flask) -> None:
    with _plainly(own) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    [line] = found(own)
    assert (line.subject, line.verdict) == ("database", Verdict.BROKEN)
    assert line.text == "The database is not migrated."
    assert line.advice == "Run `flask todo init`, which migrates."


BREAK = {
    "sqlite": (
        "PRAGMA foreign_keys=OFF",
        "INSERT INTO recovery_code (user_id, code_hash) VALUES (99, 'h')",
    ),
    "postgresql": (
        "UPDATE pg_index SET indisvalid = false"
        " WHERE indexrelid = CAST('ix_todo_created' AS regclass)",
        "ALTER TABLE recovery_code ADD CONSTRAINT fk_late FOREIGN KEY (user_id)"
        " REFERENCES user_account (id) NOT VALID",
    ),
}


def test_what_is_broken_in_the_database_is_told(own: Flask) -> None:
    assert found(own) == []
    with _plainly(own) as connection:
        for statement in BREAK[connection.dialect.name]:
            connection.execute(text(statement))
    if own.config["SETTINGS"].is_sqlite:
        [line] = found(own)
        assert "Row 1 of recovery_code refers to a user_account that is gone" in line.text
        assert line.subject == "references"
        return
    index, reference = found(own)
    assert "The index ix_todo_created is not valid" in index.text
    assert "The references of fk_late have never been checked" in reference.text
    assert {index.verdict, reference.verdict} == {Verdict.BROKEN}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_file_is_told(own: Flask) -> None:
    """PostgreSQL finds damaged pages by itself, when it reads them."""
    installations.add_person(own)
    installations.close(own)
    with _plainly(own) as connection:
        [root] = connection.scalars(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'ix_user_session_user_id'")
        )
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        size = connection.scalar(text("PRAGMA page_size")) or 0
    with Path(str(own.config["SETTINGS"].url.database)).open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x00" * 100)
    damaged = found(own)
    assert damaged[0].subject == "integrity"
    assert damaged[0].text.startswith("The database is damaged: ")
    assert "restore the newest backup" in damaged[0].advice


@contextmanager
def _plainly(app: Flask) -> Iterator[Connection]:
    """Yield a connection in autocommit, with nothing of ours around it."""
    engine = create_engine(app.config["SETTINGS"].url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()
