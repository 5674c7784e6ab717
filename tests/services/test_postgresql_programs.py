"""PostgreSQL's own programs: found or not, old or new enough, and told no secret in public."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from tests.conftest import MakeSettings
from tests.support import installations, postgres
from todoapp.app import create_app
from todoapp.errors import Conflict
from todoapp.services import backups, postgresql_programs

NOW = datetime(2026, 6, 16, 17, 30, tzinfo=UTC)


@pytest.fixture
def service(make_settings: MakeSettings, postgresql_url: str) -> Iterator[Flask]:
    app = create_app(make_settings(database_url=postgresql_url))
    yield app
    installations.close(app)


def refusal(service: Flask, **chosen: bool) -> str:
    """Assert that a backup is refused, and that nothing of it is left; return why."""
    with service.app_context():
        with pytest.raises(Conflict) as refused:
            backups.make(at=NOW, **chosen)
        assert list(service.config["SETTINGS"].backup_dir.iterdir()) == []
    assert "\n" not in refused.value.detail
    return refused.value.detail


def test_it_says_what_to_install(
    service: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(service).startswith("pg_dump is not on PATH: install PostgreSQL's client")


def test_it_says_that_a_program_is_older_than_the_server(
    service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(postgres.programs(of=16)))
    why = refusal(service)
    assert why.startswith("pg_dump is of version 16, the server of 18: install")


def test_a_server_that_is_away_is_one_sentence(
    service: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    away = service.config["SETTINGS"].url.update_query_dict({"host": str(tmp_path)})
    monkeypatch.setitem(
        service.config, "SETTINGS", replace(service.config["SETTINGS"], database_url=str(away))
    )
    assert "No such file or directory" in refusal(service)


def test_what_a_program_says_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=os.pathsep)
    (tmp_path / "cut.dump").write_bytes(b"PGDMP")
    with pytest.raises(Conflict) as failed:
        postgresql_programs.run_alone("pg_restore", "--file=-", str(tmp_path / "cut.dump"))
    assert failed.value.detail.startswith("pg_restore failed: ")
    assert failed.value.detail.count("pg_restore") == failed.value.detail.count("fail") == 1


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Put a program before all others that writes down what it was told."""
    told = tmp_path / "told"
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@ and $PGPASSWORD" > {told}\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return told


def test_a_password_is_not_on_the_command_line(service: Flask, told: Path) -> None:
    url = service.config["SETTINGS"].url.set(password="it's %secret", username="ada")
    postgresql_programs.run("pg_dump", url, "--file=x")
    arguments, _, secret = told.read_text().strip().partition(" and ")
    assert arguments.startswith("--file=x --dbname=")
    assert "user=ada" in arguments
    assert "secret" not in arguments
    assert secret == "it's %secret"


def test_who_may_not_make_databases_is_told_what_to_grant(
    make_settings: MakeSettings, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=os.pathsep)
    url = postgres.new_database(postgresql_server, "humble")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS humble")
        connection.execute("CREATE ROLE humble LOGIN")
        connection.execute("CREATE TABLE x AS SELECT 1")
        connection.execute("GRANT SELECT ON x TO humble")
    service = create_app(make_settings(database_url=url.replace("//postgres:", "//humble:")))
    with service.app_context():
        assert backups.make(at=NOW).backup.size > 0
        backups.newest().path.unlink()  # type: ignore[union-attr]
    assert "ALTER ROLE humble CREATEDB" in refusal(service, verify=True)
    installations.close(service)
