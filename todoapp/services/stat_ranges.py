"""What depends on the day: what is late, due today, and was created and completed on which day.

These are ranges of indexes, whose entries are counted. The numbers are kept in mind as long as the
day and the versions of the lists are the same (models.todo_count), so that what has not changed is
not counted again, however much it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Engine,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from todoapp.column_types import UtcDateTime
from todoapp.prepared import Prepared, aware, plain
from todoapp.services import moments
from todoapp.services.access import Sight
from todoapp.services.filters import candidate, condition, is_open, is_visible

#: How many answers are kept in mind, of a few kilobytes each.
KEPT = 512

Bound = tuple[tuple[str, Any], ...]


class Shape(NamedTuple):
    """All that fixes the SQL."""

    sight: Sight
    #: Of one list alone.
    narrow: bool
    days: int


class Day(NamedTuple):
    """A day somewhere."""

    date: date
    timezone: str

    def start(self, after: int = 0) -> datetime:
        """Return when the day begins that is so many days later."""
        return moments.midnight(self.date + timedelta(after), ZoneInfo(self.timezone))


@dataclass(frozen=True)
class Ranges:
    """The numbers of a day, at any time of it."""

    due_today: int
    #: How many are late since when; None: since an earlier day.
    late: Sequence[tuple[datetime | None, int]]
    #: The oldest first.
    per_day: Sequence[Mapping[str, Any]]

    def overdue(self, now: datetime) -> int:
        """Return how many are late by `now`."""
        return sum(number for since, number in self.late if since is None or since < now)


@lru_cache(maxsize=KEPT)
def read(_engine: Engine, _versions: bytes, shape: Shape, bound: Bound, day: Day) -> Ranges:
    """Return the numbers of the lists that are `bound`, which had these versions just before.

    Whoever sees a version later than that asks anew: what is kept is never older than its lists.
    """
    found: dict[str, dict[Any, int]] = {kind: {} for kind in _PARTS}
    for kind, ordinal, since, number in _statement(shape).all(**dict(bound), **_edges(shape, day)):
        found[kind][aware(since) if kind == "late" else ordinal] = number
    per_day = [_told(found, number, shape, day) for number in range(shape.days)]
    return Ranges(found["due_today"].get(0, 0), list(found["late"].items()), per_day)


def _told(found: Mapping[str, Any], number: int, shape: Shape, day: Day) -> dict[str, Any]:
    return {
        "date": (day.date - timedelta(shape.days - 1 - number)).isoformat(),
        "created": found["created"].get(number, 0),
        "completed": found["completed"].get(number, 0),
    }


def _edges(shape: Shape, day: Day) -> dict[str, Any]:
    """Return what is bound: where the days begin, and today ends."""
    starts = [day.start(number - shape.days + 1) for number in range(shape.days)]
    return {
        **{_name(number): start for number, start in enumerate(starts)},
        "starts": starts,
        "first_start": starts[0],
        **moments.bind(day.date, ZoneInfo(day.timezone), "today")[1],
    }


def _name(number: int) -> str:
    return f"start_no_{number}"


def _instant(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())


@lru_cache(maxsize=KEPT)
def _statement(shape: Shape) -> Prepared:
    return Prepared(lambda dialect: _select(shape, dialect))


def _select(shape: Shape, dialect: str) -> Any:
    """Return the select of numbers, each with its kind, the ordinal of its day and its instant."""
    return union_all(*(_counted(kind, shape, dialect) for kind in _PARTS))


def _counted(kind: str, shape: Shape, dialect: str) -> Select[Any]:
    part = _PARTS[kind](shape, dialect)
    entries = select(part.ordinal.label("ordinal"), part.since.label("since"))
    entries = entries.where(is_visible((), shape.sight), *part.where)
    if shape.narrow:
        entries = entries.where(condition("list"))
    entry = entries.with_hint(candidate, part.by_index, "sqlite").subquery(kind)
    since = plain(entry.c.since, dialect)
    told: list[Any] = [literal_column(f"'{kind}'"), entry.c.ordinal, since, func.count()]
    return select(*told).group_by(entry.c.ordinal, entry.c.since)


class _Part(NamedTuple):
    """What is counted, by what, and in which index."""

    by_index: str
    where: Sequence[ColumnElement[bool]]
    #: Of the day, the oldest being 0.
    ordinal: ColumnElement[Any] = literal_column("0", Integer)
    since: ColumnElement[Any] = cast(null(), UtcDateTime())


def _late(_shape: Shape, _dialect: str) -> _Part:
    """What is late, since an earlier day or from an instant of today on."""
    key, on = candidate.c.due_key, candidate.c.due_on
    earlier = or_(on.is_not(None), key < _instant("today_start"))
    late = or_(on < bindparam("today_day"), and_(on.is_(None), key < _instant("today_end")))
    where = (is_open(), condition("live"), key <= _instant("today_last"), late)
    return _Part("ix_todo_list_open_due", where, since=case((earlier, null()), else_=key))


def _due_today(_shape: Shape, _dialect: str) -> _Part:
    return _Part("ix_todo_list_due", (condition("live"), condition("due today")))


def _created(shape: Shape, dialect: str) -> _Part:
    return _of_days(candidate.c.created_at, "ix_todo_list_created", shape, dialect)


def _completed(shape: Shape, dialect: str) -> _Part:
    return _of_days(candidate.c.completed_at, "ix_todo_list_completed", shape, dialect)


def _of_days(column: Any, index: str, shape: Shape, dialect: str) -> _Part:
    within = (column >= _instant("first_start"), column < _instant("today_end"))
    if dialect == "sqlite":
        ordinal = _halved(column, 0, shape.days)
    else:
        starts = bindparam("starts", type_=ARRAY(DateTime(timezone=True)))
        ordinal = func.width_bucket(column, starts) - 1
    return _Part(index, (condition("live"), *within), ordinal)


def _halved(column: Any, low: int, high: int) -> ColumnElement[Any]:
    """Return the ordinal of the day that an instant is in, for SQLite: found by halving."""
    if high - low == 1:
        return literal_column(str(low), Integer)
    middle = (low + high) // 2
    earlier = column < _instant(_name(middle))
    return case((earlier, _halved(column, low, middle)), else_=_halved(column, middle, high))


_PARTS = {"late": _late, "due_today": _due_today, "created": _created, "completed": _completed}
