"""Pages of todos by keyset.

A page costs the same wherever it is, forward and back, and rows that are inserted meanwhile make
neither gaps nor repeats. A page back is one forward in the reverse order, turned round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from todoapp.db import reader
from todoapp.limits import COUNT_MAX
from todoapp.prepared import aware
from todoapp.schemas.todo_out import Found, columns_of
from todoapp.services.access import Actor
from todoapp.services.filters import Bound, select_by
from todoapp.services.todo_order import INSTANTS, NULLABLE, Shape, has_to_weigh
from todoapp.services.todo_selects import count, fetch
from todoapp.services.todos_by_tag import have_few

#: Each a schemas.todo_out.TodoRow, and the key that it is sorted by.
Rows = Sequence[Sequence[Any]]


class Cursor(NamedTuple):
    """The place of a todo: the phase (0: has a value, 1: null), the value sorted by and the id."""

    phase: int
    key: Any
    id: int


@dataclass(frozen=True)
class Page:
    """Some todos, in order."""

    found: Sequence[Found]
    #: The last of them, after which the next page begins; None: there is none.
    next: Cursor | None
    #: How many there are in all, to COUNT_MAX; None: not asked for.
    total: int | None
    #: There are more than COUNT_MAX.
    capped: bool = False
    #: The first of them, before which the previous page ends; None: there is none.
    previous: Cursor | None = None

    @cached_property
    def rows(self) -> Rows:
        """The columns of what was found."""
        return [columns_of(found) for found in self.found]


def page(
    actor: Actor,
    query: Mapping[str, Any],
    cursor: Cursor | None,
    *,
    now: datetime,
    back: bool = False,
) -> Page:
    """Return the todos that `query` (schemas.todo.TodoQuery) asks for, after `cursor`.

    With `back`, which takes a cursor, they are those before it; if these do not fill a page, it is
    the first page.
    """
    order, bound = shape_of(actor, query, now=now)
    size: int = query["page_size"]
    found, phases = found_from(order, bound, cursor, size + 1, back=back)
    if back and len(found) < size:
        return page(actor, query, None, now=now)
    total = count(order.variants, actor.sight).first(**bound)[0] if query["count"] else None
    capped = total is not None and total > COUNT_MAX
    farthest = _cursor(order, phases[size - 1], found[size - 1]) if len(found) > size else None
    nearest = _cursor(order, phases[0], found[0]) if cursor and found else cursor
    begins, ends = (farthest, nearest) if back else (nearest, farthest)
    shown = found[size - 1 :: -1] if back else found[:size]
    return Page(shown, ends, COUNT_MAX if capped else total, capped, begins)


def shape_of(actor: Actor, query: Mapping[str, Any], *, now: datetime) -> tuple[Shape, Bound]:
    """Return what fixes the SQL of the pages of `query`, and what is bound in them all."""
    variants, bound = select_by(query, actor, now)
    bound |= actor.bound
    order = Shape(
        reader().dialect.name,
        variants,
        actor.sight,
        query["sort"].removeprefix("-"),
        query["sort"].startswith("-"),
    )
    if has_to_weigh(order):
        order = order._replace(few=have_few(variants, actor.sight, bound))
    return order, bound


def _cursor(order: Shape, phase: int, found: Found) -> Cursor:
    row = columns_of(found)
    key = row[-1]
    if order.sort in INSTANTS:
        key = aware(key)
    elif order.sort == "position":
        key = float(key)
    return Cursor(phase, key, row[0])


def found_from(
    order: Shape, bound: Bound, cursor: Cursor | None, limit: int, *, back: bool = False
) -> tuple[list[Found], list[int]]:
    """Return up to `limit` rows after `cursor`, and the phase of each.

    With `back` they are those before it, the nearest first.
    """
    found: list[Found] = []
    phases: list[int] = []
    step, end = (-1, -1) if back else (1, 2 if order.sort in NULLABLE else 1)
    for phase in range(cursor.phase if cursor else 0, end, step):
        here = cursor if cursor and cursor.phase == phase else None
        shape = order._replace(
            descending=order.descending != back, phase=phase, continues=here is not None
        )
        place = {"after_key": here.key, "after_id": here.id} if here else {}
        some = fetch(shape, bound | place, limit - len(found))
        found += some
        phases += [phase] * len(some)
        if len(found) == limit:
            break
    return found, phases
