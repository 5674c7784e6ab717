"""Connections to PostgreSQL that give up by themselves, and have a short way for selects.

The server's own limits are of no use when the server does not answer: it was frozen, its disk
hangs, or its host has gone after it took the question. libpq would listen for hours.
"""

from collections import OrderedDict
from collections.abc import Sequence
from select import POLLIN, poll
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.generators import send
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine, event

T = TypeVar("T")
#: Psycopg's own pause between two looks at whether Ctrl-C was pressed, in seconds.
_INTERVAL = 0.1
#: So many selects the server keeps prepared for a connection: as many as psycopg has it keep.
_SELECTS_MAX = 100


class Listening(psycopg.Connection[Any]):
    """One that is closed when an answer does not come."""

    #: Psycopg warns of what is thrown away while it is open, unless it belongs to a pool. These
    #: do, to SQLAlchemy's, of which psycopg knows nothing.
    _pool = None
    #: Seconds to wait for each answer; None: as long as it takes.
    patience: float | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        #: The names of the prepared selects, the one that was used last at the end.
        self._selects: OrderedDict[str, bytes] = OrderedDict()
        self._prepared_selects = 0
        self._ear = poll()  # select() takes no descriptor above 1023, and a worker may have more
        self._ear.register(self.pgconn.socket, POLLIN)

    def wait(self, gen: PQGen[T], interval: float = _INTERVAL, timeout: float | None = None) -> T:
        """Return what the server answers. Raises OperationalError, dead by then, if it does not."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            # What it is still to be asked for would be answered with the answer to this.
            if timeout is None and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise

    def has_hung_up(self) -> bool:
        """Tell whether the server has said goodbye: while it is asked nothing, it says no more."""
        return bool(self._ear.poll(0))

    def select(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the rows of `sql`, in which `$1` is the first of `values`, cast to a type.

        It is outside of any transaction, or it commits itself. A cursor would look at the query
        anew each time, and take longer for that than the server does to find a row.
        """
        try:
            return self._select(sql, values)
        except InvalidSqlStatementName:  # after a rollback, psycopg has the server forget them all
            self._selects.clear()
            return self._select(sql, values)

    def _select(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        transformer = Transformer(self)
        bound = transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))
        name = self._prepared_select(sql)
        self.pgconn.send_query_prepared(name, bound, result_format=Format.BINARY)
        result = self._answer(ExecStatus.TUPLES_OK)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _prepared_select(self, sql: str) -> bytes:
        """Return the name of a select, which is prepared if it was not."""
        if sql in self._selects:
            self._selects.move_to_end(sql)
            return self._selects[sql]
        if len(self._selects) == _SELECTS_MAX:
            _, oldest = self._selects.popitem(last=False)
            self.pgconn.send_query(b"DEALLOCATE " + oldest)
            self._answer(ExecStatus.COMMAND_OK)
        self._prepared_selects += 1
        name = f"select_{self._prepared_selects}".encode()
        self.pgconn.send_prepare(name, sql.encode())
        self._answer(ExecStatus.COMMAND_OK)
        self._selects[sql] = name
        return name

    def _answer(self, wanted: ExecStatus) -> PGresult:
        """Return the answer to what was sent. Raises what the server complains of instead."""
        self.wait(send(self.pgconn))
        self._listen()
        result = self._next_result()
        assert result is not None  # noqa: S101 - there is one for each question
        while self._next_result() is not None:
            pass
        if result.status != wanted:
            raise error_from_result(result)
        return result

    def _next_result(self) -> PGresult | None:
        while self.pgconn.is_busy():  # or to ask for it would wait, however long
            self._listen()
        return self.pgconn.get_result()

    def _listen(self) -> None:
        """Take in what the server says next, as `wait` does.

        That gives the interpreter's lock away five times for each answer, and each time the other
        threads wake up to fight for it.
        """
        if not self._ear.poll(self.patience and self.patience * 1000):
            self.close()
            raise psycopg.OperationalError("The server does not answer.")
        self.pgconn.consume_input()


def listen(engine: Engine, patience: float) -> None:
    """Let every connection of `engine` wait for so many seconds for an answer."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, parameters: Any) -> Listening:
        connection = Listening.connect(*arguments, **parameters)
        connection.patience = patience
        return connection
