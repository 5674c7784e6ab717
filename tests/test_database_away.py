"""The database dies, is away or is locked: what callers are told, and that all comes back."""

import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, make_url
from werkzeug.test import TestResponse

from tests.conftest import ALL_SCOPES, MakeSettings
from tests.support import postgres
from tests.support.api import Api, problem
from tests.support.statements import counted
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import Base, db, forget_connections, unit_of_work
from todoapp.services import accounts, api_keys


@pytest.fixture(scope="module")
def admin_url(postgresql_server: str) -> str:
    """Return the URL of a database of this module's own, for going behind the service's back."""
    return postgres.new_database(postgresql_server, "away")


@pytest.fixture(scope="module")
def cable(admin_url: str) -> Iterator[Path]:
    """Return a symbolic link to the server's socket: to remove it is to unplug the server."""
    with tempfile.TemporaryDirectory(prefix="cable-") as folder:
        yield Path(folder) / "c"


@pytest.fixture(scope="module")
def on_postgresql(make_settings: MakeSettings, admin_url: str, cable: Path) -> Flask:
    cable.symlink_to(str(make_url(admin_url).query["host"]))
    url = make_url(admin_url).update_query_dict({"host": str(cable)})
    return _service(make_settings, url.render_as_string(hide_password=False))


@pytest.fixture(scope="module")
def on_sqlite(make_settings: MakeSettings, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return _service(make_settings, f"sqlite:///{tmp_path_factory.mktemp('away') / 'todo.db'}")


def _service(make_settings: MakeSettings, url: str) -> Flask:
    app = create_app(make_settings(database_url=url, database_timeout="1"))
    with app.app_context():
        flask_migrate.upgrade()
    return app


def _person(app: Flask) -> Api:
    with app.app_context(), unit_of_work():
        for table in reversed(Base.metadata.sorted_tables):
            db.session.execute(table.delete())
        user = accounts.create({"username": "alice"}, at=utcnow())
        wanted = {"name": "key", "scopes": ALL_SCOPES}
        secret = api_keys.issue(None, user.id, wanted, at=utcnow()).secret
    return Api(app, secret)


@pytest.fixture
def ann(on_postgresql: Flask) -> Api:
    """Somebody whose service is on PostgreSQL."""
    return _person(on_postgresql)


@pytest.fixture
def sue(on_sqlite: Flask) -> Api:
    """Somebody whose service is on SQLite."""
    return _person(on_sqlite)


@pytest.fixture
def kill(admin_url: str) -> Callable[[], int]:
    """Return a function that ends every connection of the service and tells how many."""

    def end_all() -> int:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"  # autovacuum's end by themselves
            ).fetchall()
        assert all(gone for (gone,) in ended)
        return len(ended)

    return end_all


@contextmanager
def unplugged(cable: Path, kill: Callable[[], int]) -> Iterator[None]:
    """Take the server away for the block."""
    server = cable.readlink()
    cable.unlink()
    try:
        kill()
        yield
    finally:
        cable.unlink(missing_ok=True)
        cable.symlink_to(server)


@contextmanager
def locked(app: Flask) -> Iterator[None]:
    """Hold SQLite's write lock for the block, as a program outside the queue of writers may."""
    stranger: Engine = create_engine(app.config["SETTINGS"].url)
    with stranger.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        connection.exec_driver_sql("ROLLBACK")
    stranger.dispose()


def unavailable(response: TestResponse) -> str:
    """Assert that the answer says to try again; return what it says."""
    document = problem(response, 503, "unavailable")
    assert response.headers["Retry-After"].isdigit()
    assert "psycopg" not in response.text
    assert "SELECT" not in response.text
    detail: str = document["detail"]
    return detail


def test_a_read_survives_the_death_of_every_pooled_connection(
    ann: Api, kill: Callable[[], int]
) -> None:
    todo = ann.todo()
    ann.get("todos")
    assert kill() >= 2  # one that reads, one that writes
    assert ann.get(f"todos/{todo['id']}").get_json() == todo


def test_a_write_survives_it_and_is_done_once(ann: Api, kill: Callable[[], int]) -> None:
    todo = ann.todo()
    for call in (
        lambda: ann.post("todos", {"title": "Buy bread"}),
        lambda: ann.patch(f"todos/{todo['id']}", {"title": "Buy jam"}),
        lambda: ann.delete(f"todos/{todo['id']}"),
    ):
        assert kill() >= 1
        assert call().status_code in (200, 201, 204)
    titles = [row["title"] for row in ann.get("todos").get_json()["todos"]]
    assert titles == ["Buy bread"]
    history = ann.get(f"todos/{todo['id']}/history").get_json()["changes"]
    assert [change["action"] for change in history] == ["trash", "update", "create"]


def test_a_thread_whose_probe_met_a_dead_connection_goes_on(
    ann: Api, kill: Callable[[], int]
) -> None:
    todo = ann.todo()
    for path, status in (("/readyz", 200), (f"todos/{todo['id']}", 200), ("todos/9", 404)):
        assert ann.get("/readyz").status_code == 200
        assert kill() >= 1
        assert ann.get("/readyz").status_code == 200
        assert ann.get(path).status_code == status
    ann.todo()


def test_the_simple_face_survives_it(ann: Api, kill: Callable[[], int]) -> None:
    ann.get("/todos")
    assert kill() >= 1
    assert ann.post("/todos", {"title": "Buy bread"}).status_code == 201
    assert kill() >= 1
    assert len(ann.get("/todos").get_json()) == 1


@pytest.mark.parametrize("tags", [[], ["work"]], ids=["by itself", "in a transaction"])
def test_a_write_that_gets_no_connection_is_told_so(ann: Api, cable: Path, tags: list[str]) -> None:
    ann.get("todos")  # by a connection that lives on
    with ann.app.app_context():
        db.engines[None].dispose()
    with unplugged(cable, lambda: 0):
        told = unavailable(ann.post("todos", {"title": "Buy bread", "tags": tags}))
    assert told.endswith("nothing was changed.")
    assert ann.get("todos").get_json()["todos"] == []


#: Ends its own session when it is run, which is at the commit.
DYING_COMMIT = """
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER die AFTER INSERT ON todo DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION die();
"""


@pytest.fixture
def dying_commit(admin_url: str) -> Iterator[None]:
    """Let every connection that adds a todo die while it commits."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(DYING_COMMIT)
        yield
        connection.execute("DROP FUNCTION die CASCADE")


@pytest.mark.parametrize("tags", [[], ["work"]], ids=["by itself", "in a transaction"])
def test_a_write_whose_commit_broke_off_is_not_tried_again(
    ann: Api, dying_commit: None, tags: list[str]
) -> None:
    with counted(ann.app) as statements:
        detail = unavailable(ann.post("todos", {"title": "Once at most", "tags": tags}))
    assert "nothing was changed" not in detail
    assert len([sql for sql in statements if "INSERT INTO todo " in sql]) == 1


def test_all_say_so_while_the_server_is_away_and_it_comes_back_by_itself(
    ann: Api, cable: Path, kill: Callable[[], int]
) -> None:
    todo = ann.todo()
    with unplugged(cable, kill):
        for response in (
            ann.get("todos"),
            ann.get(f"todos/{todo['id']}"),
            ann.post("todos", {"title": "Lost"}),
            ann.patch(f"todos/{todo['id']}", {"title": "Lost"}),
            ann.delete(f"todos/{todo['id']}"),
        ):
            assert "nothing was changed" in unavailable(response)
        simple = ann.get("/todos")
        assert (simple.status_code, list(simple.get_json())) == (503, ["error"])
        assert simple.headers["Retry-After"].isdigit()
        for probe, word in (("/readyz", "unready"), ("/health", "unhealthy")):
            response = ann.get(probe)
            assert (response.status_code, response.get_json()["status"]) == (503, word)
            assert response.get_json()["detail"] == "The database is away."
        assert ann.get("/livez").status_code == 200
    assert ann.get("/readyz").status_code == 200
    assert ann.get(f"todos/{todo['id']}").get_json() == todo
    assert ann.todo("Kept")["title"] == "Kept"


def test_a_server_that_does_not_answer_is_not_waited_for_long(
    ann: Api, cable: Path, kill: Callable[[], int]
) -> None:
    with unplugged(cable, kill):
        cable.mkdir()
        port = make_url(ann.app.config["SETTINGS"].database_url).port or 5432
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(cable / f".s.PGSQL.{port}"))
            silent.listen()
            started = time.monotonic()
            unavailable(ann.get("todos"))
            assert time.monotonic() - started < 10
        for file in cable.iterdir():
            file.unlink()
        cable.rmdir()


@pytest.fixture
def frozen(ann: Api, admin_url: str) -> Iterator[None]:
    """Let every session that the service has had answer nothing."""
    ann.todo()
    with psycopg.connect(admin_url) as connection:
        asked = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'todoapp %'"
        sessions = [pid for (pid,) in connection.execute(asked)]
    for session in sessions:
        os.kill(session, signal.SIGSTOP)
    yield
    for session in sessions:
        os.kill(session, signal.SIGCONT)


def test_a_session_that_does_not_answer_is_left_for_a_new_one(ann: Api, frozen: None) -> None:
    assert len(ann.ids()) == 1
    assert ann.todo("Once")["title"] == "Once"
    assert len(ann.ids()) == 2


def test_a_row_that_is_locked_for_too_long_gives_up(ann: Api, admin_url: str) -> None:
    todo = ann.todo()
    with psycopg.connect(admin_url) as other:
        other.execute("SELECT 1 FROM todo WHERE id = %s FOR UPDATE", [todo["id"]])
        unavailable(ann.patch(f"todos/{todo['id']}", {"title": "Late"}))
        assert ann.get(f"todos/{todo['id']}").get_json() == todo  # readers go on
    assert ann.patch(f"todos/{todo['id']}", {"title": "Now"}).get_json()["version"] == 2


def test_a_pool_without_a_free_connection_gives_up(ann: Api) -> None:
    todo = ann.todo()
    with ann.app.app_context():
        forget_connections()
        reads = db.engines["reads"]
    held = [reads.connect() for _ in range(6)]
    unavailable(ann.get(f"todos/{todo['id']}"))
    for connection in held:
        connection.close()
    assert ann.get(f"todos/{todo['id']}").status_code == 200


def test_a_locked_sqlite_file_refuses_writes_and_serves_reads(sue: Api) -> None:
    todo = sue.todo()
    with locked(sue.app):
        started = time.monotonic()
        assert "nothing was changed" in unavailable(sue.post("todos", {"title": "Lost"}))
        assert 1 <= time.monotonic() - started < 5
        unavailable(sue.delete(f"todos/{todo['id']}"))
        assert sue.get(f"todos/{todo['id']}").get_json() == todo
        assert sue.get("/readyz").status_code == 200
    assert sue.todo("Kept")["title"] == "Kept"
    assert len(sue.ids()) == 2


def test_a_writer_that_waits_in_the_queue_gives_up_too(sue: Api) -> None:
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with sue.app.app_context(), unit_of_work():
            db.session.connection()
            holding.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(10)
    unavailable(sue.post("todos", {"title": "Lost"}))
    done.set()
    thread.join()
    assert sue.post("todos", {"title": "Kept"}).status_code == 201


def test_a_database_without_tables_is_not_ready(
    make_settings: MakeSettings, empty_database_url: str
) -> None:
    app = create_app(make_settings(database_url=empty_database_url))
    response = app.test_client().get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["detail"] == "The database is not migrated."
    with app.app_context():
        forget_connections()


def test_an_sqlite_folder_that_is_gone_is_a_database_that_is_away(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    app = create_app(make_settings(database_url=f"sqlite:///{tmp_path / 'gone' / 'todo.db'}"))
    assert app.test_client().get("/readyz").status_code == 503
    for method in ("GET", "POST"):
        unavailable(Api(app, "todo_aaaaaaaa_" + "a" * 43).call(method, "todos", {"title": "x"}))
