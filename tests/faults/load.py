"""A service at work: its clients write and read all the time, and say how it goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from tests.faults import integrity, readers, writers
from tests.faults.readers import Readings
from tests.faults.service import Service
from tests.faults.writers import Ledger
from tests.support import serve

#: So many writes and reads are enough to meet every thread.
_MANY = 60
#: A fault lasts until all writers have been refused so often, one after the other.
_TIMES = 2


@dataclass(frozen=True)
class Load:
    """What the clients were told so far."""

    ledger: Ledger
    reads: Readings

    def goes_on(self) -> None:
        """See that writes and reads succeed."""
        self.ledger.grow_by(_MANY)
        self.reads.grow_by(_MANY, 200)

    def is_refused(self, *, reads: int) -> None:
        """See that writes get 503, again and again, and reads the status `reads`."""
        goal = self.ledger.attempts[503] + _TIMES * writers.COUNT
        serve.wait_until(lambda: self.ledger.attempts[503] >= goal, "writes that are refused")
        self.reads.grow_by(_MANY if reads == 200 else _TIMES * len(readers.PATHS), reads)

    def tell(self) -> None:
        """Print what happened, for pytest -s and for failures."""
        print(f"\nreads {dict(self.reads.statuses)}, writes {dict(self.ledger.attempts)}")


@contextmanager
def under_load(service: Service, database: Engine) -> Iterator[Load]:
    """Load the service for the block; then stop it, and assert that nothing came of the fault.

    Nobody may have waited for longer than a client does, nor been told of an error of ours; what
    was acknowledged is there, and once; and what was acknowledged since is, too, without a restart.
    """
    with writers.writing(service.connection, service.key) as ledger:
        ledger.grow_by(1)
        with readers.reading(service) as readings:
            load = Load(ledger, readings)
            load.goes_on()
            yield load
            load.goes_on()
    load.tell()
    assert readings.statuses.keys() <= {200, 503}
    assert ledger.attempts.keys() <= {201, 409, 503}
    assert service.stop() == 0
    with database.connect() as connection:
        integrity.account_for(ledger, connection)
        assert integrity.damage(connection) == []
    assert '"unexpected"' not in service.log.read_text()
