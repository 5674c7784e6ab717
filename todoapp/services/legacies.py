"""What somebody leaves behind: lists of their own, places in the lists of others."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from todoapp.db import db
from todoapp.limits import Action, ListRole
from todoapp.models import Membership, TodoList, User
from todoapp.services import changes, lists, memberships
from todoapp.services.access import Actor


def hand_over(actor: Actor | None, user: User, heir: User, *, trash: bool, at: datetime) -> None:
    """End every membership of `user`; their own lists become the heir's, after the heir's others.

    The Inbox becomes a list like any other. What was assigned to them is assigned to nobody. With
    `trash` the lists that are not in the trash go there, with their todos, as one operation.
    """
    memberships.unassign(actor, user.id, user.username, at=at)
    for todo_list, role in _places(user):
        if role != ListRole.OWNER:
            _leave(actor, todo_list, user, role, at=at)
            continue
        _give(actor, todo_list, user, heir, at=at)
        if trash and todo_list.deleted_at is None:
            lists.put_into_trash(actor, todo_list, at=at)


def _places(user: User) -> list[Row[Any]]:
    """Return the lists that `user` is in, locked, with the role in each."""
    theirs = select(Membership.list_id).where(Membership.user_id == user.id)
    locking = select(TodoList.id).where(TodoList.id.in_(theirs)).order_by(TodoList.id)
    db.session.execute(locking.with_for_update()).all()
    # Again, now that they are locked: a role may be from before the one who had the list locked.
    statement = (
        select(TodoList, Membership.role)
        .join(Membership, Membership.list_id == TodoList.id)
        .where(Membership.user_id == user.id)
        .order_by(TodoList.position, TodoList.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.execute(statement).all())


def _leave(
    actor: Actor | None, todo_list: TodoList, user: User, role: str, *, at: datetime
) -> None:
    _end_membership(todo_list, user)
    before, after = {user.username: role}, {user.username: None}
    lists.touch(actor, todo_list, Action.UPDATE, {"members": [before, after]}, at=at)


def _give(
    actor: Actor | None, todo_list: TodoList, user: User, heir: User, *, at: datetime
) -> None:
    facts = lists.facts_of(todo_list)
    todo_list.position = lists.next_position(heir.id)
    if todo_list.inbox_of is not None:
        todo_list.inbox_of, todo_list.name = None, f"{user.username}'s Inbox"
    _end_membership(todo_list, user)  # before there is another owner: a list has one
    had = _make_owner(todo_list, heir, at=at)
    before = {user.username: ListRole.OWNER, heir.username: had}
    after = {user.username: None, heir.username: ListRole.OWNER}
    diff = changes.diff(facts, lists.facts_of(todo_list)) | {"members": [before, after]}
    told = () if had else (memberships.told(heir.id, todo_list.id, Action.ENTER),)
    lists.touch(actor, todo_list, Action.UPDATE, diff, *told, at=at)


def _end_membership(todo_list: TodoList, user: User) -> None:
    db.session.execute(
        delete(Membership).where(Membership.list_id == todo_list.id, Membership.user_id == user.id)
    )


def _make_owner(todo_list: TodoList, heir: User, *, at: datetime) -> str | None:
    """Make the heir the owner; return the role that they had."""
    membership = db.session.get(Membership, (heir.id, todo_list.id), populate_existing=True)
    if membership is not None:
        had, membership.role = membership.role, ListRole.OWNER
        return had
    db.session.add(
        Membership(user_id=heir.id, list_id=todo_list.id, role=ListRole.OWNER, created_at=at)
    )
    return None
