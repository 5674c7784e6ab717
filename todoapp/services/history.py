"""What was done: to one thing, and to all that an actor sees, in order.

A reader of all remembers the last change that it has seen and asks for those after it. The order is
that of transactions, then ids: on PostgreSQL ids are given before commits, so that neither alone
would do. What was done in transactions that began after the oldest one still under way is left for
the next call.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, text, tuple_

from todoapp.db import reader
from todoapp.errors import Gone
from todoapp.limits import Noun
from todoapp.models import Change
from todoapp.services import todo_rows
from todoapp.services.access import Actor, refuse_filtered
from todoapp.services.change_rows import Shown, in_lists, rows, seen_by, shown

#: A place in the log: a transaction and a change.
Place = tuple[int, int]

_ORDER = tuple_(Change.transaction_id, Change.id)
_START: Place = (-1, 0)


def of_todo(
    actor: Actor, todo_id: int, query: Mapping[str, Any], before: int | None
) -> tuple[Shown, tuple[int] | None]:
    """Return what was done to a todo, as schemas.change.ChangeOut takes it, newest first.

    With it comes where the next page begins. What happened in a list that the actor does not see
    is left out. Raises NotFound.
    """
    todo_rows.read(actor, todo_id)
    size = query["page_size"]
    statement = (
        rows()
        .where(Change.noun == Noun.TODO, Change.noun_id == todo_id)
        .where(in_lists(actor))
        .order_by(Change.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        statement = statement.where(Change.id < before)
    found = list(reader().execute(statement))
    return shown(actor, found[:size]), (found[size - 1].id,) if len(found) > size else None


def after(actor: Actor, query: Mapping[str, Any]) -> tuple[Shown, int]:
    """Return what was done after the change `query["after"]`, and what to ask for next.

    Without `after` it begins with the first change that is kept. Raises Gone when changes after it
    are no longer kept, and Forbidden for a key that is limited to some todos.
    """
    refuse_filtered(actor)
    start, end = _start(query.get("after")), _end()
    statement = (
        rows()
        .where(start < _ORDER, end >= _ORDER, Change.noun != Noun.LOG, seen_by(actor))
        .order_by(Change.transaction_id, Change.id)
        .limit(query["page_size"])
    )
    if "noun" in query:
        statement = statement.where(Change.noun == query["noun"])
    found = list(reader().execute(statement))
    full = len(found) == query["page_size"]
    return shown(actor, found), found[-1].id if full else max(start, end)[1]


def _start(change_id: int | None) -> Place:
    """Return the place of a change, or of the last one before it."""
    kept_after = reader().scalar(select(func.max(Change.noun_id)).where(Change.noun == Noun.LOG))
    if change_id is None:
        return _START
    if kept_after is not None and change_id < kept_after:
        raise Gone(
            f"Changes up to {kept_after} are no longer kept: read everything anew, then go on "
            f"from {kept_after}.",
            kept_after=kept_after,
        )
    found = select(Change.transaction_id).where(Change.id <= change_id)
    transaction_id = reader().scalar(found.order_by(Change.id.desc()).limit(1))
    return _START if transaction_id is None else (transaction_id, change_id)


def _end() -> Place:
    """Return the last place before which nothing can be added any more."""
    connection = reader()
    last = select(Change.transaction_id, Change.id)
    if connection.dialect.name == "postgresql":
        oldest = text("CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
        last = last.where(Change.transaction_id < oldest)
    newest_first = (Change.transaction_id.desc(), Change.id.desc())
    found = connection.execute(last.order_by(*newest_first).limit(1)).first()
    return _START if found is None else (found.transaction_id, found.id)
