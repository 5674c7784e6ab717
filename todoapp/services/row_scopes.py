"""The row scope of a key: of the todos that its owner sees, it has those that its filter selects.

As in PostgreSQL's row security, a todo outside of the filter is not there for reading and changing,
and a write that would leave one outside is refused whole. What a write takes along, such as the
subtasks of what goes into the trash, must be inside as well. What cannot be kept to rows is closed
to such a key (`access.refuse_filtered`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Select, and_, not_, select

from todoapp.db import db
from todoapp.errors import Forbidden
from todoapp.limits import IDS_AT_ONCE
from todoapp.models import Todo
from todoapp.services.access import Actor
from todoapp.services.filters import Bound, Variants, candidate, condition, select_by
from todoapp.services.kept_statements import APART

Which = ColumnElement[bool]


def of(actor: Actor) -> tuple[Variants, Bound]:
    """Return the variants of the actor's filter, none without one, and the values bound to them.

    Raises Forbidden when the filter can no longer be read.
    """
    if actor.row_filter is None:
        return (), {}
    return select_by({}, actor, cast(datetime, actor.called_at))


def selected(variants: Variants) -> list[Which]:
    """Return what a todo has to fulfil so that `variants` select it; nothing without any."""
    if not variants:
        return []
    some = select(candidate.c.id).where(candidate.c.id == Todo.id, *map(condition, variants))
    return [some.exists()]


def covers(actor: Actor, todo_id: int) -> bool:
    """Tell whether the actor's filter selects the todo, if it is there; without one it does."""
    if actor.row_filter is None:
        return True
    variants, bound = of(actor)
    found = select(Todo.id).where(Todo.id == todo_id, *selected(variants))
    return _scalar(found, actor.bound | bound) is not None


def require(actor: Actor | None, which: Which) -> None:
    """Raise Forbidden, naming the filter, unless it selects all of these todos."""
    if actor is None or actor.row_filter is None:
        return
    variants, bound = of(actor)
    outside = select(Todo.id).where(which, not_(and_(*selected(variants))))
    if _scalar(outside.limit(1), actor.bound | bound) is not None:
        raise Forbidden(
            f"This key is only for todos that its filter selects: {actor.row_filter}",
            code="outside-filter",
            filter=actor.row_filter,
        )


def require_ids(actor: Actor | None, ids: Sequence[int]) -> None:
    """Raise Forbidden unless the filter selects all of the todos with these ids."""
    if actor is not None and actor.row_filter is not None:
        for start in range(0, len(ids), IDS_AT_ONCE):
            require(actor, Todo.id.in_(ids[start : start + IDS_AT_ONCE]))


def _scalar(statement: Select[tuple[int]], bound: Bound) -> int | None:
    return db.session.scalar(statement, bound, execution_options=APART)
