"""The disk is full: writes are told to try again, reads go on, and with room all is well again."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from tests.faults import disk
from tests.faults import service as services
from tests.faults.load import under_load
from tests.faults.service import Service
from tests.support import postgres, serve

pytestmark = pytest.mark.faults


@pytest.fixture
def folder() -> Iterator[Path]:
    with disk.small() as folder:
        yield folder


@pytest.fixture
def tablespace(postgresql_server: str, folder: Path) -> Iterator[str]:
    """Return the URL of a database whose tables are on the small disk, and its log is not.

    A PostgreSQL that cannot write its log ends by itself, and is an operator's to start again.
    """
    url = postgres.new_database(postgresql_server, "full")
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        [data] = connection.execute("SHOW data_directory").fetchone() or [""]
        shutil.chown(folder, Path(data).owner(), Path(data).group())
        connection.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        connection.execute('ALTER DATABASE "full" SET TABLESPACE small')
        yield url
        connection.execute('DROP DATABASE "full" WITH (FORCE)')
        connection.execute("DROP TABLESPACE small")


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, folder: Path) -> Iterator[Service]:
    """The service on each engine in turn, with its log on the small disk as well."""
    chosen = {"workers": "2", "threads": "4", "database_timeout": "2"}
    if request.param == "postgresql":
        chosen["database_url"] = request.getfixturevalue("tablespace")
    with services.running(serve.environment(folder, **chosen), folder / "log") as running:
        yield running


def test_a_full_disk_refuses_writes_and_no_reads(
    service: Service, folder: Path, database: Engine
) -> None:
    with under_load(service, database) as load:
        with disk.full(folder):
            load.is_refused(reads=200)
        size = service.log.stat().st_size
    assert load.reads.statuses.keys() == {200}
    told = service.log.read_bytes()[size:].splitlines()
    assert json.loads(told[-1])["message"] == "request"
