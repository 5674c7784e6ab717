"""The Inbox as the simple face shows it: one list, no trash, no other todos."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_

from todoapp.db import reader
from todoapp.errors import NotFound
from todoapp.limits import OPEN_STATUSES, SIMPLE_LIST_MAX
from todoapp.models import Todo
from todoapp.services import todo_pages, todo_rows
from todoapp.services.access import Actor
from todoapp.services.todo_places import INBOX
from todoapp.services.trash import trash_all


def read(actor: Actor, todo_id: int) -> Row[Any]:
    """Return a todo of the actor's Inbox. Raises NotFound for any other."""
    row = todo_rows.read(actor, todo_id)
    if row.list_id != list_id(actor) or row.deleted_at is not None:
        raise NotFound("No such todo.")
    return row


def todos(actor: Actor, *, only_open: bool = False, now: datetime) -> list[Row[Any]]:
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
    """Put all of the Inbox into the trash, as one operation."""
    every = and_(Todo.list_id == list_id(actor), Todo.deleted_at.is_(None))
    trash_all(actor, every, at=at)


def list_id(actor: Actor) -> int:
    """Return the id of the actor's Inbox."""
    connection = reader()
    return connection.execute(INBOX, {"user_id": actor.user_id}).scalar_one()
