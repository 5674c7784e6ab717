"""The version before goes on serving while instances are upgraded one after the other.

The schema is upgraded first, so the code from before has to work on it: a migration adds what the
new code needs (expand), and a later version takes away what nothing uses any more (contract).
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from tests.conftest import MakeSettings
from tests.support import serve
from tests.support.serve import Server
from todoapp.app import create_app
from todoapp.db import forget_connections, unit_of_work, writer
from todoapp.services import health
from todoapp.settings import ROOT, Settings

VERSIONS = "migrations/versions"


def git(*arguments: str) -> bytes:
    """Run git on this repository; skip the test where there is none."""
    try:
        return subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"there is no history to take the version before from: {error}")


def before() -> str:
    """Return the newest release, else the newest commit whose migrations are not all of today's."""
    releases = git("tag", "--list", "v*", "--sort=-v:refname").decode().split()
    if releases:
        return releases[0]
    today = {path.name for path in (ROOT / VERSIONS).glob("*.py")}
    added = git("log", "--diff-filter=A", "--format=%H^", "--", VERSIONS).decode().split()
    for commit in ["HEAD", *added]:
        names = git("ls-tree", "--name-only", commit, f"{VERSIONS}/").decode().split()
        if {Path(name).name for name in names} != today:
            return commit
    pytest.skip("there is no version with other migrations")


@pytest.fixture(scope="module")
def old_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(git("archive", before()))) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def new(make_settings: MakeSettings, empty_database_url: str) -> Iterator[Flask]:
    """This version, on a database of its own."""
    bind = f"127.0.0.1:{serve.free_port()}"
    app = create_app(make_settings(database_url=empty_database_url, bind=bind))
    yield app
    with app.app_context():
        forget_connections()


def init(app: Flask) -> Result:
    return app.test_cli_runner().invoke(args=["todo", "init"])


@pytest.fixture
def old(new: Flask, old_code: Path, tmp_path: Path) -> Iterator[Server]:
    """The version before, ready to serve on a database that this version has migrated."""
    key = serve.KEY.search(init(new).stdout)
    assert key
    settings: Settings = new.config["SETTINGS"]
    env = serve.environment(tmp_path, database_url=settings.database_url, workers="1")
    known = (old_code / "docs" / "configuration.md").read_text(encoding="utf-8")
    env = {
        name: value for name, value in env.items() if "TODOAPP" not in name or f"`{name}`" in known
    }
    command, log = str(serve.BIN / "gunicorn"), tmp_path / "log"
    with serve.started(command, env=env, log=log, cwd=old_code) as server:
        server.key = key[0]
        yield server


def test_the_version_before_works_on_the_new_schema(old: Server, new: Flask) -> None:
    made = old.call("POST", "/api/v1/todos", {"title": "Buy milk", "tags": ["shop"]})
    assert made.status == 201
    path = f"/api/v1/todos/{made.json['id']}"
    assert old.call("GET", path).json == made.json
    changed = old.call("PATCH", path, {"title": "Buy oat milk", "status": "completed"})
    assert (changed.status, changed.json["title"]) == (200, "Buy oat milk")
    for listed in ("", "?status=completed", "?q=oat", "?tags=shop"):
        page = old.call("GET", f"/api/v1/todos{listed}").json
        assert [todo["id"] for todo in page["todos"]] == [made.json["id"]]
    read = new.test_client().get(path, headers={"X-API-Key": old.key})
    assert read.get_json()["title"] == "Buy oat milk"
    assert old.call("DELETE", path).status == 204
    assert old.call("GET", path).json["deleted_at"]
    assert old.call("GET", "/api/v1/todos").json["todos"] == []
    assert '"level":"error"' not in old.log.read_text()


def test_it_neither_migrates_nor_refuses_a_schema_that_is_newer(new: Flask) -> None:
    """An instance of the version before may be started again in the middle of an upgrade."""
    assert init(new).exit_code == 0
    with new.app_context():
        with unit_of_work():
            writer().execute(text("UPDATE alembic_version SET version_num = 'tomorrow'"))
        again = init(new)
        assert (again.exit_code, again.stdout) == (0, "")
        assert "newer" in again.stderr
        assert health.revision() == "tomorrow"
        assert health.problem() is None
