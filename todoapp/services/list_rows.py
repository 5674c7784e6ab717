"""Reading lists: which an actor sees."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import aliased

from todoapp.db import reader
from todoapp.errors import NotFound
from todoapp.limits import PAGE_SIZE_MAX, ListRole
from todoapp.models import Membership, TodoList, User
from todoapp.services.access import SEATS, Actor, visible_lists, writable_lists

#: The position, and the id.
Place = tuple[float, int]


def read(actor: Actor, list_id: int) -> Row[Any]:
    """Return the list, its owner and the actor's role, in the trash or not. Raises NotFound."""
    row = reader().execute(_rows(actor).where(TodoList.id == list_id)).first()
    if row is None:
        raise NotFound("No such list.")
    return row


def read_all(actor: Actor, list_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return those of the lists that the actor sees, by id; as `read`."""
    rows = reader().execute(_rows(actor).where(TodoList.id.in_(sorted(set(list_ids)))))
    return {row.id: row for row in rows}


def writable(actor: Actor, *, limit: int) -> list[Row[Any]]:
    """Return the first `limit` lists whose todos the actor may change, by position; as `read`."""
    which = TodoList.deleted_at.is_(None) & TodoList.id.in_(writable_lists(actor))
    statement = _rows(actor).where(which).order_by(TodoList.position, TodoList.id)
    return list(reader().execute(statement.limit(limit)))


def page(
    actor: Actor, query: Mapping[str, Any], after: Place | None
) -> tuple[list[Row[Any]], Place | None]:
    """Return the lists the actor sees, by position, and where the next page begins."""
    size = query["page_size"]
    trashed = (
        TodoList.deleted_at.is_not(None) if query["trashed"] else TodoList.deleted_at.is_(None)
    )
    statement = _rows(actor).where(trashed)
    if "is_archived" in query:
        statement = statement.where(TodoList.is_archived == query["is_archived"])
    if after:
        statement = statement.where(tuple_(TodoList.position, TodoList.id) > after)
    statement = statement.order_by(TodoList.position, TodoList.id).limit(size + 1)
    found = list(reader().execute(statement))
    last = found[size - 1] if len(found) > size else None
    return found[:size], last and (last.position, last.id)


def names(actor: Actor, ids: Collection[int]) -> dict[int, str]:
    """Return the names of these lists, by id, as far as the actor sees them."""
    if not ids:
        return {}
    named = select(TodoList.id, TodoList.name).where(TodoList.id.in_(ids))
    seen = named.where(TodoList.id.in_(visible_lists(actor)))
    return dict(reader().execute(seen).tuples().all())


def choices(actor: Actor) -> list[tuple[int, str]]:
    """Return the ids and names of lists to choose from, by position; PAGE_SIZE_MAX at most."""
    named = _rows(actor).with_only_columns(TodoList.id, TodoList.name)
    live = named.where(TodoList.deleted_at.is_(None))
    first = live.order_by(TodoList.position, TodoList.id).limit(PAGE_SIZE_MAX)
    return list(reader().execute(first).tuples())


def _rows(actor: Actor) -> Select[Any]:
    seat, owners = SEATS[actor.sight], aliased(Membership)
    return (
        select(
            TodoList,
            TodoList.inbox_of.is_not(None).label("is_inbox"),
            seat.c.role.label("my_role"),
            User.username.label("owner"),
        )
        .join(seat, seat.c.list_id == TodoList.id)
        .join(owners, (owners.list_id == TodoList.id) & (owners.role == ListRole.OWNER))
        .join(User, User.id == owners.user_id)
        .params(actor.bound)
    )
