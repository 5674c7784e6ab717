"""Todos as rows, for reading: prebuilt statements that fetch a todo with its tags and names.

Tags come in the same statement, so that what is written and its version always agree.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)

from todoapp.db import reader
from todoapp.errors import NotFound
from todoapp.models import Todo, User
from todoapp.prepared import Prepared, plain
from todoapp.schemas.todo_out import TodoRow
from todoapp.services import row_scopes
from todoapp.services.access import SEATS, Actor, Sight
from todoapp.services.filters import Variants
from todoapp.services.kept_statements import APART, keep

creator = User.__table__.alias("creator")
assignee = User.__table__.alias("assignee")

#: The names of the todo's tags as a JSON array, in their order.
_TAGS = {
    "sqlite": "(SELECT json_group_array(name) FROM "
    "(SELECT name FROM todo_tag WHERE todo_id = todo.id ORDER BY position))",
    "postgresql": "array_to_json(ARRAY"
    "(SELECT name FROM todo_tag WHERE todo_id = todo.id ORDER BY position))::text",
}


def exact(column: Any, dialect: str) -> ColumnElement[Any]:
    """Return a double such that JSON made by the database holds all of it.

    SQLite before 3.43 writes 15 digits of a double; 17 make it whole.
    """
    if dialect != "sqlite":
        return type_coerce(column, column.type)
    whole = cast(column, Integer)
    return case((column == whole, whole), else_=func.printf("%!.17g", column))


def columns(dialect: str) -> list[Any]:
    """Return the columns of `schemas.todo_out.TodoRow`, in its order."""
    return [
        Todo.id,
        Todo.uid,
        Todo.version,
        Todo.list_id,
        Todo.title,
        Todo.description,
        Todo.status,
        plain(Todo.completed_at, dialect),
        Todo.priority,
        literal_column(_TAGS[dialect]).label("tags"),
        plain(Todo.due_on, dialect),
        plain(Todo.due_at, dialect),
        assignee.c.username,
        creator.c.username,
        Todo.parent_id,
        exact(Todo.position, dialect),
        plain(Todo.created_at, dialect),
        plain(Todo.updated_at, dialect),
        plain(Todo.deleted_at, dialect),
    ]


def with_names(statement: Select[Any]) -> Select[Any]:
    """Return `statement`, which selects `columns` from todo, with the people joined to it."""
    return statement.join(creator, creator.c.id == Todo.created_by_id).outerjoin(
        assignee, assignee.c.id == Todo.assigned_to_id
    )


def _seen(dialect: str, sight: Sight, variants: Variants) -> Select[Any]:
    """Return the select of what an actor sees, whose key's filter has `variants`."""
    seat = SEATS[sight]
    rows = with_names(select(*columns(dialect)).join(seat, seat.c.list_id == Todo.list_id))
    return rows.where(*row_scopes.selected(variants))


@keep
def _one(variants: Variants, sight: Sight) -> Prepared:
    this = Todo.id == bindparam("todo_id")
    options = APART if variants else {}
    return Prepared(lambda dialect: _seen(dialect, sight, variants).where(this), options)


def read(actor: Actor, todo_id: int) -> TodoRow:
    """Return the row of one todo, in the trash or not. Raises NotFound."""
    variants, bound = row_scopes.of(actor)
    row = _one(variants, actor.sight).first(todo_id=todo_id, **actor.bound, **bound)
    if row is None:
        raise NotFound("No such todo.")
    return TodoRow._make(row)


@keep
def _many(variants: Variants, sight: Sight, dialect: str) -> Select[Any]:
    these = Todo.id.in_(bindparam("todo_ids", expanding=True))
    return _seen(dialect, sight, variants).where(these)


def read_all(actor: Actor, todo_ids: Iterable[int]) -> dict[int, TodoRow]:
    """Return the rows of those of the todos that the actor sees, by id."""
    connection = reader()
    variants, bound = row_scopes.of(actor)
    bound = {"todo_ids": sorted(set(todo_ids)), **actor.bound, **bound}
    statement = _many(variants, actor.sight, connection.dialect.name)
    rows = connection.execute(statement, bound, execution_options=APART if variants else {})
    return {row[0]: TodoRow._make(row) for row in rows}
