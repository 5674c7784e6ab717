"""Creating, changing, archiving and reading lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import aliased

from todoapp.db import db, reader
from todoapp.errors import Conflict, NotFound
from todoapp.limits import Action, ListRole, Noun
from todoapp.models import Membership, TodoList, User
from todoapp.schemas.todo_list import ListCreate, ListOut, ListPatch, ListPut
from todoapp.schemas.todo_out import number
from todoapp.services import changes
from todoapp.services.access import Actor, Permission, list_for
from todoapp.services.preconditions import Precondition

Body = Mapping[str, Any]

DEFAULTS: dict[str, Any] = {"description": None, "color": None, "is_archived": None}


def create(actor: Actor, body: Body, *, at: datetime) -> int:
    """Add the list that `body` (schemas.todo_list.ListCreate) describes; return its id."""
    wanted = DEFAULTS | ListCreate.parse(body)
    return add(actor, actor.user_id, wanted, at=at).id


def add(
    actor: Actor | None,
    owner_id: int,
    wanted: Mapping[str, Any],
    *,
    inbox: bool = False,
    at: datetime,
) -> TodoList:
    """Add a list with checked values, owned by `owner_id`, and record it."""
    todo_list = TodoList(created_at=at, updated_at=at, version=1)
    todo_list.inbox_of = owner_id if inbox else None
    todo_list.position = _next_position(owner_id)
    _assign(todo_list, wanted, owner_id)
    db.session.add(todo_list)
    db.session.flush()
    db.session.add(
        Membership(user_id=owner_id, list_id=todo_list.id, role=ListRole.OWNER, created_at=at)
    )
    db.session.flush()
    diff = changes.diff({"description": "", "is_archived": False}, _facts(todo_list))
    _record(actor, todo_list, Action.CREATE, diff, at)
    return todo_list


def patch(
    actor: Actor, list_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change what `body` (ListPatch) names.

    Raises NotFound, Forbidden, Stale, Conflict (the Inbox cannot be archived) and Invalid.
    """
    todo_list = _changeable(actor, list_id, body, precondition)
    _change(actor, todo_list, ListPatch.parse(body), at=at)


def replace(
    actor: Actor, list_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Change the list to what `body` (ListPut) says, the rest to its defaults; as `patch`."""
    todo_list = _changeable(actor, list_id, body, precondition)
    _change(actor, todo_list, DEFAULTS | ListPut.parse(body), at=at)


def read(actor: Actor, list_id: int) -> Row[Any]:
    """Return the list, with its owner and the actor's role, in the trash or not."""
    connection = reader()
    row = connection.execute(_rows(actor).where(TodoList.id == list_id)).first()
    if row is None:
        raise NotFound("No such list.")
    return row


def page(
    actor: Actor, query: Mapping[str, Any], after: tuple[float, int] | None
) -> tuple[list[Row[Any]], tuple[float, int] | None]:
    """Return the lists the actor sees, by position, and where the next page begins."""
    size = query["page_size"]
    statement = _rows(actor).where(TodoList.deleted_at.is_(None))
    if "is_archived" in query:
        statement = statement.where(TodoList.is_archived == query["is_archived"])
    if after:
        statement = statement.where(tuple_(TodoList.position, TodoList.id) > after)
    statement = statement.order_by(TodoList.position, TodoList.id).limit(size + 1)
    connection = reader()
    rows = list(connection.execute(statement))
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], last and (last.position, last.id)


def _rows(actor: Actor) -> Select[Any]:
    mine, owners = aliased(Membership), aliased(Membership)
    return (
        select(
            TodoList,
            TodoList.inbox_of.is_not(None).label("is_inbox"),
            mine.role.label("my_role"),
            User.username.label("owner"),
        )
        .join(mine, mine.list_id == TodoList.id)
        .join(owners, (owners.list_id == TodoList.id) & (owners.role == ListRole.OWNER))
        .join(User, User.id == owners.user_id)
        .where(mine.user_id == actor.user_id)
    )


def _changeable(actor: Actor, list_id: int, body: Body, precondition: Precondition) -> TodoList:
    todo_list = list_for(actor, list_id, Permission.MANAGE)
    precondition.check(
        todo_list.version,
        body,
        lambda: lambda base: ListOut(base=base).dump(read(actor, list_id)),
    )
    if todo_list.deleted_at is not None:
        raise Conflict("The list is in the trash: restore it first.", code="in-trash")
    return todo_list


def _change(actor: Actor, todo_list: TodoList, wanted: Body, *, at: datetime) -> None:
    if wanted.get("is_archived") and todo_list.inbox_of is not None:
        raise Conflict("The Inbox cannot be archived.", code="inbox")
    before = _facts(todo_list)
    _assign(todo_list, wanted, actor.user_id)
    diff = changes.diff(before, _facts(todo_list))
    if diff:
        todo_list.version += 1
        todo_list.updated_at = at
        db.session.flush()
        _record(actor, todo_list, Action.UPDATE, diff, at)


def _assign(todo_list: TodoList, wanted: Body, owner_id: int) -> None:
    if "name" in wanted:
        todo_list.name = wanted["name"]
    if "description" in wanted:
        todo_list.description = wanted["description"] or ""
    if "color" in wanted:
        todo_list.color = wanted["color"] and wanted["color"].lower()
    if "is_archived" in wanted:
        todo_list.is_archived = bool(wanted["is_archived"])
    if "position" in wanted:
        asked = wanted["position"]
        todo_list.position = _next_position(owner_id) if asked is None else asked


def _next_position(owner_id: int) -> float:
    last = db.session.scalar(
        select(func.max(TodoList.position))
        .join(Membership, Membership.list_id == TodoList.id)
        .where(Membership.user_id == owner_id, Membership.role == ListRole.OWNER)
    )
    return 1.0 if last is None else float(int(last) + 1)


def _facts(todo_list: TodoList) -> dict[str, Any]:
    return {
        "name": todo_list.name,
        "description": todo_list.description,
        "color": todo_list.color,
        "position": number(todo_list.position),
        "is_archived": todo_list.is_archived,
    }


def _record(
    actor: Actor | None, todo_list: TodoList, action: Action, diff: changes.Diff, at: datetime
) -> None:
    entry = changes.Entry(Noun.LIST, todo_list.id, action, todo_list.id, diff)
    changes.record(actor, [entry], at=at)
