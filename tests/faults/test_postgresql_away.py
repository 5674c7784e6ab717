"""PostgreSQL is stopped, or does not answer: all are told to try again, till it is back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.faults import postmaster
from tests.faults import service as services
from tests.faults.load import under_load
from tests.faults.postmaster import Postmaster
from tests.faults.service import Service
from tests.support import postgres, serve

pytestmark = pytest.mark.faults


@pytest.fixture
def server() -> Iterator[Postmaster]:
    with postmaster.running() as server:
        yield server


@pytest.fixture
def service(server: Postmaster, tmp_path: Path) -> Iterator[Service]:
    chosen = {"database_url": postgres.new_database(server.url, "away"), "database_timeout": "1"}
    env = serve.environment(tmp_path, workers="2", threads="4", **chosen)
    with services.running(env, tmp_path / "log") as running:
        yield running


def test_a_stopped_server_is_503_till_it_is_started(
    service: Service, server: Postmaster, database: Engine
) -> None:
    with under_load(service, database) as load:
        server.stop()
        load.is_refused(reads=503)
        server.start()


def test_a_server_that_does_not_answer_is_503_till_it_does(
    service: Service, server: Postmaster, database: Engine
) -> None:
    with under_load(service, database) as load, server.frozen():
        load.is_refused(reads=503)
