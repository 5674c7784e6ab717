"""Which todos somebody has selected to change them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from todoapp.db import db, portions, reader
from todoapp.errors import Conflict, Forbidden
from todoapp.limits import BULK_MAX
from todoapp.models import Todo
from todoapp.services import row_scopes, todo_selects, view_rows
from todoapp.services.access import SEEN, Actor, writable_lists
from todoapp.services.filters import select_by
from todoapp.services.kept_statements import APART


@dataclass(frozen=True)
class Selection:
    """The todos that were ticked, or all that a query selects: one of the two."""

    ids: tuple[int, ...] | None = None
    #: Values of schemas.todo.TodoQuery; sort and size have no bearing on it.
    query: Mapping[str, Any] | None = None


def find(actor: Actor, selection: Selection, *, now: datetime) -> list[int]:
    """Return the ids of the selected todos that the actor sees, in order.

    Raises Conflict `too-many` for more than BULK_MAX, and what a query may be refused with.
    """
    if selection.query is None:
        ids = sorted(set(selection.ids or ()))
        _refuse_too_many(ids)
        return _seen(actor, ids)
    query = view_rows.applied(actor, dict(selection.query))
    variants, bound = select_by(query, actor, now)
    rows = todo_selects.ids(variants, actor.sight).all(**actor.bound, **bound)
    _refuse_too_many(rows)
    return sorted(row[0] for row in rows)


def _refuse_too_many(ids: Sequence[Any]) -> None:
    if len(ids) > BULK_MAX:
        raise Conflict(
            f"More than {BULK_MAX:,} todos at once are too many: narrow the filter.",
            code="too-many",
        )


def _seen(actor: Actor, ids: Sequence[int]) -> list[int]:
    variants, bound = row_scopes.of(actor)
    seen = Todo.list_id.in_(SEEN[actor.sight])
    found: list[int] = []
    for some in portions(ids):
        rows = select(Todo.id).where(Todo.id.in_(some), seen, *row_scopes.selected(variants))
        options = APART if variants else {}
        found += reader().scalars(rows, actor.bound | bound, execution_options=options)
    return sorted(found)


def refuse_read_only(actor: Actor, ids: Sequence[int]) -> None:
    """Raise Forbidden, telling how many there are, if the actor may only look at some todos."""
    count = 0
    for some in portions(ids):
        closed = select(func.count()).select_from(Todo).where(Todo.id.in_(some))
        count += db.session.scalars(closed.where(Todo.list_id.not_in(writable_lists(actor)))).one()
    if count:
        todos = "1 of these todos" if count == 1 else f"{count:,} of these todos"
        raise Forbidden(f"You may only look at {todos}.", code="insufficient-role", count=count)
