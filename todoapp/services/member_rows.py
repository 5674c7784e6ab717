"""Reading the members of a list."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, cast, select

from todoapp.db import reader
from todoapp.errors import NotFound
from todoapp.models import Membership, TodoList, User
from todoapp.models.todo import Sortable
from todoapp.services import list_rows
from todoapp.services.access import Actor, visible_lists


def read(actor: Actor, todo_list_id: int, username: str) -> Row[Any]:
    """Return a member of a list that the actor sees. Raises NotFound."""
    row = reader().execute(_rows(actor, todo_list_id).where(User.username == username)).first()
    if row is None:
        list_rows.read(actor, todo_list_id)
        raise NotFound("No such member.")
    return row


def page(
    actor: Actor, todo_list_id: int, query: Mapping[str, Any], after: str | None
) -> tuple[list[Row[Any]], tuple[str] | None]:
    """Return the members, by name, and where the next page begins. Raises NotFound."""
    list_rows.read(actor, todo_list_id)
    size, name = query["page_size"], cast(User.username, Sortable)
    statement = _rows(actor, todo_list_id).order_by(name).limit(size + 1)
    if after is not None:
        statement = statement.where(name > after)
    rows = list(reader().execute(statement))
    return rows[:size], (rows[size - 1].username,) if len(rows) > size else None


def names(actor: Actor, *, limit: int) -> list[str]:
    """Return the first `limit` usernames, by name, of the members of all lists the actor sees."""
    name = cast(User.username, Sortable)
    seen = select(Membership.user_id).where(Membership.list_id.in_(visible_lists(actor)))
    statement = select(User.username).where(User.id.in_(seen)).order_by(name).limit(limit)
    return list(reader().scalars(statement))


def _rows(actor: Actor, todo_list_id: int) -> Select[Any]:
    return (
        select(
            User.username,
            Membership.role,
            Membership.created_at,
            TodoList.id.label("list_id"),
            TodoList.version,
        )
        .join(Membership, Membership.user_id == User.id)
        .join(TodoList, TodoList.id == Membership.list_id)
        .where(TodoList.id == todo_list_id, TodoList.id.in_(visible_lists(actor)))
    )
