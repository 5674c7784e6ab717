"""What is open, late and done, in numbers.

How many todos of each status there are, the database counts when they are written: see
models.todo_count. What depends on the day is counted from indexes: see services.stat_ranges.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2b
from heapq import nlargest
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, Text, bindparam, cast, func, literal, select

from todoapp.db import db
from todoapp.limits import BUSIEST_LISTS_MAX, Status
from todoapp.models import TodoCount, TodoList
from todoapp.prepared import Prepared
from todoapp.services import stat_ranges
from todoapp.services.access import SEATS, Actor, Sight, refuse_filtered
from todoapp.services.stat_ranges import Day, Shape

_counts, _lists = TodoCount.__table__, TodoList.__table__


class _List(NamedTuple):
    """A list, its version (models.todo_count), and how many of its todos have each status."""

    id: int
    name: str
    version: int
    pending: int
    in_progress: int
    on_hold: int
    completed: int
    cancelled: int

    @property
    def open(self) -> int:
        return self.pending + self.in_progress + self.on_hold


_STATUSES = tuple(map(str, Status))


def read(actor: Actor, query: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the numbers (schemas.stats.StatsOut) that `query` (StatsQuery) asks for.

    Days are those of the actor's timezone; the last one is today. The trash never counts. Raises
    Forbidden for a key with a filter, since whole lists are counted.
    """
    refuse_filtered(actor)
    shape = Shape(actor.sight, "list_id" in query, query["days"])
    bound = actor.bound | ({"list_id": query["list_id"]} if shape.narrow else {})
    gathered: str = _statement(shape.sight, shape.narrow).first(**bound)[0] or "[]"
    lists = [_List._make(row) for row in orjson.loads(gathered)]
    day = Day(now.astimezone(actor.zone).date(), actor.timezone)
    versions = blake2b(gathered.encode()).digest()
    ranges = stat_ranges.read(db.engines["reads"], versions, shape, tuple(bound.items()), day)
    return {
        "open": sum(one.open for one in lists),
        "overdue": ranges.overdue(now),
        "due_today": ranges.due_today,
        "by_status": {name: sum(getattr(one, name) for one in lists) for name in _STATUSES},
        "busiest_lists": _busiest(lists),
        "per_day": ranges.per_day,
    }


def _busiest(lists: Sequence[_List]) -> list[dict[str, Any]]:
    """Return the few lists with the most open todos."""
    most = nlargest(BUSIEST_LISTS_MAX, lists, key=lambda one: (one.open, -one.id))
    return [{"list_id": one.id, "name": one.name, "open": one.open} for one in most if one.open]


@cache
def _statement(sight: Sight, narrow: bool) -> Prepared:
    return Prepared(lambda dialect: _gathered(sight, narrow, dialect))


def _gathered(sight: Sight, narrow: bool, dialect: str) -> Select[Any]:
    """Return the select of a JSON array with each list as an array; null: there are none.

    One value is read faster than a row for each list, and what it says is known by its digest.
    """
    seat = SEATS[sight]
    sums = [func.sum(_counts.c[name]) for name in ("version", *_STATUSES)]
    array = func.json_array if dialect == "sqlite" else func.json_build_array
    row = cast(array(_lists.c.id, _lists.c.name, *sums), Text).label("row")
    rows = (
        select(row)
        .select_from(seat)
        .join(_counts, _counts.c.list_id == seat.c.list_id)
        .join(_lists, _lists.c.id == seat.c.list_id)
        .group_by(_lists.c.id)
        .order_by(_lists.c.id)  # a new plan must not make it another digest
    )
    if narrow:
        rows = rows.where(seat.c.list_id == bindparam("list_id"))
    return select(literal("[") + func.aggregate_strings(rows.subquery().c.row, ",") + literal("]"))
