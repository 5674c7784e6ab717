"""Backups: made while others write, complete, found to be damaged when they are, and rotated."""

import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.support import installations, postgres
from tests.support.installations import add_person, add_todo
from todoapp.db import close_reader
from todoapp.errors import Conflict
from todoapp.services import backup_engine, backups

NOW = datetime(2026, 6, 16, 17, 30, 5, 999, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the programs of the tests' own PostgreSQL."""
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=":")


@pytest.fixture
def own(configured: Callable[..., Flask]) -> Flask:
    """Return a service with a person, a todo and a folder for two backups."""
    app = configured(backup_keep="2")
    add_person(app)
    add_todo(app, "Buy milk")
    return app


@pytest.fixture
def command(own: Flask) -> Callable[..., Result]:
    return lambda *arguments: own.test_cli_runner().invoke(args=["todo", *arguments])


def folder(app: Flask) -> Path:
    path: Path = app.config["SETTINGS"].backup_dir
    return path


def suffix(app: Flask) -> str:
    return "db" if app.config["SETTINGS"].is_sqlite else "dump"


def test_a_backup_has_its_moment_in_its_name_and_is_for_its_owner_only(own: Flask) -> None:
    with own.app_context():
        assert backups.newest() is None
        made = backups.make(at=NOW)
        assert backups.newest() == made.backup
    assert made.backup.path == folder(own) / f"todoapp-20260616T173005Z.{suffix(own)}"
    assert made.backup.at == NOW.replace(microsecond=0)
    assert made.backup.size == made.backup.path.stat().st_size > 1000
    assert stat.S_IMODE(made.backup.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder(own).stat().st_mode) == 0o700
    assert [path.name for path in folder(own).iterdir()] == [made.backup.path.name]
    assert (made.verified, made.removed) == (None, [])


def test_the_oldest_are_removed_and_nothing_else_is(own: Flask) -> None:
    folder(own).mkdir()
    strangers = {
        "todoapp-1.db",
        "todoapp-20261399T000000Z.db",
        "todoapp-20200101T000000Z.db.gz",
        "x-20200101T000000Z.db",
    }
    for name in strangers:
        (folder(own) / name).touch()
    with own.app_context():
        made = [backups.make(at=NOW + timedelta(days=n)).backup.path for n in range(2)]
        last = backups.make(at=NOW + timedelta(days=2))
    assert last.removed == [made[0]]
    left = {path.name for path in folder(own).iterdir()}
    assert left == strangers | {made[1].name, last.backup.path.name}


def test_at_another_place_nothing_is_removed(own: Flask, tmp_path: Path) -> None:
    with own.app_context():
        for n in range(3):
            backups.make(tmp_path, at=NOW + timedelta(days=n))
        named = backups.make(tmp_path / "before-the-upgrade", at=NOW).backup.path
        assert backups.every() == []
    assert len(list(tmp_path.glob(f"todoapp-*.{suffix(own)}"))) == 3
    assert named == tmp_path / "before-the-upgrade"
    assert named.exists()


def test_it_replaces_nothing(own: Flask, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("precious")
    with own.app_context():
        backups.make(at=NOW)
        for place in (None, tmp_path / "there"):
            with pytest.raises(Conflict, match="is there already"):
                backups.make(place, at=NOW)
        with pytest.raises(Conflict, match="cannot be written: No such file"):
            backups.make(tmp_path / "nowhere" / "file", at=NOW)
    assert (tmp_path / "there").read_text() == "precious"


def test_a_link_leads_to_no_other_file(own: Flask, tmp_path: Path) -> None:
    folder(own).mkdir()
    (tmp_path / "there").write_text("precious")
    (folder(own) / ".todoapp-backup").symlink_to(tmp_path / "there")
    with own.app_context(), pytest.raises(Conflict, match="cannot be written: Too many levels"):
        backups.make(at=NOW)
    assert (tmp_path / "there").read_text() == "precious"


def test_a_folder_that_is_none_is_told_in_a_sentence(own: Flask) -> None:
    folder(own).write_text("a file")
    with own.app_context(), pytest.raises(Conflict, match="cannot be written: File exists"):
        backups.make(at=NOW)


def test_a_folder_that_is_named_like_a_backup_is_none(own: Flask) -> None:
    (folder(own) / f"todoapp-20200101T000000Z.{suffix(own)}").mkdir(parents=True)
    with own.app_context():
        assert backups.newest() is None
        for hours in range(3):
            made = backups.make(at=NOW + timedelta(hours=hours))
        assert backups.newest() == made.backup


def test_what_a_killed_backup_has_left_is_in_nobodys_way(own: Flask) -> None:
    folder(own).mkdir()
    for end in ("", "-wal", "-shm"):
        (folder(own) / f".todoapp-backup{end}").write_bytes(b"x" * 10**6)
    with own.app_context():
        made = backups.make(at=NOW, verify=True)
    left = {path for path in folder(own).iterdir() if not path.name.endswith(("-wal", "-shm"))}
    assert left == {made.backup.path}


def test_two_at_once_do_not_write_into_one_file(own: Flask) -> None:
    folder(own).mkdir()
    with own.app_context(), backups._draft(folder(own)) as (draft, _):
        with pytest.raises(Conflict, match="Another backup is being made"):
            backups.make(at=NOW)
        assert draft.exists()
    with own.app_context(), pytest.raises(RuntimeError), backups._draft(folder(own)) as (draft, _):
        raise RuntimeError
    assert not draft.exists()


def test_a_verified_backup_shows_one_moment_while_others_write(own: Flask) -> None:
    """Each operation writes several rows, of which a backup shows all or none."""
    begun, stop, errors = threading.Event(), threading.Event(), []

    def write() -> None:
        try:
            while not stop.is_set():
                add_todo(own, "while a backup is made")
                begun.set()
        except Exception as error:  # told by the test
            errors.append(error)
        with own.app_context():
            close_reader()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    assert begun.wait(30)
    with own.app_context():
        made = [backups.make(at=NOW + timedelta(days=n), verify=True) for n in range(2)]
    stop.set()
    for writer in writers:
        writer.join()
    assert errors == []
    for one in made:
        assert one.verified
        held = {name: table.rows for name, table in one.verified.items()}
        assert held["todo"] == held["todo_tag"] > 1
        assert held["change"] == held["todo"] + 2, "the person and the Inbox"
    assert made[0].verified != made[1].verified


@pytest.mark.parametrize("damage", [installations.flip_within, installations.cut])
def test_a_damaged_backup_is_found(
    own: Flask, tmp_path: Path, damage: Callable[[Path, bytes], None]
) -> None:
    add_todo(own, "unmistakable")
    url = own.config["SETTINGS"].url
    with own.app_context():
        made = backups.make(tmp_path, at=NOW, verify=True)
        assert made.verified
        backups.check(made.backup.path, made.verified)
        damage(made.backup.path, b"unmistakable")
        with pytest.raises(Conflict):
            backups.check(made.backup.path, made.verified)
    assert backup_engine.of(url).read(url) == made.verified


def test_a_backup_that_has_lost_or_won_a_row_is_found(own: Flask, tmp_path: Path) -> None:
    with own.app_context():
        before = backups.make(tmp_path, at=NOW, verify=True)
        add_todo(own, "later")
        after = backups.make(tmp_path, at=NOW + timedelta(days=1), verify=True)
        assert before.verified
        assert after.verified
        with pytest.raises(Conflict, match="todo has 2 rows in the source and 1 in the copy"):
            backups.check(before.backup.path, after.verified)
        with pytest.raises(Conflict, match="todo has 1 rows in the source and 2 in the copy"):
            backups.check(after.backup.path, before.verified)


def test_the_command_prints_the_path_and_what_else_to_keep(
    own: Flask, command: Callable[..., Result]
) -> None:
    made = command("backup", "--verify")
    assert made.exit_code == 0, made.stderr
    with own.app_context():
        newest = backups.newest()
    assert newest
    assert made.stdout == f"{newest.path}\n"
    assert "rows are the same." in made.stderr
    assert "apart from it: TODOAPP_SECRET_KEY." in made.stderr
