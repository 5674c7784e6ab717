"""Where a search looks first: among the next todos of the actor, whose number is bounded.

Going forward these are the newest, and those after a place; going back, those before it.

A word that many todos have fills a page from them, while an index of words would first gather all
that have it. What does not fill a page is rare, and such an index is good at that.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, bindparam, func, literal_column, select

from todoapp.services.access import SEATS, Sight
from todoapp.services.filters import candidate
from todoapp.services.todo_order import Shape, from_place, in_order, index_of, key_of, limit_of

#: How many todos are looked at, in all lists together: so many for each that a page takes, which a
#: word in one of ten then fills; and more, since of a few the lists would end too far apart.
EACH, ANYWAY = 15, 300
#: But no more than these: whoever looks for a rare word would wait for it.
MOST = 1_000

#: What every key is above, when it goes down, or below.
_BEYOND = {
    ("id", True): "0",
    ("id", False): str(2**62),
    ("created_at", True): "'-infinity'",
    ("created_at", False): "'infinity'",
}


def edge(shape: Shape) -> CTE:
    """Return the select of the `key` that near todos come before; null: every todo is near.

    It is the first of what is n-th in each list: no list has more than n that come before it. Any
    other key would be as right, for a search looks at all that does.
    """
    order = shape._replace(variants=tuple(word for word in shape.variants if word == "list"))
    if order.sight == Sight.EVERYONE and not order.variants:
        return _nth(order, _many(shape)).cte("edge")
    seats = select(SEATS[order.sight].c.list_id)
    if order.variants:
        seats = seats.where(SEATS[order.sight].c.list_id == bindparam("list_id"))
    own, counted = seats.subquery("own"), seats.subquery("counted")
    share = select(_many(shape) // (func.count() + 1)).select_from(counted).scalar_subquery()
    nth = _nth(order, share).where(candidate.c.list_id == own.c.list_id).correlate(own)
    first = func.max if shape.descending else func.min
    return select(first(nth.scalar_subquery()).label("key")).select_from(own).cte("edge")


def _many(shape: Shape) -> Any:
    least = func.min if shape.dialect == "sqlite" else func.least
    wanted = literal_column(str(ANYWAY)) + literal_column(str(EACH)) * limit_of(shape)
    return least(literal_column(str(MOST)), wanted, type_=Integer())


def _nth(order: Shape, number: Any) -> Select[Any]:
    """Return the select of the key of the todo that so many come before."""
    key = key_of(order)
    next_ones = select(key.label("key")).where(*from_place(order))
    if index := index_of(order):
        next_ones = next_ones.with_hint(candidate, index, "sqlite")
    return (
        next_ones.order_by(*in_order(key, candidate.c.id, order))
        .limit(literal_column("1"))
        .offset(number)
    )


def is_near(edge: CTE, shape: Shape) -> ColumnElement[bool]:
    """Return the condition that the candidate of a page of this shape is near."""
    beyond: ColumnElement[Any] = literal_column(_BEYOND[shape.sort, shape.descending])
    last = func.coalesce(select(edge.c.key).scalar_subquery(), beyond)
    near: ColumnElement[bool] = key_of(shape) > last if shape.descending else key_of(shape) < last
    return near
