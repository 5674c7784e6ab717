"""Redis dies, or does not answer: requests are counted by each worker, and answered as usual."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.faults import service as services
from tests.faults.load import under_load
from tests.faults.service import Service
from tests.support import serve
from tests.support.redis import RedisServer

pytestmark = pytest.mark.faults


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def service(redis: RedisServer, tmp_path: Path) -> Iterator[Service]:
    env = serve.environment(tmp_path, workers="2", threads="4", redis_url=redis.url)
    with services.running(env, tmp_path / "log") as running:
        yield running


def test_nobody_notices_that_redis_has_gone(
    service: Service, redis: RedisServer, database: Engine
) -> None:
    with under_load(service, database) as load:
        redis.kill()
        load.goes_on()
        redis.start()
        load.goes_on()
        redis.pause()
        load.goes_on()
    assert load.reads.statuses.keys() == {200}
    assert load.ledger.attempts.keys() == {201}
