"""Letting people into lists."""

from datetime import datetime

from sqlalchemy import select

from todoapp.db import db
from todoapp.errors import Conflict, Invalid
from todoapp.limits import Action, ListRole, Noun
from todoapp.models import Membership, TodoList, User
from todoapp.services import accounts, changes
from todoapp.services.access import Actor, Permission, list_for

#: A list has one owner, from its first day.
GIVEN_ROLES = (ListRole.VIEWER, ListRole.EDITOR)


def add(actor: Actor, todo_list_id: int, username: str, role: str, *, at: datetime) -> None:
    """Let `username` into the list, as viewer or editor.

    Raises NotFound, Forbidden, Invalid for another role, and Conflict when the list is in the
    trash or the person is a member already.
    """
    todo_list = list_for(actor, todo_list_id, Permission.MANAGE)
    if todo_list.deleted_at is not None:
        raise Conflict("The list is in the trash: restore it first.", code="in-trash")
    if role not in GIVEN_ROLES:
        raise Invalid.field("role", "choice", f"Must be one of: {', '.join(GIVEN_ROLES)}.")
    user = accounts.by_name(username)
    before = _members(todo_list)
    if username in before:
        raise Conflict(f"{username} is a member of the list already.")
    db.session.add(Membership(user_id=user.id, list_id=todo_list.id, role=str(role), created_at=at))
    _record(actor, todo_list, before, at=at)


def _record(actor: Actor, todo_list: TodoList, before: dict[str, str], *, at: datetime) -> None:
    todo_list.version += 1
    todo_list.updated_at = at
    db.session.flush()
    diff = changes.diff({"members": before}, {"members": _members(todo_list)})
    entry = changes.Entry(Noun.LIST, todo_list.id, Action.UPDATE, todo_list.id, diff)
    changes.record(actor, [entry], at=at)


def _members(todo_list: TodoList) -> dict[str, str]:
    """Return the role of each member, by name."""
    statement = (
        select(User.username, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.list_id == todo_list.id)
        .order_by(User.username)
    )
    return {row.username: row.role for row in db.session.execute(statement)}
