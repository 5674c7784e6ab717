"""Where a search looks first: among the next todos of the actor, whose number is bounded.

Going forward these are the newest, and those after a place; going back, those before it.

A word that many todos have fills a page from them, while an index of words would first gather all
that have it. What does not fill a page is rare, and such an index is good at that.
"""

from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
)

from todoapp.services.access import SEATS, SEEN, Sight
from todoapp.services.filters import candidate, condition
from todoapp.services.todo_order import Shape, from_place, in_order, index_of, key_of, limit_of


class Reach(NamedTuple):
    """How many todos are looked at, in all lists together."""

    #: For each that a page takes: a word in one of ten, on PostgreSQL in one of twenty, fills it.
    each: int
    #: More, since of a few the lists would end too far apart.
    anyway: int
    #: But no more than these: whoever looks for a rare word would wait for it.
    most: int
    #: Of everybody's, which are read as they lie in the table.
    most_of_all: int


REACHES = {
    "sqlite": Reach(each=12, anyway=150, most=700, most_of_all=1_000),
    "postgresql": Reach(each=30, anyway=600, most=2_000, most_of_all=5_000),
}

#: What every key is above, when it goes down, or below.
_BEYOND = {
    ("id", True): "0",
    ("id", False): str(2**62),
    ("created_at", True): "'-infinity'",
    ("created_at", False): "'infinity'",
}


def edge(shape: Shape) -> CTE:
    """Return the select of the `key` that near todos come before.

    On SQLite there is none if every todo is near, on PostgreSQL if what is looked for is rare.
    """
    order = shape._replace(variants=tuple(word for word in shape.variants if word == "list"))
    if shape.dialect == "postgresql":
        return _end_of_usual_page(shape, order).cte("edge")
    return _nth(order).cte("edge")


def is_within(edge: CTE, shape: Shape) -> ColumnElement[bool]:
    """Return the condition that the candidate of a page of this shape is near."""
    beyond: ColumnElement[Any] = literal_column(_BEYOND[shape.sort, shape.descending])
    last = func.coalesce(select(edge.c.key).scalar_subquery(), beyond)
    near: ColumnElement[bool] = key_of(shape) > last if shape.descending else key_of(shape) < last
    return near


def exists(edge: CTE) -> ColumnElement[bool]:
    """Return the condition that there is an edge."""
    return select(edge.c.key).scalar_subquery().is_not(None)


def _nth(order: Shape) -> Select[Any]:
    """Return the select of the key of the todo that so many come before.

    Any other key would be as right, for a search looks at all that comes before it.
    """
    nth = _next(order, key_of(order).label("key")).where(*map(condition, order.variants))
    if not _is_of_all(order):
        nth = nth.where(candidate.c.list_id.in_(SEEN[order.sight]))
    return nth.offset(_many(order)).limit(literal_column("1"))


def _end_of_usual_page(shape: Shape, order: Shape) -> Select[Any]:
    """Return the select of a key that a page and more of what is looked for comes before.

    A sample tells, of some next todos of each list. That so many of it are found is enough: what
    comes first of all may be of one list, such as what somebody has imported.
    """
    is_found = and_(*(condition(variant) for variant in shape.variants)).label("is_found")
    some = _next(order, key_of(order).label("key"), is_found)
    if _is_of_all(order):
        found = _found_in(some.limit(_many(order)).subquery("sample"))
    else:
        own = _seats(order).subquery("own")
        some = some.where(candidate.c.list_id == own.c.list_id).limit(_share(order))
        sample = some.correlate(own).lateral("sample")
        found = _found_in(sample).select_from(own.join(sample, true()))
    key = found.selected_columns.key
    ordered = found.order_by(key.desc() if order.descending else key)
    return ordered.offset(limit_of(shape)).limit(literal_column("1"))


def _found_in(sample: Any) -> Select[Any]:
    return select(sample.c.key).where(sample.c.is_found)


def _is_of_all(order: Shape) -> bool:
    return order.sight == Sight.EVERYONE and not order.variants


def _seats(order: Shape) -> Select[Any]:
    seat = SEATS[order.sight]
    seats = select(seat.c.list_id)
    return seats.where(seat.c.list_id == bindparam("list_id")) if order.variants else seats


def _share(order: Shape) -> Any:
    """Return how many todos of each list are looked at."""
    counted = _seats(order).subquery("counted")
    share = select(_many(order) // (func.count() + literal_column("1")))
    return share.select_from(counted).scalar_subquery()


def _many(order: Shape) -> Any:
    reach = REACHES[order.dialect]
    least = func.min if order.dialect == "sqlite" else func.least
    most = reach.most_of_all if _is_of_all(order) else reach.most
    wanted = literal_column(str(reach.anyway)) + literal_column(str(reach.each)) * limit_of(order)
    return least(literal_column(str(most)), wanted, type_=Integer())


def _next(order: Shape, *columns: Any) -> Select[Any]:
    next_ones = select(*columns).where(*from_place(order))
    if index := index_of(order):
        next_ones = next_ones.with_hint(candidate, index, "sqlite")
    return next_ones.order_by(*in_order(key_of(order), candidate.c.id, order))
