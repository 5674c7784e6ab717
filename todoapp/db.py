"""The base of the models, the session, and the unit of work that commits or undoes a write.

Services add and flush; the edge (a request, a command, a job) opens one `unit_of_work`, which
commits once when all went well. Outside of one the session reads, on an engine that cannot write.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from time import perf_counter
from typing import Any, TypeVar

import uuid_utils
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Date, Engine, MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry

from todoapp.column_types import UtcDateTime
from todoapp.errors import Unavailable
from todoapp.limits import IDS_AT_ONCE
from todoapp.tally import tally

T = TypeVar("T")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every model inherits."""

    # One registry, given whole: Flask-SQLAlchemy derives a class of its own from this one, which
    # cannot repeat a type_annotation_map.
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime(), date: Date()},
    )


@dataclass(frozen=True)
class Origin:
    """Where a call comes from; all unknown: not from a client."""

    request_id: str | None = None
    #: An IP address in text form.
    address: str | None = None
    user_agent: str | None = None


@dataclass
class UnitOfWork:
    """One write: everything it changes shares its operation, and is committed or undone whole."""

    #: What the change log says of where it came from.
    origin: Origin = field(default_factory=Origin)
    #: Names the operation in the change log.
    operation_id: str = field(default_factory=lambda: str(uuid_utils.uuid7()))
    #: The id of the first change recorded, which is the caller's handle on all of it.
    change_id: int | None = None
    #: PostgreSQL's transaction id, once known.
    transaction_id: int | None = None
    #: Run it whole, then undo it.
    rollback: bool = False
    #: The one with the transaction, once a statement without entities has asked for it.
    connection: Connection | None = None
    #: Its only statement has committed itself.
    is_committed: bool = False


_unit: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)
_reader: ContextVar[Connection | None] = ContextVar("reader", default=None)


class RoutedSession(Session):
    """Writes inside a unit of work, reads outside of it."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Engine | Connection:
        """Return the connection of the present unit of work, or the engine for one."""
        unit = _unit.get()
        if unit is None:
            return db.engines["reads"]
        return unit.connection or _engine(unit)


def _engine(unit: "UnitOfWork") -> Engine:
    if unit.is_committed:
        raise RuntimeError("a unit of work that was a single write goes on")
    return db.engines[None]


db = SQLAlchemy(
    model_class=Base,
    session_options={
        "class_": RoutedSession,
        # Its commit is that of the connection, whichever of the two began.
        "join_transaction_mode": "control_fully",
    },
)


def current_unit() -> UnitOfWork:
    """Return the open unit of work; RuntimeError outside of one, which is a bug in the caller."""
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("a write was tried outside a unit of work")
    return unit


@contextmanager
def unit_of_work(origin: Origin | None = None) -> Iterator[UnitOfWork]:
    """Commit what the block did, or undo all of it when it raises or sets `rollback`.

    What must be kept although the call will be refused has a unit of its own, inside that of the
    call and before its first statement, since SQLite has one writer. It has the call's origin.
    """
    outer = _unit.get()
    if outer is not None and has_begun(outer):
        raise RuntimeError("a unit of work was opened inside one that has begun")
    db.session.remove()  # a session that has read is bound to the engine that cannot write
    unit = UnitOfWork(origin or (outer.origin if outer else Origin()))
    token = _unit.set(unit)
    try:
        yield unit
        if not unit.rollback:
            _commit(unit)
    finally:
        db.session.remove()
        if unit.connection is not None:
            unit.connection.close()
        _unit.reset(token)


def has_begun(unit: UnitOfWork) -> bool:
    """Tell whether there is a transaction; a session that nobody used is not made to be asked."""
    if unit.connection is not None:
        return True
    return db.session.registry.has() and db.session().in_transaction()


def _commit(unit: UnitOfWork) -> None:
    flush()
    started = perf_counter()
    try:
        with saving():
            if db.session.registry.has():
                db.session.commit()
            if unit.connection is not None and unit.connection.in_transaction():
                unit.connection.commit()
    finally:
        tally.seconds += perf_counter() - started


@contextmanager
def saving() -> Iterator[None]:
    """Raise Unavailable where the connection dies while the block commits."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            said = "The database went away while it was saving: whether it did is not known."
            raise Unavailable(said) from error
        raise


def flush() -> None:
    """Write what the session holds back; without one, nothing is."""
    if db.session.registry.has():
        db.session.flush()


def writer() -> Connection:
    """Return the connection of the open transaction, for statements without entities.

    The first to ask begins the transaction, without a session: to make one takes as long as to
    find a row.
    """
    unit = current_unit()
    if unit.connection is None:
        begun = has_begun(unit)
        unit.connection = db.session.connection() if begun else _engine(unit).connect()
        if not begun:
            unit.connection.begin()
    return unit.connection


def reader() -> Connection:
    """Return the connection to read with.

    It is the open transaction's, so that a write reads what it wrote; else one in autocommit,
    which the thread keeps: checking one out for each request costs as much as a look-up by key.
    """
    unit = _unit.get()
    if unit is not None and has_begun(unit):
        return writer()
    engine = db.engines["reads"]
    connection = _reader.get()
    # One that has died raises forever; it may have died where nobody called forget_connections.
    if connection is None or connection.invalidated or connection.engine is not engine:
        close_reader()
        connection = engine.connect()
        _reader.set(connection)
    return connection


def is_kept(connection: Connection) -> bool:
    """Tell whether it is the one in autocommit, outside of any transaction."""
    return connection is _reader.get()


def close_reader() -> None:
    """Give the connection of `reader` back."""
    connection = _reader.get()
    if connection is not None:
        _reader.set(None)
        connection.close()


def forget_connections() -> None:
    """Drop this thread's connection and all that are idle, after one turned out to be dead."""
    close_reader()
    for engine in db.engines.values():
        engine.dispose()


def portions(values: Collection[T]) -> Iterator[list[T]]:
    """Yield the values in portions that are few enough to be bound in one statement."""
    rest = iter(values)
    while some := list(islice(rest, IDS_AT_ONCE)):
        yield some
