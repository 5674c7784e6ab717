"""Who is in a list: let in, given another role, removed; and the list handed over.

Roles are counted by the version of the list: whoever changes one has the list locked.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true, update

from todoapp.db import db
from todoapp.errors import Conflict, NotFound
from todoapp.limits import RESERVED_USERNAMES, Action, ListRole, Noun
from todoapp.models import Membership, Todo, TodoList, User
from todoapp.schemas.member import MemberPut
from todoapp.schemas.todo_list import ListOut
from todoapp.services import changes, list_rows, lists
from todoapp.services.access import (
    Actor,
    Permission,
    is_welcome,
    list_for,
    refuse_filtered,
)
from todoapp.services.preconditions import Precondition
from todoapp.text import has_control

#: The role of each person, by name; None: no member.
Roles = Mapping[str, str | None]


def put(
    actor: Actor,
    todo_list_id: int,
    username: str,
    body: Any,
    precondition: Precondition,
    *,
    at: datetime,
) -> bool:
    """Give `username` the role that `body` (MemberPut) names; tell whether they are new.

    Whoever is made the owner is a member already; the old owner becomes an editor. Raises
    NotFound, also where nobody active is called so, Forbidden, Stale, Invalid, and Conflict: the
    list is in the trash or an Inbox, or would be left without an owner.
    """
    todo_list = _changeable(actor, todo_list_id, Permission.MANAGE, body, precondition)
    role = MemberPut.parse(body)["role"]
    if todo_list.inbox_of is not None:
        raise Conflict("The Inbox is its owner's alone: share another list.", code="inbox")
    if has_control(username):  # PostgreSQL would not even compare it
        raise NotFound("There is no such user.")
    member = _member(todo_list.id, username)
    if member is None:
        _let_in(actor, todo_list, username, role, at=at)
    elif member.role != role:
        _change_role(actor, todo_list, username, member, role, at=at)
    return member is None


def remove(
    actor: Actor, todo_list_id: int, username: str, precondition: Precondition, *, at: datetime
) -> None:
    """Take `username` out of the list, with the todos there off their hands.

    Everybody but the owner may leave. Raises NotFound, Forbidden, Stale, and Conflict: the list is
    in the trash, or theirs.
    """
    permission = Permission.READ if username == actor.username else Permission.MANAGE
    todo_list = _changeable(actor, todo_list_id, permission, {}, precondition)
    member = _member(todo_list.id, username)
    if member is None:
        raise NotFound("No such member.")
    _refuse_owner(member)
    unassign(actor, member.user_id, username, Todo.list_id == todo_list.id, at=at)
    before = {username: member.role}
    db.session.delete(member)
    left = told(member.user_id, todo_list.id, Action.LEAVE)
    _record(actor, todo_list, before, {username: None}, left, at=at)


def _changeable(
    actor: Actor,
    todo_list_id: int,
    permission: Permission,
    body: Any,
    precondition: Precondition,
) -> TodoList:
    refuse_filtered(actor)
    list_for(actor, todo_list_id, Permission.READ)
    # Again, now that it is locked: the role may be from before the one who had it locked.
    todo_list = list_for(actor, todo_list_id, permission)
    precondition.check(
        todo_list.version,
        body,
        lambda: lambda base: ListOut(base=base).dump(list_rows.read(actor, todo_list_id)),
    )
    if todo_list.deleted_at is not None:
        raise Conflict("The list is in the trash: restore it first.", code="in-trash")
    return todo_list


def _member(todo_list_id: int, username: str) -> Membership | None:
    """Return somebody's membership, locked, so that nothing is assigned to them meanwhile."""
    statement = (
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.list_id == todo_list_id, User.username == username)
        .with_for_update(of=Membership)
    )
    return db.session.scalar(statement)


def _let_in(actor: Actor, todo_list: TodoList, username: str, role: str, *, at: datetime) -> None:
    user_id = _person(username)
    if role == ListRole.OWNER:
        raise Conflict("Only a member can become the owner: let them in first.", code="no-member")
    db.session.add(Membership(user_id=user_id, list_id=todo_list.id, role=str(role), created_at=at))
    came = told(user_id, todo_list.id, Action.ENTER)
    _record(actor, todo_list, {username: None}, {username: role}, came, at=at)


def _person(username: str) -> int:
    """Return the id of somebody who can be let in: why others cannot is not told."""
    statement = select(User.id).where(User.username == username, is_welcome())
    # They could be deleted at this moment, and would then be a member nobody can see.
    statement = statement.with_for_update(read=True)
    user_id = None if username in RESERVED_USERNAMES else db.session.scalar(statement)
    if user_id is None:
        raise NotFound(f"There is no user {username}.")
    return user_id


def _change_role(
    actor: Actor,
    todo_list: TodoList,
    username: str,
    member: Membership,
    role: str,
    *,
    at: datetime,
) -> None:
    _refuse_owner(member)
    before, after = {username: member.role}, {username: role}
    if role == ListRole.OWNER:
        _person(username)
        owner = _step_down(todo_list)
        before[owner], after[owner] = ListRole.OWNER, ListRole.EDITOR
    member.role = role
    _record(actor, todo_list, before, after, at=at)


def _step_down(todo_list: TodoList) -> str:
    """Make the owner an editor, for another to take the place; return their name."""
    statement = (
        select(Membership, User.username)
        .join(User, User.id == Membership.user_id)
        .where(Membership.list_id == todo_list.id, Membership.role == ListRole.OWNER)
    )
    found = db.session.execute(statement).one()
    found.Membership.role = ListRole.EDITOR
    db.session.flush()  # before there is another one: the database lets a list have one owner
    username: str = found.username
    return username


def _refuse_owner(member: Membership) -> None:
    if member.role == ListRole.OWNER:
        raise Conflict("A list has an owner: hand it over first.", code="owner-needed")


def unassign(
    actor: Actor | None,
    user_id: int,
    username: str,
    which: ColumnElement[bool] | None = None,
    *,
    at: datetime,
) -> None:
    """Assign to nobody what is assigned to a person, the trash included; `which` narrows it."""
    statement = (
        update(Todo)
        .where(Todo.assigned_to_id == user_id, true() if which is None else which)
        .values(assigned_to_id=None, version=Todo.version + 1, updated_at=at)
        .returning(Todo.id, Todo.list_id)
        .execution_options(synchronize_session=False)
    )
    diff = {"assigned_to": [username, None]}
    entries = [
        changes.Entry(Noun.TODO, row.id, Action.UPDATE, row.list_id, diff)
        for row in sorted(db.session.execute(statement).all())
    ]
    changes.record(actor, entries, at=at)


def told(user_id: int, list_id: int, action: Action) -> changes.Entry:
    """Return what tells a person, and nobody else, that they came into a list, or left it.

    From then on they see the list, or do not: what is recorded in it does not tell them.
    """
    ids = [None, list_id] if action == Action.ENTER else [list_id, None]
    return changes.Entry(Noun.USER, user_id, action, None, {"list_id": ids})


def _record(
    actor: Actor,
    todo_list: TodoList,
    before: Roles,
    after: Roles,
    *others: changes.Entry,
    at: datetime,
) -> None:
    diff = changes.diff({"members": dict(before)}, {"members": dict(after)})
    lists.touch(actor, todo_list, Action.UPDATE, diff, *others, at=at)
