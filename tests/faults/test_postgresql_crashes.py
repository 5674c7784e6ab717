"""PostgreSQL crashes under load: all are told to try again, and the service recovers by itself."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from tests.faults import integrity, writers
from tests.faults import service as services
from tests.faults.service import Service
from tests.support import postgres, serve

pytestmark = pytest.mark.faults

CRASHES = 2
WRITES_BETWEEN = 50
PATHS = (
    "/readyz",
    "/api/v1/todos/1",
    "/api/v1/todos/1/history",
    "/api/v1/todos?sort=due_date&count=true",
    "/api/v1/lists",
    "/todos",
)
#: Requests that cannot all miss a thread: each worker has four.
OFTEN = 50


@pytest.fixture
def server_url() -> Iterator[str]:
    """Return the URL of a server of this module's own, to crash."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def service(server_url: str, tmp_path: Path) -> Iterator[Service]:
    chosen = {"database_url": postgres.new_database(server_url, "faults")}
    env = serve.environment(tmp_path, workers="2", threads="4", **chosen)
    with services.running(env, tmp_path / "log") as running:
        yield running


def crash(server_url: str) -> None:
    """Kill one session of the service: the server ends all others, and recovers from its log."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        session = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'todoapp writes'"
        ).fetchone()
    assert session
    os.kill(session[0], signal.SIGKILL)


def read(service: Service, key: str, path: str, stopped: threading.Event) -> Counter[int]:
    """Read until told to stop; return how often each status was answered."""
    statuses: Counter[int] = Counter()
    while not stopped.wait(0.01):
        statuses[service.status_of(path, X_API_Key=key)] += 1
    return statuses


def test_a_crash_under_load_is_503_for_as_long_as_it_lasts(
    service: Service, server_url: str, database: Engine
) -> None:
    found = serve.KEY.search(service.log.read_text())
    assert found
    key, stopped = found[0], threading.Event()
    with ThreadPoolExecutor(len(PATHS)) as pool, writers.writing(service.connection, key) as ledger:
        ledger.grow_by(1)
        readers = [pool.submit(read, service, key, path, stopped) for path in PATHS]
        for _ in range(CRASHES):
            ledger.grow_by(WRITES_BETWEEN)
            crash(server_url)
        ledger.grow_by(WRITES_BETWEEN)
        stopped.set()
    statuses = sum((reader.result() for reader in readers), Counter())
    print(f"\n{CRASHES} crashes, reads {dict(statuses)}, writes {dict(ledger.attempts)}")
    assert statuses.keys() == {200, 503}
    assert ledger.attempts.keys() - {409} == {201, 503}

    for path in PATHS * OFTEN:
        assert service.status_of(path, X_API_Key=key) == 200
    assert service.stop() == 0
    with database.connect() as connection:
        integrity.account_for(ledger, connection)
        assert integrity.damage(connection) == []
