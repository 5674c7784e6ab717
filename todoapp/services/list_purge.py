"""Deleting lists for good, once they are in the trash."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from todoapp.db import db
from todoapp.limits import Action, Noun
from todoapp.models import Membership, Todo, TodoList, View
from todoapp.services import changes, trash
from todoapp.services.access import Actor, Permission, list_for, refuse_filtered
from todoapp.services.memberships import told


def purge(actor: Actor, list_ids: Sequence[int], *, most: int, at: datetime) -> tuple[int, int]:
    """Delete the lists, with all that is in them, for good; return how many lists, how many todos.

    No more than `most` todos are deleted: a list that has more keeps the rest, and stays. A list
    that has left the trash meanwhile is passed over. Raises NotFound and Forbidden.
    """
    refuse_filtered(actor)
    gone = count = 0
    for list_id in sorted(list_ids):
        todo_list = list_for(actor, list_id, Permission.MANAGE)  # locked: no todo comes into it
        if todo_list.deleted_at is None:
            continue
        every = select(Todo.id).where(Todo.list_id == list_id).order_by(Todo.id)
        ids = db.session.scalars(every.limit(most - count + 1)).all()
        rest = ids[: most - count]
        trash.purge_all(actor, rest, at=at)
        count += len(rest)
        if len(ids) > len(rest):
            break
        delete_empty(actor, todo_list, at=at)
        gone += 1
    return gone, count


def delete_empty(actor: Actor | None, todo_list: TodoList, *, at: datetime) -> None:
    """Delete a list without todos, which is locked; of its history only that it was remains.

    Its members are told that they have left it: they do not see what happens in it any more.
    """
    list_id = todo_list.id
    members = db.session.scalars(
        select(Membership.user_id).where(Membership.list_id == list_id).order_by(Membership.user_id)
    ).all()
    views = db.session.scalars(select(View.id).where(View.list_id == list_id).order_by(View.id))
    entries = [changes.Entry(Noun.VIEW, id_, Action.DELETE, list_id) for id_ in views.all()]
    changes.erase(Noun.VIEW, [entry.noun_id for entry in entries])
    changes.erase(Noun.LIST, [list_id])
    db.session.expunge(todo_list)
    db.session.execute(
        delete(TodoList).where(TodoList.id == list_id).execution_options(synchronize_session=False)
    )
    left = [told(user_id, list_id, Action.LEAVE) for user_id in members]
    gone = changes.Entry(Noun.LIST, list_id, Action.PURGE, list_id)
    changes.record(actor, [*entries, gone, *left], at=at)
