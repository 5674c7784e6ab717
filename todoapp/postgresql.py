"""Connections to PostgreSQL that give up by themselves.

The server's own limits are of no use when the server does not answer: it was frozen, its disk
hangs, or its host has gone after it took the question. libpq would listen for hours.
"""

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event

T = TypeVar("T")
#: Psycopg's own pause between two looks at whether Ctrl-C was pressed, in seconds.
_INTERVAL = 0.1


class Listening(psycopg.Connection[Any]):
    """One that is closed when an answer does not come."""

    #: Psycopg warns of what is thrown away while it is open, unless it belongs to a pool. These
    #: do, to SQLAlchemy's, of which psycopg knows nothing.
    _pool = None
    #: Seconds to wait for each answer; None: as long as it takes.
    patience: float | None = None

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL, timeout: float | None = None) -> T:
        """Return what the server answers. Raises OperationalError, dead by then, if it does not."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            # What it is still to be asked for would be answered with the answer to this.
            if timeout is None and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def listen(engine: Engine, patience: float) -> None:
    """Let every connection of `engine` wait for so many seconds for an answer."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, parameters: Any) -> Listening:
        connection = Listening.connect(*arguments, **parameters)
        connection.patience = patience
        return connection
