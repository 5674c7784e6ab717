"""The Inbox as the simple face shows it: one list, no trash, no other todos."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_

from todoapp.db import reader
from todoapp.errors import NotFound
from todoapp.limits import OPEN_STATUSES, SIMPLE_LIST_MAX
from todoapp.models import Todo
from todoapp.schemas.todo_out import TodoRow
from todoapp.services import todo_pages, todo_rows, todo_tree
from todoapp.services.access import Actor, Sight, refuse_filtered, refuse_limited, visible_lists
from todoapp.services.todo_pages import Rows
from todoapp.services.todo_places import inbox_of
from todoapp.services.trash import trash_all


def require(actor: Actor) -> None:
    """Raise Forbidden for a key that is limited to other lists than the Inbox."""
    if actor.sight == Sight.LIMITED:
        seen = reader().scalars(visible_lists(actor)).all()
        if list_id(actor) not in seen:
            refuse_limited(actor)


def read(actor: Actor, todo_id: int) -> TodoRow:
    """Return a todo of the actor's Inbox. Raises NotFound for any other."""
    row = todo_rows.read(actor, todo_id)
    if row.list_id != list_id(actor) or row.deleted_at is not None:
        raise NotFound("No such todo.")
    return row


def todos(actor: Actor, *, only_open: bool = False, now: datetime) -> Rows:
    """Return the first SIMPLE_LIST_MAX todos of the Inbox, in their manual order."""
    query: dict[str, Any] = {
        "list_id": list_id(actor),
        "sort": "position",
        "page_size": SIMPLE_LIST_MAX,
        "count": False,
        "trashed": False,
    }
    if only_open:
        query["status"] = list(OPEN_STATUSES)
    return todo_pages.page(actor, query, None, now=now).rows


def empty(actor: Actor, *, at: datetime) -> None:
    """Put all of the Inbox into the trash, as one operation.

    Raises Forbidden for a key that is limited to some todos: it does not have all of the Inbox.
    """
    refuse_filtered(actor)
    inbox_id = list_id(actor)
    todo_tree.lock([inbox_id])  # else a subtask that is just being added would stay outside
    trash_all(actor, and_(Todo.list_id == inbox_id, Todo.deleted_at.is_(None)), at=at)


def list_id(actor: Actor) -> int:
    """Return the id of the actor's Inbox."""
    return inbox_of(actor.user_id)
