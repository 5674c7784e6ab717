"""How dates and instants compare with a moment that is given: a day of the actor's, or an instant.

A day compares by days in the actor's timezone. A due date that is a day counts, against an instant,
as the end of that day: the last moment before midnight.
"""

import operator as op
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, and_, bindparam, or_

from todoapp.column_types import UtcDateTime

Condition = ColumnElement[bool]

COMPARISONS: dict[str, Callable[[Any, Any], Condition]] = {
    "=": op.eq,
    "<": op.lt,
    "<=": op.le,
    ">": op.gt,
    ">=": op.ge,
}


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when `day` begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def bind(moment: date | datetime, zone: ZoneInfo, name: str) -> tuple[str, dict[str, Any]]:
    """Return whether the moment is a `day` or an `instant`, and the values to bind for it."""
    if isinstance(moment, datetime):
        day = moment.astimezone(zone).date()
        return "instant", {name: moment, f"{name}_day": day, **_keys(name, moment, _key(day))}
    start, end = midnight(moment, zone), midnight(moment + timedelta(days=1), zone)
    edges = {f"{name}_start": start, f"{name}_end": end}
    keys = _keys(name, start, end, _key(moment), _key(moment + timedelta(days=1)))
    return "day", {f"{name}_day": moment, **edges, **keys}


def _key(day: date) -> datetime:
    """Return the key by which what is due on `day` sorts."""
    return datetime.combine(day, time(), UTC)


def _keys(name: str, *edges: datetime) -> dict[str, datetime]:
    return {f"{name}_first": min(edges), f"{name}_last": max(edges)}


def compared(column: Any, operator: str, form: str, name: str) -> Condition:
    """Return the condition that the instant in `column` is as `operator` says."""
    if form == "instant":
        return COMPARISONS[operator](column, _instant(name))
    start, end = _instant(f"{name}_start"), _instant(f"{name}_end")
    within: dict[str, Condition] = {
        "=": and_(column >= start, column < end),
        "<": column < start,
        "<=": column < end,
        ">": column >= end,
        ">=": column >= start,
    }
    return within[operator]


def due(todo: Any, operator: str, form: str, name: str) -> Condition:
    """Return the condition that `todo`, an alias of its table, is due as `operator` says.

    The key that sorts days and instants is not exact enough, but it is what indexes know: by it
    they pass over the most.
    """
    return and_(_near(todo.c.due_key, operator, name), _due(todo, operator, form, name))


def standing(due: date | datetime, now: datetime) -> str:
    """Return `overdue` or `today`, or nothing, for what is due then and is open.

    Both are in the actor's timezone. The filters `due=overdue` and `due=today` say the same in SQL;
    an instant of today that has passed is both there, and overdue here.
    """
    day, today = due.date() if isinstance(due, datetime) else due, now.date()
    if day < today or (isinstance(due, datetime) and due < now):
        return "overdue"
    return "today" if day == today else ""


def _near(key: Any, operator: str, name: str) -> Condition:
    bounds = []
    if operator in ("=", ">", ">="):
        bounds.append(key >= _instant(f"{name}_first"))
    if operator in ("=", "<", "<="):
        bounds.append(key <= _instant(f"{name}_last"))
    return and_(*bounds)


def _due(todo: Any, operator: str, form: str, name: str) -> Condition:
    at = compared(todo.c.due_at, operator, form, name)
    on, day = todo.c.due_on, bindparam(f"{name}_day", type_=Date())
    if form == "day":
        return or_(COMPARISONS[operator](on, day), at)
    if operator == "=":
        return at
    return or_(on < day if operator in ("<", "<=") else on >= day, at)


def _instant(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())
