"""Creating, changing, archiving, deleting and reading lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select

from todoapp.db import current_unit, db
from todoapp.errors import Conflict, NotFound
from todoapp.limits import Action, ListRole, Noun
from todoapp.models import Membership, Todo, TodoList
from todoapp.schemas.query import Precondition as PreconditionBody
from todoapp.schemas.todo_list import ListCreate, ListOut, ListPatch, ListPut
from todoapp.schemas.todo_out import number
from todoapp.services import changes, list_rows
from todoapp.services.access import (
    Actor,
    Permission,
    hold,
    list_for,
    refuse_filtered,
    refuse_limited,
)
from todoapp.services.preconditions import Precondition
from todoapp.services.trash import restore_all, trash_all

Body = Mapping[str, Any]

DEFAULTS: dict[str, Any] = {"description": None, "color": None, "is_archived": None}


def create(actor: Actor, body: Body, *, at: datetime) -> int:
    """Add the list that `body` (schemas.todo_list.ListCreate) describes; return its id.

    Raises Invalid, and Forbidden for a key that is limited to some lists or todos.
    """
    refuse_limited(actor)
    refuse_filtered(actor)
    hold(actor)
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
    todo_list.position = next_position(owner_id)
    _assign(todo_list, wanted, owner_id)
    db.session.add(todo_list)
    db.session.flush()
    db.session.add(
        Membership(user_id=owner_id, list_id=todo_list.id, role=ListRole.OWNER, created_at=at)
    )
    db.session.flush()
    diff = changes.diff({"description": "", "is_archived": False}, facts_of(todo_list))
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


def trash(actor: Actor, list_id: int, precondition: Precondition, *, at: datetime) -> None:
    """Put the list, with all its todos, into the trash, as one operation.

    Raises NotFound, also when it is there already; Forbidden; Stale; Conflict for the Inbox.
    """
    todo_list = _managed(actor, list_id, {}, precondition)
    if todo_list.deleted_at is not None:
        raise NotFound("The list is in the trash already.")
    if todo_list.inbox_of is not None:
        raise Conflict("The Inbox cannot be deleted.", code="inbox")
    put_into_trash(actor, todo_list, at=at)


def put_into_trash(actor: Actor | None, todo_list: TodoList, *, at: datetime) -> None:
    """Put a list that is not there, with all its todos, into the trash."""
    todo_list.deleted_at, todo_list.trashed_by = at, current_unit().operation_id
    touch(actor, todo_list, Action.TRASH, {}, at=at)
    trash_all(actor, and_(Todo.list_id == todo_list.id, Todo.deleted_at.is_(None)), at=at)


def restore(
    actor: Actor, list_id: int, body: Body, precondition: Precondition, *, at: datetime
) -> None:
    """Bring the list back, with the todos that went into the trash with it.

    Raises NotFound, Forbidden, Stale, Invalid, and Conflict when it is not in the trash.
    """
    todo_list = _managed(actor, list_id, body, precondition)
    PreconditionBody.parse(body)
    if todo_list.trashed_by is None:
        raise Conflict("The list is not in the trash.", code="not-in-trash")
    operation_id = todo_list.trashed_by
    together = and_(Todo.list_id == list_id, Todo.trashed_by == operation_id)
    todo_list.deleted_at = todo_list.trashed_by = None
    touch(actor, todo_list, Action.RESTORE, {}, at=at)
    restore_all(actor, together, at=at)


def _changeable(actor: Actor, list_id: int, body: Body, precondition: Precondition) -> TodoList:
    todo_list = _managed(actor, list_id, body, precondition)
    if todo_list.deleted_at is not None:
        raise Conflict("The list is in the trash: restore it first.", code="in-trash")
    return todo_list


def _managed(actor: Actor, list_id: int, body: Body, precondition: Precondition) -> TodoList:
    refuse_filtered(actor)
    todo_list = list_for(actor, list_id, Permission.MANAGE)
    precondition.check(
        todo_list.version,
        body,
        lambda: lambda base: ListOut(base=base).dump(list_rows.read(actor, list_id)),
    )
    return todo_list


def _change(actor: Actor, todo_list: TodoList, wanted: Body, *, at: datetime) -> None:
    if wanted.get("is_archived") and todo_list.inbox_of is not None:
        raise Conflict("The Inbox cannot be archived.", code="inbox")
    before = facts_of(todo_list)
    _assign(todo_list, wanted, actor.user_id)
    diff = changes.diff(before, facts_of(todo_list))
    if diff:
        touch(actor, todo_list, Action.UPDATE, diff, at=at)


def touch(
    actor: Actor | None,
    todo_list: TodoList,
    action: Action,
    diff: changes.Diff,
    *others: changes.Entry,
    at: datetime,
) -> None:
    """Count and record what was done to a list, and `others` that go with it."""
    todo_list.version += 1
    todo_list.updated_at = at
    db.session.flush()
    entry = changes.Entry(Noun.LIST, todo_list.id, action, todo_list.id, diff)
    changes.record(actor, [entry, *others], at=at)


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
        todo_list.position = next_position(owner_id) if asked is None else asked


def next_position(owner_id: int) -> float:
    """Return the position after the last of somebody's own lists."""
    last = db.session.scalar(
        select(func.max(TodoList.position))
        .join(Membership, Membership.list_id == TodoList.id)
        .where(Membership.user_id == owner_id, Membership.role == ListRole.OWNER)
    )
    return 1.0 if last is None else float(int(last) + 1)


def facts_of(todo_list: TodoList) -> dict[str, Any]:
    """Return what the change log keeps of a list, named and written as the API does."""
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
