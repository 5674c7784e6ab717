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

from todoapp.services.access import SEATS
from todoapp.services.filters import candidate, condition
from todoapp.services.todo_order import (
    Shape,
    from_place,
    in_order,
    is_global,
    key_of,
    limit_of,
)


class Reach(NamedTuple):
    """How many todos are looked at, in all lists together."""

    #: For each that a page takes: a word that one in so many has fills the page.
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


def is_within(edge: CTE, shape: Shape) -> ColumnElement[bool]:
    """Return the condition that the candidate of a page of this shape is near."""
    beyond: ColumnElement[Any] = literal_column(_BEYOND[shape.sort, shape.descending])
    last = func.coalesce(select(edge.c.key).scalar_subquery(), beyond)
    near: ColumnElement[bool] = key_of(shape) > last if shape.descending else key_of(shape) < last
    return near


def exists(edge: CTE) -> ColumnElement[bool]:
    """Return the condition that there is an edge."""
    return select(edge.c.key).scalar_subquery().is_not(None)


def unfiltered(shape: Shape) -> Shape:
    """Return the shape of all todos in the same order, of the same list if it is of one."""
    return shape._replace(variants=tuple(word for word in shape.variants if word == "list"))


def many(order: Shape) -> Any:
    """Return how many todos are looked at, in all lists together."""
    reach = REACHES[order.dialect]
    least = func.min if order.dialect == "sqlite" else func.least
    most = reach.most_of_all if is_global(order) else reach.most
    wanted = literal_column(str(reach.anyway)) + literal_column(str(reach.each)) * limit_of(order)
    return least(literal_column(str(most)), wanted, type_=Integer())


def end_of_usual_page(shape: Shape) -> Select[Any]:
    """Return the select, on PostgreSQL, of a `key` that a page of what is looked for comes before.

    A sample of each list tells. That so many are found in it is enough: what comes first of all
    may be of one list, such as what somebody has imported.
    """
    keys = _keys_in_sample(shape, unfiltered(shape))
    key = keys.selected_columns.key
    ordered = keys.order_by(key.desc() if shape.descending else key)
    return ordered.offset(limit_of(shape)).limit(literal_column("1"))


def _keys_in_sample(shape: Shape, order: Shape) -> Select[Any]:
    """Return the select of the keys of what is found among some of the next todos of each list."""
    if is_global(order):
        return _found_in(_looked_at(shape).limit(many(order)).subquery("sample"))
    own = _seats(order).subquery("own")
    some = _looked_at(shape).where(candidate.c.list_id == own.c.list_id).limit(_share(order))
    sample = some.correlate(own).lateral("sample")
    return _found_in(sample).select_from(own.join(sample, true()))


def page_within(edge: CTE, shape: Shape) -> Select[Any]:
    """Return the select, on PostgreSQL, of the ids and keys of a page of all lists before an edge.

    Each list is read in its order, and then looked through: PostgreSQL does not see that the limit
    is none. Else it would expect to find next to nothing, and sort all that is there.
    """
    own = _seats(unfiltered(shape)).subquery("own")
    no_limit = select(literal_column(str(2**62))).scalar_subquery()
    ordered = _looked_at(shape).where(candidate.c.list_id == own.c.list_id, is_within(edge, shape))
    next_ones = ordered.limit(no_limit).correlate(own, edge).subquery("next_ones")
    top = select(next_ones.c.id, next_ones.c.key).where(next_ones.c.is_found)
    first = top.limit(limit_of(shape)).lateral("top")
    found = select(first).select_from(own.join(first, true())).subquery("found")
    return select(found).order_by(*in_order(found.c.key, found.c.id, shape))


def _looked_at(shape: Shape) -> Select[Any]:
    """Return the select of all todos in order, and of whether each is what is looked for."""
    id_, key = candidate.c.id, key_of(shape)
    is_found = and_(*(condition(variant) for variant in shape.variants))
    columns = (id_.label("id"), key.label("key"), is_found.label("is_found"))
    return select(*columns).where(*from_place(shape)).order_by(*in_order(key, id_, shape))


def _found_in(sample: Any) -> Select[Any]:
    return select(sample.c.key).where(sample.c.is_found)


def _seats(order: Shape) -> Select[Any]:
    seat = SEATS[order.sight]
    seats = select(seat.c.list_id)
    return seats.where(seat.c.list_id == bindparam("list_id")) if order.variants else seats


def _share(order: Shape) -> Any:
    """Return how many todos of each list are looked at."""
    counted = _seats(order).subquery("counted")
    share = select(many(order) // (func.count() + literal_column("1")))
    return share.select_from(counted).scalar_subquery()
