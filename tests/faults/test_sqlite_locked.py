"""Another program holds SQLite's write lock: writers are told to try again, readers go on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.faults import service as services
from tests.faults.load import under_load
from tests.faults.service import Service
from tests.support import serve

pytestmark = pytest.mark.faults

#: Writers and readers are looked at so often before the lock is given up.
ROUNDS = 4


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """The service on SQLite, which waits for the lock for a short time."""
    env = serve.environment(tmp_path, workers="2", threads="4", database_timeout="2")
    with services.running(env, tmp_path / "log") as running:
        yield running


def test_a_lock_refuses_writers_and_holds_no_reader_up(service: Service, database: Engine) -> None:
    with under_load(service, database) as load, database.connect() as stranger:
        stranger.exec_driver_sql("BEGIN IMMEDIATE")
        for _ in range(ROUNDS):
            load.is_refused(reads=200)
        stranger.exec_driver_sql("ROLLBACK")
    assert load.reads.statuses.keys() == {200}
