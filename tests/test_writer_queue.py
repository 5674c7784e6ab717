"""How SQLite's writers take turns."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from tests.conftest import MakeSettings, opened
from todoapp.settings import Settings
from todoapp.writer_queue import WriterQueue

Queue = Callable[..., WriterQueue]


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """Return a function that makes a place in one and the same queue, as a process has one."""
    return lambda timeout=5.0: WriterQueue(str(tmp_path / "db.lock"), timeout=timeout)


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
    other_process = WriterQueue(f"{sqlite_settings.url.database}.lock", timeout=0)
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
from todoapp.writer_queue import WriterQueue
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
    engine = opened(make_settings(database_timeout="300"), writes=True)
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
    engine, stranger = opened(settings, writes=True), create_engine(settings.url)
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
    engine, stranger = opened(settings, writes=True), create_engine(settings.url)
    patient = engine.execution_options(wait=60)

    def write(engine: Engine = patient) -> None:
        with engine.begin() as connection:
            connection.execute(text("SELECT 1"))

    write()  # the file is in its journal mode, whose change waits for nobody
    with ThreadPoolExecutor() as pool, stranger.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(OperationalError, match="database is locked"):
            write(engine)
        assert time.monotonic() - started >= 1
        writers = {pool.submit(write) for _ in range(3)}
        refused = set(islice(as_completed(writers, timeout=30), 2))
        assert all("database is locked" in str(one.exception()) for one in refused)
        (waiting,) = writers - refused
        other.exec_driver_sql("ROLLBACK")
        waiting.result()
        with engine.begin():  # whoever began has told the others to wait for their turn again
            waits = pool.submit(write)
            assert not wait([waits], 0.1).done
    waits.result()
    engine.dispose()
    stranger.dispose()
