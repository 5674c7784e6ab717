"""What a page of todos is sorted by, and where it begins, as SQL.

Null sorts last both ways: first comes a phase of what has a value, then one of what has none.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, literal_column, tuple_

from todoapp.models import todo_search
from todoapp.services import todos_by_tag
from todoapp.services.access import Sight
from todoapp.services.filters import (
    Condition,
    Variants,
    candidate,
    condition,
    is_search,
    reads_words,
)
from todoapp.services.todos_by_tag import tagged

#: The key of a todo, and its id.
Place = tuple[Any, Any]


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
    #: Few todos have the first of the tags asked for.
    few: bool = False


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
    "priority": "ix_todo_list_priority",
    "title": "ix_todo_list_title",
    "position": "ix_todo_list_position",
    "completed_at": "ix_todo_list_completed",
    "id": "ix_todo_list_id_id",
}
#: Those of filters that go on with the default order.
_INDEXES_BY_CREATED = {
    "status*1": "ix_todo_list_status",
    "completed": "ix_todo_list_status",
    "assigned": "ix_todo_assigned_to_id_list_id",
    "creator": "ix_todo_created_by_id_list_id",
}
#: Those that begin with what is sorted by. The table itself is in the order of ids.
_GLOBAL_INDEXES = {"created_at": "ix_todo_created", "id": None}
#: Those of filters so narrow that to sort what they find takes less than to look for it in order.
_NARROW_INDEXES = {
    "child": "ix_todo_parent_id_list_id",
    "due overdue": "ix_todo_list_open_due",
    "due today": "ix_todo_list_due",
    "updated lately": "ix_todo_list_updated",
}
_AFTER_ID: ColumnElement[Any] = bindparam("after_id", type_=candidate.c.id.type)
NULLABLE = ("due_date", "completed_at")
INSTANTS = ("created_at", "updated_at", "due_date", "completed_at")


def index_of(shape: Shape) -> str | None:
    """Return the index that SQLite is to find a page by; None: it knows best."""
    if is_search(shape.variants) or is_of_few(shape):
        return None
    if is_global(shape):
        return _GLOBAL_INDEXES[shape.sort]
    if is_by_tag(shape):
        return todos_by_tag.INDEX
    if reads_words(shape.variants):
        return _INDEXES[shape.sort]
    by_created = _INDEXES_BY_CREATED if shape.sort == "created_at" else {}
    found = (by_created[variant] for variant in shape.variants if variant in by_created)
    return _narrow_index(shape) or next(found, _INDEXES[shape.sort])


def is_global(shape: Shape) -> bool:
    """Tell whether a page is found among everybody's todos at once, and not list by list."""
    return (
        shape.sight == Sight.EVERYONE
        and shape.sort in _GLOBAL_INDEXES
        and "list" not in shape.variants
        and not is_search(shape.variants)
        and _narrow_index(shape) is None
    )


def is_by_tag(shape: Shape) -> bool:
    """Tell whether a page is found in the index of tags, which has the default order."""
    return (
        shape.sort == "created_at"
        and (shape.few or not todos_by_tag.untold(shape.variants))
        and _is_led_by_tag(shape)
    )


def has_to_weigh(shape: Shape) -> bool:
    """Tell whether it depends on how many have a tag what a page is found by."""
    count = todos_by_tag.tag_count(shape.variants)
    if count == 0 or (count == 1 and is_by_tag(shape)):
        return False
    return _is_led_by_tag(shape)


def is_of_few(shape: Shape) -> bool:
    """Tell whether a page is found by sorting the few that have a tag."""
    return shape.sort != "created_at" and shape.few and _is_led_by_tag(shape)


def _is_led_by_tag(shape: Shape) -> bool:
    return (
        todos_by_tag.tag_count(shape.variants) > 0
        and not is_search(shape.variants)
        and not reads_words(shape.variants)
        and not is_global(shape)
        and _narrow_index(shape) is None
    )


def _narrow_index(shape: Shape) -> str | None:
    """Return the index of the first narrow filter; that of what is open leaves out the trash.

    To read the words of the newest, they are found in order.
    """
    if reads_words(shape.variants):
        return None
    usable = _NARROW_INDEXES.keys() - ({"due overdue"} if "trashed" in shape.variants else set())
    return next((_NARROW_INDEXES[name] for name in shape.variants if name in usable), None)


def source_of(shape: Shape) -> Any:
    """Return the table that a page is found in."""
    return tagged if is_by_tag(shape) else candidate


def conditions_of(shape: Shape) -> list[Condition]:
    """Return the conditions of all variants, on that table."""
    if is_by_tag(shape):
        return todos_by_tag.conditions(shape.variants)
    if is_of_few(shape):
        return todos_by_tag.among_few(shape.variants, shape.sight)
    return [condition(variant) for variant in shape.variants]


def id_of(shape: Shape) -> Any:
    """Return the id as what it is sorted by.

    FTS5 stops early only for its own; PostgreSQL must not read all todos backwards by theirs, and
    neither by those of a few.
    """
    if is_by_tag(shape):
        return tagged.c.todo_id
    is_found = is_search(shape.variants)
    if shape.dialect == "sqlite":
        return todo_search.c.rowid if is_found else candidate.c.id
    return candidate.c.id + 0 if is_found or is_of_few(shape) else candidate.c.id


def key_of(shape: Shape) -> Any:
    """Return what a page is sorted by, before the id.

    In a search PostgreSQL must not go through everybody's todos in the order of an index either,
    in the hope of words that may be nowhere.
    """
    if shape.sort == "id":
        return id_of(shape)
    key = source_of(shape).c[_KEYS[shape.sort]]
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
        after = (bindparam("after_key", type_=key.type), _AFTER_ID)
        conditions.append(is_beyond((key, id_of(shape)), after, shape))
    return conditions


def is_beyond(row: Place, place: Place, shape: Shape) -> ColumnElement[bool]:
    """Return the condition that `row` comes after `place` in the order of the pages."""
    if shape.sort == "id" or shape.phase:
        here, there = row[1], place[1]
    else:
        here, there = tuple_(*row), tuple_(*place)
    beyond: ColumnElement[bool] = here < there if shape.descending else here > there
    return beyond


def limit_of(shape: Shape) -> Any:
    """Return how many rows a page takes."""
    return bindparam("limit") if shape.limit is None else literal_column(str(shape.limit))
