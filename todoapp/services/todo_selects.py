"""The SQL of pages of todos.

A page takes the first few of each visible list, each by an index that begins with the list, and
merges them (`todo_merging`). SQLite does it by itself for a plain IN, stopping early in each list,
but only if it is told the index: it would rather take a shorter one and sort.
An administrator's page of everybody's todos, in the default order, is found without the lists.
SQLite also gathers the page into one value, a line for each row, for each step gives the
interpreter's lock away.
A search has an index of words, which both keep by list (see models.todo_search), but looks at the
next todos first: see todo_nearest.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal,
    literal_column,
    select,
    union,
)

from todoapp.limits import BULK_MAX, COUNT_MAX
from todoapp.models import Todo
from todoapp.prepared import Prepared, plain
from todoapp.schemas.todo_out import Found
from todoapp.services import todo_merging, todo_nearest, todo_rows
from todoapp.services.access import SEEN, Sight
from todoapp.services.filters import (
    Bound,
    Condition,
    Variants,
    is_search,
    is_visible,
    without_index,
)
from todoapp.services.kept_statements import APART, keep
from todoapp.services.todo_order import (
    INSTANTS,
    Shape,
    conditions_of,
    in_order,
    index_of,
    is_by_tag,
    is_global,
    is_of_few,
    limit_of,
    source_of,
)
from todoapp.services.todos_by_tag import tagged


def fetch(shape: Shape, bound: Bound, limit: int) -> Sequence[Found]:
    """Return the first `limit` rows of one phase, from the place that is bound on."""
    if shape.dialect == "postgresql":
        return _statement(shape.variants, shape._replace(limit=limit)).all(**bound)
    [lines] = _statement(shape.variants, shape).first(**bound, limit=limit)
    return lines.split("\n") if lines else ()


@keep
def count(variants: Variants, sight: Sight) -> Prepared:
    """Return the select of how many todos there are in all, to one more than COUNT_MAX."""
    some = _matching(variants, sight).with_only_columns(literal(1)).limit(COUNT_MAX + 1)
    return Prepared(lambda _dialect: select(func.count()).select_from(some.subquery()))


@keep
def ids(variants: Variants, sight: Sight) -> Prepared:
    """Return the select of the ids of all todos, in no order, to one more than BULK_MAX."""
    return Prepared(lambda _dialect: _matching(variants, sight).limit(BULK_MAX + 1), APART)


def _matching(variants: Variants, sight: Sight) -> Select[Any]:
    """Return the select of the ids, found as a page in the default order is, without the order."""
    shape = Shape("sqlite", variants, Sight.OWN, "created_at", False, few=True)
    source = source_of(shape)
    found = select(source.c.todo_id if is_by_tag(shape) else source.c.id).select_from(source)
    return _by_index(found.where(_is_visible(shape, sight), *conditions_of(shape)), shape)


@keep
def _statement(_variants: Variants, shape: Shape) -> Prepared:
    return Prepared(lambda _dialect: _select(shape))


def _select(shape: Shape) -> Select[Any]:
    """Return the select of one phase: the columns of `TodoRow`, then the key it is sorted by."""
    found = _merged(shape).subquery("page")
    columns = [*todo_rows.columns(shape.dialect), _shown_key(found.c.key, shape)]
    if shape.dialect == "sqlite":
        columns = [func.json_array(*columns).label("row")]
    rows = select(*columns).select_from(Todo).join(found, found.c.id == Todo.id)
    rows = todo_rows.with_names(rows).order_by(*in_order(found.c.key, found.c.id, shape))
    return _gathered(rows) if shape.dialect == "sqlite" else rows


def _gathered(rows: Select[Any]) -> Select[Any]:
    """Return the select of one text: `rows`, of which none has an end of line in it, in order."""
    return select(func.group_concat(rows.subquery("rows").c.row, literal("\n")))


def _shown_key(key: Any, shape: Shape) -> Any:
    if shape.sort in INSTANTS:
        return plain(key, shape.dialect)
    return todo_rows.exact(key, shape.dialect) if shape.sort == "position" else key


def _merged(shape: Shape, *ends: ColumnElement[bool]) -> Select[Any]:
    """Return the ids and keys of the page, from the first few of every visible list."""
    if is_global(shape):
        return _by_index(todo_merging.first_few(shape, *ends), shape)
    if is_search(shape.variants):
        return _searched(shape)
    if shape.dialect == "postgresql" and not is_of_few(shape):
        return todo_merging.merged(shape, *ends)
    return _by_index(
        todo_merging.first_few(shape, *ends).where(_is_visible(shape, shape.sight)), shape
    )


def _is_visible(shape: Shape, sight: Sight) -> Condition:
    if is_by_tag(shape):
        return tagged.c.list_id.in_(SEEN[sight])
    return is_visible(shape.variants, sight)


def _searched(shape: Shape) -> Select[Any]:
    """Return the ids and keys of a page of a search: from near, and else from the index."""
    nearby = shape._replace(variants=without_index(shape.variants, shape.dialect))
    edge = _edge(nearby).cte("edge")
    near = _near(nearby, edge).cte("near")
    is_left = select(func.count()).select_from(near).scalar_subquery() < limit_of(shape)
    if shape.dialect == "sqlite":
        is_left = and_(is_left, todo_nearest.exists(edge))
    far = todo_merging.first_few(shape).where(is_visible(shape.variants, shape.sight))
    far = far.limit(_limit_if(is_left, shape))
    found = union(select(near), select(far.subquery("far"))).subquery("found")
    ordered = select(found).order_by(*in_order(found.c.key, found.c.id, shape))
    return ordered.limit(limit_of(shape))


def _near(nearby: Shape, edge: CTE) -> Select[Any]:
    """Return the ids and keys of a page of what comes before an edge."""
    if nearby.dialect == "sqlite":
        return _merged(nearby, todo_nearest.is_within(edge, nearby))
    if is_global(nearby):
        page = _merged(nearby, todo_nearest.is_within(edge, nearby))
    else:
        page = todo_nearest.page_within(edge, nearby)
    return page.limit(_limit_if(todo_nearest.exists(edge), nearby))


def _edge(nearby: Shape) -> Select[Any]:
    """Return the select of the `key` that near todos come before.

    On SQLite so many come before it, and without it all are near; on PostgreSQL a page of what is
    looked for does, and without it, that is if it is rare, none are. Any other key would be as
    right, for a search looks at all that comes before it.
    """
    if nearby.dialect == "postgresql":
        return todo_nearest.end_of_usual_page(nearby)
    order = todo_nearest.unfiltered(nearby)
    return _merged(order).offset(todo_nearest.many(order)).limit(literal_column("1"))


def _limit_if(needed: Condition, shape: Shape) -> ColumnElement[int]:
    return case((needed, limit_of(shape)), else_=0)


def _by_index(todos: Select[Any], shape: Shape) -> Select[Any]:
    index = index_of(shape)
    return todos.with_hint(source_of(shape), index, "sqlite") if index else todos
