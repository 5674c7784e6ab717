"""The change log: every write records here what it did, in its own transaction.

On PostgreSQL ids are handed out before transactions commit, so a reader that remembers "all up to
n" would miss a change with a smaller id that commits later. Therefore each change also keeps its
transaction's id, taken before the change's own, and a reader with a cursor stays below the oldest
transaction still under way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, delete, insert, literal_column, select, update

from todoapp.db import UnitOfWork, current_unit, db, flush, writer
from todoapp.limits import IDS_AT_ONCE, PRUNED_AT_ONCE, Action, Noun
from todoapp.models import Change
from todoapp.services.access import Actor

Diff = Mapping[str, list[Any]]


@dataclass(frozen=True)
class Entry:
    """One thing done to one row."""

    noun: Noun
    noun_id: int
    action: Action
    list_id: int | None = None
    diff: Diff = field(default_factory=dict)


def record(actor: Actor | None, entries: Iterable[Entry], *, at: datetime) -> None:
    """Write `entries` to the log, as done by `actor` (None: the service itself).

    All that one unit of work records shares its operation.
    """
    unit = current_unit()
    transaction_id = _transaction_id(unit)
    rows = [row(actor, entry, at=at, transaction_id=transaction_id) for entry in entries]
    if not rows:
        return
    flush()
    ids = writer().scalars(_INSERT, alone(rows)).all()
    unit.change_id = unit.change_id or min(ids)


def row(
    actor: Actor | None, entry: Entry, *, at: datetime, transaction_id: int | None = None
) -> dict[str, Any]:
    """Return the columns of an entry of the present unit of work."""
    unit = current_unit()
    return {
        "at": at,
        "operation_id": unit.operation_id,
        "user_id": actor and actor.user_id,
        "api_key_id": actor and actor.key_id,
        "request_id": unit.origin.request_id,
        "address": unit.origin.address,
        "user_agent": unit.origin.user_agent,
        "noun": entry.noun,
        "noun_id": entry.noun_id,
        "list_id": entry.list_id,
        "action": entry.action,
        "diff": dict(entry.diff),
        "transaction_id": transaction_id,
    }


def alone(rows: list[dict[str, Any]]) -> Any:
    """Return what to insert: a single row by itself, which SQLAlchemy does much quicker."""
    return rows[0] if len(rows) == 1 else rows


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return `{field: [old, new]}` for what differs."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }


_INSERT = insert(Change.__table__).returning(Change.id)  # type: ignore[arg-type]


def erase(noun: Noun, ids: Sequence[int]) -> None:
    """Forget what the rows held; that they were there, and what was done, stays."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        statement = update(Change).where(Change.noun == noun, Change.noun_id.in_(some))
        db.session.execute(statement.values(diff={}))


def prune(*, before: datetime, at: datetime, most: int = PRUNED_AT_ONCE) -> int:
    """Forget the oldest changes, those made earlier than `before`; return how many that were.

    They are no more than `most`. The log notes up to which change it has forgotten: who asks for
    what came after an earlier one is told that it is gone (`history.after`).
    """
    oldest = db.session.execute(select(Change.id, Change.at).order_by(Change.id).limit(most))
    ids = [row.id for row in takewhile(lambda row: row.at < before, oldest)]
    if ids:
        db.session.execute(delete(Change).where(Change.id <= ids[-1]))
        record(None, [Entry(Noun.LOG, ids[-1], Action.PRUNE)], at=at)
    return len(ids)


#: The id of the present transaction in PostgreSQL, where it may be what gives it one.
TRANSACTION_ID: ColumnElement[int] = literal_column(
    "CAST(CAST(pg_current_xact_id() AS text) AS bigint)", BigInteger()
)


def _transaction_id(unit: UnitOfWork) -> int:
    if unit.transaction_id is None:
        asked = writer().dialect.name == "postgresql"
        unit.transaction_id = writer().execute(select(TRANSACTION_ID)).scalar_one() if asked else 0
    return unit.transaction_id
