"""The service is killed under load: what it acknowledged is there, once, and it comes back.

Writers repeat each request with its Idempotency-Key until it is answered, as good clients do.
Meanwhile workers, the master and all of them at once are killed by SIGKILL.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.faults import integrity, writers
from tests.faults import service as services
from tests.faults.service import Service
from tests.faults.writers import Ledger
from tests.support import postgres, serve

pytestmark = pytest.mark.faults

ROUNDS = 2
#: Writes acknowledged between two kills, at least: every kill hits a service at work.
WRITES_BETWEEN = 25
#: Further kills, at most, until one has hit between a commit and its answer.
UNTIL_REPLAYED = 30


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """The service as it is shipped, on each engine in turn."""
    chosen = {"workers": "2", "threads": "4", "sqlite_synchronous": "full"}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_server")
        chosen["database_url"] = postgres.new_database(url, "faults")
    with services.running(serve.environment(tmp_path, **chosen), tmp_path / "log") as running:
        yield running


def torment(service: Service, ledger: Ledger) -> None:
    """Kill all that can be killed, in an order and at moments of chance."""
    kills: list[Callable[[], None]] = [
        service.lose_a_worker,
        service.lose_a_worker,
        service.lose_workers,
        service.lose_master,
        service.lose_all,
    ] * ROUNDS
    random.shuffle(kills)
    for kill in kills:
        hit(kill, ledger)
    for _ in range(UNTIL_REPLAYED):
        if ledger.replayed:
            return
        hit(service.lose_a_worker, ledger)


def hit(kill: Callable[[], None], ledger: Ledger) -> None:
    """Kill at a moment of chance, and see that work goes on."""
    ledger.grow_by(WRITES_BETWEEN + random.randrange(WRITES_BETWEEN))
    kill()
    ledger.grow_by(1)


def tell(service: Service, ledger: Ledger) -> None:
    """Print what happened, for pytest -s and for failures."""
    slowest = max(service.returns)
    print(
        f"\n{len(service.returns)} kills, {service.refused} starts refused, back in {slowest:.1f} s"
    )
    print(f"attempts {dict(ledger.attempts)}, of the answers {ledger.replayed} replayed")


def test_kills_under_load_lose_no_todo_and_double_none(service: Service, database: Engine) -> None:
    key = serve.KEY.search(service.log.read_text())
    assert key
    with writers.writing(service.connection, key[0]) as ledger:
        torment(service, ledger)
    tell(service, ledger)

    assert ledger.replayed, "no kill hit between a commit and its answer"
    assert service.stop() == 0
    with database.connect() as connection:
        integrity.account_for(ledger, connection)
        assert integrity.damage(connection) == []
    assert '"unexpected"' not in service.log.read_text()
