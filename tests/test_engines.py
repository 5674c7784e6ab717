"""Both engines on both databases: how each connection is set, and how writers take turns."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from tests.conftest import MakeSettings
from tests.support.api import Api
from todoapp import engines
from todoapp.clock import utcnow
from todoapp.db import Origin, UtcDateTime, current_unit, db, unit_of_work
from todoapp.models import TodoList
from todoapp.services import lists
from todoapp.settings import Settings

Queue = Callable[..., engines.WriterQueue]


@pytest.fixture
def sqlite_settings(make_settings: MakeSettings) -> Settings:
    return make_settings(database_timeout="1", sqlite_synchronous="full")


@pytest.fixture
def writes(sqlite_settings: Settings) -> Iterator[Engine]:
    engine = _engine(sqlite_settings, writes=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


@pytest.fixture
def reads(sqlite_settings: Settings, writes: Engine) -> Iterator[Engine]:
    engine = _engine(sqlite_settings, writes=False)
    yield engine
    engine.dispose()


def _engine(settings: Settings, *, writes: bool) -> Engine:
    engine = create_engine(settings.url, **engines.options(settings, writes=writes))
    engines.prepare(engine, settings, writes=writes)
    return engine


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """Return a function that makes a place in one and the same queue, as a process has one."""
    return lambda timeout=5.0: engines.WriterQueue(str(tmp_path / "db.lock"), timeout=timeout)


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


def test_synchronous_can_be_lowered(make_settings: MakeSettings) -> None:
    engine = _engine(make_settings(sqlite_synchronous="normal"), writes=True)
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
        engine = _engine(settings, writes=writes)
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


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda c: c.commit(), id="commit"),
        pytest.param(lambda c: c.rollback(), id="rollback"),
        pytest.param(lambda c: c.execute(text("no such statement")), id="error"),
    ],
)
def test_the_turn_ends_with_the_transaction(
    writes: Engine, queue: Queue, sqlite_settings: Settings, end: Callable[[object], object]
) -> None:
    try:
        with writes.connect() as connection:
            connection.execute(text("INSERT INTO t DEFAULT VALUES"))
            end(connection)
    except OperationalError:
        pass
    other_process = engines.WriterQueue(f"{sqlite_settings.url.database}.lock", timeout=0)
    other_process.acquire(0)
    other_process.release()
    with writes.begin() as connection:
        connection.execute(text("INSERT INTO t DEFAULT VALUES"))


def test_a_writer_begins_with_the_write_lock(writes: Engine, reads: Engine) -> None:
    with writes.connect() as writer:
        writer.execute(text("SELECT 1"))
        with reads.connect() as reader:  # readers go on
            assert reader.execute(text("SELECT count(*) FROM t")).scalar() == 0
        with pytest.raises(OperationalError, match="database is locked"), writes.connect() as other:
            other.execute(text("SELECT 1"))


def test_threads_take_turns(writes: Engine) -> None:
    inside, most = 0, 0

    def write() -> None:
        nonlocal inside, most
        for _ in range(25):
            with writes.begin() as connection:
                connection.execute(text("SELECT 1"))
                inside += 1
                most = max(most, inside)
                connection.execute(text("INSERT INTO t DEFAULT VALUES"))
                inside -= 1

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    with writes.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 100


HOLDER = """
import sys
from todoapp.engines import WriterQueue
queue = WriterQueue(sys.argv[1], timeout=5)
queue.acquire(5)
print("mine", flush=True)
sys.stdin.read()
"""


def test_processes_take_turns_and_a_dead_one_loses_its_turn(queue: Queue, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "db.lock")]
    mine = queue()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "mine\n"
        with pytest.raises(OperationalError):
            mine.acquire(0.05)
        holder.kill()
    mine.acquire(5)
    mine.release()


def test_a_writer_gives_up_after_the_timeout(queue: Queue) -> None:
    first, second = queue(), queue()
    first.acquire(0)
    started = time.monotonic()
    with pytest.raises(OperationalError, match="database is locked"):
        second.acquire(0.3)
    assert 0.3 <= time.monotonic() - started < 2
    first.release()
    second.acquire(0)  # it gave nothing away by giving up
    second.release()


def test_a_thread_gives_up_after_the_timeout(queue: Queue) -> None:
    place = queue()
    place.acquire(0)
    with pytest.raises(OperationalError, match="database is locked"):
        place.acquire(0.05)
    place.release()
    place.acquire(0)
    place.release()


def test_who_does_not_wait_gives_up_at_once(
    make_settings: MakeSettings,
) -> None:
    engine = _engine(make_settings(database_timeout="300"), writes=True)
    impatient = engine.execution_options(wait=0)
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="database is locked"), impatient.begin():
            pass
    with impatient.begin() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 0
    with engine.begin() as connection:  # patience comes back with the connection
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 300_000
    engine.dispose()


def test_who_does_not_wait_does_not_wait_for_a_program_outside_the_queue(
    make_settings: MakeSettings,
) -> None:
    settings = make_settings(database_timeout="300")
    engine, stranger = _engine(settings, writes=True), create_engine(settings.url)
    with stranger.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        impatient = engine.execution_options(wait=0)
        with pytest.raises(OperationalError, match="database is locked"), impatient.begin():
            pass
    with engine.begin() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 300_000
    engine.dispose()
    stranger.dispose()


def test_of_many_who_wait_for_a_program_outside_the_queue_one_goes_on(
    make_settings: MakeSettings,
) -> None:
    """The other threads are to serve reads."""
    settings = make_settings(database_timeout="1")
    engine, stranger = _engine(settings, writes=True), create_engine(settings.url)

    def write() -> None:
        with engine.begin() as connection:
            connection.execute(text("SELECT 1"))

    with ThreadPoolExecutor() as pool, stranger.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="database is locked"):
            write()
        writers = [pool.submit(write) for _ in range(3)]
        refused, waiting = wait(writers, return_when=FIRST_EXCEPTION)
        assert waiting
        assert all("database is locked" in str(one.exception()) for one in refused)
        other.exec_driver_sql("ROLLBACK")
        wait(waiting)
        assert any(one.exception() is None for one in writers)
        with engine.begin():  # whoever began has told the others to wait for their turn again
            waits = pool.submit(write)
            assert not wait([waits], 0.1).done
    waits.result()
    engine.dispose()
    stranger.dispose()


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
