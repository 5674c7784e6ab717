"""What is in the trash, as people look for it: newest first, what went together as one line.

A line is a list, or a todo whose list and parent are not in the trash themselves: what is below
those comes back with them, and cannot before. A search also finds todos further down.

`trashed_by` tells the order: the ids of operations (UUIDv7) grow with time, and there is an index
of them that has the trash alone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from todoapp.db import reader
from todoapp.limits import BULK_MAX, COUNT_MAX, Noun
from todoapp.models import Change, Todo, TodoList, User
from todoapp.services.access import SEATS, SEEN, Actor, Permission, may, writable_lists
from todoapp.services.todo_search import HOLDS, bind
from todoapp.text import Phrase, search_text, written

#: The operation, whether it is a list (1) or a todo (0), and the id: all of them descend.
Place = tuple[str, int, int]
Query = Mapping[str, Any]
Condition = ColumnElement[bool]

_ORDER = (Todo.trashed_by.desc(), Todo.id.desc())


class Line(NamedTuple):
    """A list or a todo in the trash."""

    noun: str
    id: int
    #: A list's name, a todo's title.
    name: str
    list_id: int
    list_name: str
    color: str | None
    since: datetime
    #: Who put it there; None: the log does not know any more.
    by: str | None
    #: How many todos come back with it; with a list, to one more than COUNT_MAX.
    along: int
    may_change: bool
    #: It comes back only after its list, or its parent.
    is_held: bool


class Picked(NamedTuple):
    """Some of the lines, by their ids."""

    list_ids: Sequence[int]
    todo_ids: Sequence[int]


def page(actor: Actor, query: Query, after: Place | None) -> tuple[list[Line], Place | None]:
    """Return the lines that `query` (schemas.trash.TrashQuery) selects, and the next page's place.

    It takes three statements.
    """
    size = query["page_size"]
    lists = islice(_lists(actor, query, after), size + 1)
    rows = sorted([*lists, *_todos(actor, query, after, size + 1)], key=_place, reverse=True)
    below = _below([row.id for row in rows[:size] if row.noun == Noun.TODO])
    lines = [_line(row, below) for row in rows[:size]]
    return lines, _place(rows[size - 1]) if len(rows) > size else None


def pick_all(actor: Actor, query: Query) -> Picked:
    """Return the lines that the actor can bring back, todos to one more than BULK_MAX."""
    lists = [row.id for row in _lists(actor, query, None) if may(row.role, Permission.MANAGE)]
    mine = Todo.list_id.in_(writable_lists(actor))
    ids = _ids(actor, query, mine, ~_is_held()).order_by(*_ORDER).limit(BULK_MAX + 1)
    return Picked(lists, reader().scalars(ids, _bound(actor, query)).all())


def names(actor: Actor, picked: Picked) -> list[str]:
    """Return the names of those of the lines that are there and that the actor sees."""
    bound = actor.bound
    lists = select(TodoList.name).where(
        TodoList.id.in_(picked.list_ids), TodoList.id.in_(SEEN[actor.sight])
    )
    todos = select(Todo.title).where(
        Todo.id.in_(picked.todo_ids), Todo.list_id.in_(SEEN[actor.sight])
    )
    found = (
        lists.where(TodoList.deleted_at.is_not(None)).order_by(TodoList.id),
        todos.where(Todo.deleted_at.is_not(None)).order_by(Todo.id),
    )
    return [name for one in found for name in reader().scalars(one, bound)]


def _place(row: Row[Any]) -> Place:
    return row.trashed_by, int(row.noun == Noun.LIST), row.id


def _line(row: Row[Any], below: Mapping[int, int]) -> Line:
    is_list = row.noun == Noun.LIST
    return Line(
        *(row.noun, row.id, row.name, row.list_id, row.list_name, row.color, row.since, row.by),
        along=row.along if is_list else below[row.id],
        may_change=may(row.role, Permission.MANAGE if is_list else Permission.WRITE),
        is_held=bool(row.is_held),
    )


def _lists(actor: Actor, query: Query, after: Place | None) -> Iterable[Row[Any]]:
    """Return the lists, newest first, no more than are looked at."""
    seat = SEATS[actor.sight]
    along = select(literal(1)).where(
        Todo.trashed_by == TodoList.trashed_by, Todo.list_id == TodoList.id
    )
    some = along.limit(COUNT_MAX + 1).correlate(TodoList).subquery()
    statement = (
        _shown(Noun.LIST, TodoList, TodoList.name)
        .add_columns(
            select(func.count()).select_from(some).scalar_subquery().label("along"),
            seat.c.role,
            false().label("is_held"),
        )
        .join(seat, seat.c.list_id == TodoList.id)
        .where(TodoList.trashed_by.is_not(None), *_beyond(TodoList, 1, after))
        .order_by(TodoList.trashed_by.desc(), TodoList.id.desc())
    )
    if "q" not in query:
        return reader().execute(statement.limit(query["page_size"] + 1), actor.bound)
    return (row for row in reader().execute(statement, actor.bound) if _has(row.name, query["q"]))


def _has(name: str, phrases: Iterable[Phrase]) -> bool:
    """Tell whether a name is found by a search, as a todo's title is."""
    text = search_text(name, "")
    return all(written(phrase.words, is_open=phrase.is_open) in text for phrase in phrases)


def _todos(actor: Actor, query: Query, after: Place | None, limit: int) -> Sequence[Row[Any]]:
    """Return the first few todos, newest first."""
    seat = SEATS[actor.sight]
    top = [] if "q" in query else [~_is_held(), ~_is_below()]
    ids = _ids(actor, query, *top, *_beyond(Todo, 0, after)).order_by(*_ORDER).limit(limit)
    statement = (
        _shown(Noun.TODO, Todo, Todo.title)
        .add_columns(seat.c.role, _is_held().label("is_held"))
        .join(TodoList, TodoList.id == Todo.list_id)
        .join(seat, seat.c.list_id == Todo.list_id)
        .where(Todo.id.in_(ids.scalar_subquery()))
        .order_by(*_ORDER)
    )
    return reader().execute(statement, _bound(actor, query)).all()


def _shown(noun: Noun, model: Any, name: Any) -> Select[Any]:
    """Return the select of what a line says of its thing."""
    # Not a join: SQLite would begin with the people, and go through all that each has done.
    by = select(Change.user_id).where(Change.operation_id == model.trashed_by).limit(1)
    by = by.with_hint(Change, "ix_change_operation_id", "sqlite")
    name_of = select(User.username).where(User.id == by.scalar_subquery())
    return select(
        literal(str(noun)).label("noun"),
        model.id,
        name.label("name"),
        TodoList.id.label("list_id"),
        TodoList.name.label("list_name"),
        TodoList.color,
        model.deleted_at.label("since"),
        name_of.scalar_subquery().label("by"),
        model.trashed_by,
    )


def _ids(actor: Actor, query: Query, *which: Condition) -> Select[tuple[int]]:
    """Return the select of the ids of todos, found by the index that has the trash alone."""
    found = select(Todo.id).where(
        Todo.trashed_by.is_not(None), Todo.list_id.in_(SEEN[actor.sight]), *which
    )
    if "q" in query:
        found = found.where(HOLDS[reader().dialect.name](Todo.__table__))
    return found.with_hint(Todo, "ix_todo_trashed_by", "sqlite")


def _bound(actor: Actor, query: Query) -> dict[str, Any]:
    return actor.bound | (bind(query["q"], reader().dialect.name) if "q" in query else {})


def _beyond(model: Any, kind: int, after: Place | None) -> list[Condition]:
    """Return the condition that lines of a kind come after a place."""
    if after is None:
        return []
    operation_id, last_kind, last_id = after
    if kind == last_kind:
        return [tuple_(model.trashed_by, model.id) < (operation_id, last_id)]
    earlier: Condition = model.trashed_by < operation_id
    return [earlier if kind > last_kind else model.trashed_by <= operation_id]


def _is_held() -> Condition:
    """Return the condition that a todo's list, or its parent by another operation, is in it too."""
    trashed_list = select(TodoList.id).where(
        TodoList.id == Todo.list_id, TodoList.deleted_at.is_not(None)
    )
    return or_(trashed_list.correlate(Todo).exists(), _parent(same=False))


def _is_below() -> Condition:
    """Return the condition that a todo comes back with its parent."""
    return _parent(same=True)


def _parent(*, same: bool) -> Condition:
    parent = aliased(Todo)
    by = parent.trashed_by == Todo.trashed_by if same else parent.trashed_by != Todo.trashed_by
    above = select(parent.id).where(parent.id == Todo.parent_id, by)
    return above.correlate(Todo).exists()


def _below(todo_ids: Collection[int]) -> dict[int, int]:
    """Return how many todos the same operation has trashed below each of these."""
    columns = (Todo.id, Todo.trashed_by)
    top = select(Todo.id.label("root"), *columns).where(Todo.id.in_(todo_ids))
    tree = top.cte("tree", recursive=True)
    further = (
        select(tree.c.root, *columns)
        .join(tree, and_(Todo.parent_id == tree.c.id, Todo.trashed_by == tree.c.trashed_by))
        .with_hint(Todo, "ix_todo_parent_id_list_id", "sqlite")
    )
    tree = tree.union_all(further)
    counted = select(tree.c.root, func.count() - 1).group_by(tree.c.root)
    return dict(reader().execute(counted).tuples().all())
