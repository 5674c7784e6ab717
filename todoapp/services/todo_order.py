"""What a page of todos is sorted by, and where it begins, as SQL.

Null sorts last both ways: first comes a phase of what has a value, then one of what has none.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, literal_column, tuple_

from todoapp.models import todo_search
from todoapp.services.access import Sight
from todoapp.services.filters import (
    Condition,
    Variants,
    candidate,
    condition,
    is_search,
)


class Shape(NamedTuple):
    """All that fixes the SQL of a page; a tuple, since it is looked up by in every call."""

    dialect: str
    variants: Variants
    sight: Sight
    sort: str
    descending: bool
    phase: int = 0
    continues: bool = False
    #: PostgreSQL alone: it would plan anew, in each call, for a limit that the SQL does not tell,
    #: which takes as long as fetching the page.
    limit: int | None = None


_KEYS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_date": "due_key",
    "priority": "priority",
    "title": "title_key",
    "position": "position",
    "completed_at": "completed_at",
    "id": "id",
}
#: The indexes that begin with the list and go on with what is sorted by.
_INDEXES = {
    "created_at": "ix_todo_list_created",
    "updated_at": "ix_todo_list_updated",
    "due_date": "ix_todo_list_due",
    "position": "ix_todo_list_position",
    "id": "ix_todo_list_id_id",
}
NULLABLE = ("due_date", "completed_at")
INSTANTS = ("created_at", "updated_at", "due_date", "completed_at")


def index_of(shape: Shape) -> str | None:
    """Return the index that SQLite is to find a page by; None: it knows best.

    So it does for what is below a todo, which is little, and in an order that has no index.
    """
    if is_search(shape.variants) or "child" in shape.variants:
        return None
    return _INDEXES.get(shape.sort)


def conditions_of(shape: Shape) -> list[Condition]:
    """Return the conditions of all variants."""
    return [condition(variant) for variant in shape.variants]


def id_of(shape: Shape) -> Any:
    """Return the id as what it is sorted by.

    FTS5 stops early only for its own; PostgreSQL must not read all todos backwards by theirs.
    """
    is_found = is_search(shape.variants)
    if shape.dialect == "sqlite":
        return todo_search.c.rowid if is_found else candidate.c.id
    return candidate.c.id + 0 if is_found else candidate.c.id


def key_of(shape: Shape) -> Any:
    """Return what a page is sorted by, before the id.

    In a search PostgreSQL must not go through everybody's todos in the order of an index either,
    in the hope of words that may be nowhere.
    """
    if shape.sort == "id":
        return id_of(shape)
    key = candidate.c[_KEYS[shape.sort]]
    is_hidden = is_search(shape.variants) and shape.dialect == "postgresql"
    return func.greatest(key, type_=key.type) if is_hidden else key


def in_order(key: Any, id_: Any, shape: Shape) -> list[ColumnElement[Any]]:
    """Return what to order by, given the columns of the key and the id.

    Among nulls the key is named as well: else PostgreSQL would not see that an index has the order.
    """
    columns = [id_] if shape.sort == "id" else [key, id_]
    return [column.desc() if shape.descending else column.asc() for column in columns]


def from_place(shape: Shape) -> list[ColumnElement[bool]]:
    """Return the conditions of the phase, and that the page before is over."""
    key = key_of(shape)
    conditions = []
    if shape.sort in NULLABLE:
        conditions.append(key.is_(None) if shape.phase else key.is_not(None))
    if shape.continues:
        after_id = bindparam("after_id", type_=candidate.c.id.type)
        row = id_of(shape)
        after: Any = after_id
        if shape.sort != "id" and shape.phase == 0:
            row = tuple_(key, row)
            after = tuple_(bindparam("after_key", type_=key.type), after_id)
        conditions.append(row < after if shape.descending else row > after)
    return conditions


def limit_of(shape: Shape) -> Any:
    """Return how many rows a page takes."""
    return bindparam("limit") if shape.limit is None else literal_column(str(shape.limit))
