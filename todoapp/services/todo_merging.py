"""A page of the todos of many lists, on PostgreSQL: the first few of each list, merged.

Most lists have little to give to a page, or nothing. So each gives a handful at first, and goes on
only where all of it comes before the end of the page that the handfuls make. (SQLite does the like
by itself: it stops in a list at the first todo that comes after a whole page of others.)
"""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from todoapp.services.access import SEATS
from todoapp.services.todo_order import (
    Shape,
    conditions_of,
    from_place,
    id_of,
    in_order,
    is_beyond,
    key_of,
    limit_of,
    source_of,
)

#: A handful is this part of a page, and one: more would be read in vain, fewer read on too often.
_PART = 8


def first_few(shape: Shape, *ends: ColumnElement[bool]) -> Select[Any]:
    """Return the select of the ids and keys of a page, from whatever it is told to look at."""
    return (
        select(id_of(shape).label("id"), key_of(shape).label("key"))
        .where(*conditions_of(shape), *from_place(shape), *ends)
        .order_by(*in_order(key_of(shape), id_of(shape), shape))
        .limit(limit_of(shape))
    )


def merged(shape: Shape, *ends: ColumnElement[bool]) -> Select[Any]:
    """Return the select of the ids and keys of a page of all lists that are seen."""
    if "list" in shape.variants or shape.limit in (None, 1):
        return _page(_each_list(shape, first_few(shape, *ends)), shape)
    return _page(_handfuls_and_more(shape, *ends), shape)


def _page(found: Select[Any] | CompoundSelect[Any], shape: Shape) -> Select[Any]:
    page = found.subquery("found")
    some = select(page.c.id, page.c.key).order_by(*in_order(page.c.key, page.c.id, shape))
    return some.limit(limit_of(shape))


def _each_list(shape: Shape, some: Select[Any]) -> Select[Any]:
    """Return the select of what `some` selects of each list."""
    seat = SEATS[shape.sight]
    top = some.where(source_of(shape).c.list_id == seat.c.list_id).correlate(seat).lateral("top")
    each = select(seat.c.list_id, *top.c).select_from(seat).join(top, true())
    if "list" in shape.variants:
        each = each.where(seat.c.list_id == bindparam("list_id"))
    return each


def _handfuls_and_more(shape: Shape, *ends: ColumnElement[bool]) -> CompoundSelect[Any]:
    assert shape.limit is not None  # noqa: S101 - on PostgreSQL every page has one
    many = shape.limit // _PART + 1
    nth = func.row_number().over(order_by=in_order(key_of(shape), id_of(shape), shape))
    handful = first_few(shape._replace(limit=many), *ends).add_columns(nth.label("nth"))
    handfuls = _each_list(shape, handful).cte("handfuls")
    last = _last_that_matter(handfuls, many, shape).subquery("last")
    comes_after = is_beyond((key_of(shape), id_of(shape)), (last.c.key, last.c.id), shape)
    more = first_few(shape, *ends, comes_after)
    more = more.where(source_of(shape).c.list_id == last.c.list_id)
    rest = more.correlate(last).lateral("rest")
    read_on = select(rest.c.id, rest.c.key).select_from(last).join(rest, true())
    return union_all(select(handfuls.c.id, handfuls.c.key), read_on)


def _last_that_matter(handfuls: CTE, many: int, shape: Shape) -> Select[Any]:
    """Return the select of the last of each full handful that comes before the end of the page."""
    last = handfuls.alias("last_ones")
    order = in_order(handfuls.c.key, handfuls.c.id, shape)
    page_end = select(handfuls.c.key, handfuls.c.id).order_by(*order)
    page_end = page_end.offset(limit_of(shape) - 1).limit(literal_column("1"))
    end = page_end.cte("page_end").prefix_with("MATERIALIZED")
    is_first = is_beyond((end.c.key, end.c.id), (last.c.key, last.c.id), shape)
    return (
        select(last.c.list_id, last.c.key, last.c.id)
        .select_from(last.outerjoin(end, true()))
        .where(last.c.nth == literal_column(str(many)), or_(end.c.id.is_(None), is_first))
    )
