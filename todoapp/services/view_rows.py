"""Reading saved views: which an actor sees, and what they make of a list of todos."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_, union_all

from todoapp.db import reader
from todoapp.errors import Invalid, NotFound
from todoapp.limits import ListRole
from todoapp.models import TodoList, User, View
from todoapp.services.access import SEATS, SEEN, Actor, Sight

#: The name, folded, and the id.
Place = tuple[str, int]


def personal(user_id: int) -> ColumnElement[bool]:
    """Return the condition that a view is somebody's alone."""
    return and_(View.user_id == user_id, View.list_id.is_(None))


def rows(actor: Actor) -> Select[Any]:
    """Return the select of the views that the actor sees, each with its owner and their role."""
    seat = SEATS[actor.sight]
    role = func.coalesce(seat.c.role, ListRole.OWNER.value).label("my_role")
    return (
        select(View, User.username.label("owner"), role)
        .join(User, User.id == View.user_id)
        .outerjoin(TodoList, TodoList.id == View.list_id)
        .outerjoin(seat, seat.c.list_id == View.list_id)
        .where(View.id.in_(_seen(actor)), TodoList.deleted_at.is_(None))
        .params(actor.bound)
    )


def read(actor: Actor, view_id: int) -> Row[Any]:
    """Return the view, with its owner's name and the actor's role. Raises NotFound."""
    row = reader().execute(rows(actor).where(View.id == view_id)).first()
    if row is None:
        raise NotFound("No such view.")
    return row


def page(
    actor: Actor, query: Mapping[str, Any], after: Place | None
) -> tuple[list[Row[Any]], Place | None]:
    """Return the views the actor sees, by name, and where the next page begins."""
    size = query["page_size"]
    statement = rows(actor).order_by(View.name_key, View.id).limit(size + 1)
    if after:
        statement = statement.where(tuple_(View.name_key, View.id) > after)
    found = list(reader().execute(statement))
    last = found[size - 1] if len(found) > size else None
    return found[:size], last and (last.name_key, last.id)


def applied(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """Return `query` (schemas.todo.TodoQuery) with what the view that it names adds to it.

    The other parameters narrow it further, and the sort that they ask for goes before. Raises
    Invalid for a view that the actor does not see, and for a list beside its own.
    """
    if "view" not in query:
        return query
    row = reader().execute(rows(actor).where(View.id == query["view"])).first()
    if row is None:
        raise Invalid.parameter("view", "unknown", "No such view.")
    list_id = row.list_id or query.get("list_id")
    if query.get("list_id", list_id) != list_id:
        raise Invalid.parameter("list_id", "contradiction", f"The view is of list {list_id}.")
    added = {"view_filter": row.filter, "list_id": list_id}
    narrower = {name: value for name, value in added.items() if value}
    sort = "-id" if "q" in query else row.sort
    return {"sort": sort} | query | narrower | {"view": (row.id, row.version)}


def _seen(actor: Actor) -> Any:
    """Return the select of the ids of what the actor sees; personal views only their owner does.

    Two selects, each with an index: for one with OR, PostgreSQL would read every view there is.
    """
    shared = select(View.id).where(View.list_id.in_(SEEN[actor.sight]))
    if actor.sight == Sight.LIMITED or actor.row_filter is not None:
        return shared
    return union_all(shared, select(View.id).where(personal(actor.user_id)))
