"""Todos as rows, for reading: prebuilt statements that fetch a todo with its tags and names.

Tags come in the same statement, so that what is written and its version always agree.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Row,
    Select,
    String,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy import type_coerce as coerce

from todoapp.db import reader
from todoapp.errors import NotFound
from todoapp.models import Membership, Todo, User
from todoapp.services.access import Actor, seen_by_actor

creator = User.__table__.alias("creator")
assignee = User.__table__.alias("assignee")

#: The names of the todo's tags as a JSON array, in their order.
_TAGS = {
    "sqlite": "(SELECT json_group_array(name) FROM "
    "(SELECT name FROM todo_tag WHERE todo_id = todo.id ORDER BY position))",
    "postgresql": "array_to_json(ARRAY"
    "(SELECT name FROM todo_tag WHERE todo_id = todo.id ORDER BY position))::text",
}


def plain(column: Any, dialect: str) -> ColumnElement[Any]:
    """Return a date or an instant as the driver gives it; the writer knows that it is UTC.

    SQLite has text, which reaches the answer without becoming a datetime in between.
    """
    return coerce(column, String() if dialect == "sqlite" else DateTime(timezone=True))


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
        Todo.position,
        plain(Todo.created_at, dialect),
        plain(Todo.updated_at, dialect),
        plain(Todo.deleted_at, dialect),
    ]


def with_names(statement: Select[Any]) -> Select[Any]:
    """Return `statement`, which selects `columns` from todo, with the people joined to it."""
    return statement.join(creator, creator.c.id == Todo.created_by_id).outerjoin(
        assignee, assignee.c.id == Todo.assigned_to_id
    )


@cache
def _one(dialect: str) -> Select[Any]:
    found = select(*columns(dialect)).join(Membership, seen_by_actor(Todo.list_id))
    return with_names(found).where(Todo.id == bindparam("todo_id"))


def read(actor: Actor, todo_id: int) -> Row[Any]:
    """Return the row of one todo, in the trash or not. Raises NotFound."""
    connection = reader()
    statement = _one(connection.dialect.name)
    bound = {"todo_id": todo_id, "actor_id": actor.user_id}
    row = connection.execute(statement, bound).first()
    if row is None:
        raise NotFound("No such todo.")
    return row
