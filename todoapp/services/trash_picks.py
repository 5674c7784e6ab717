"""What is done to lines of the trash that were picked: brought back, or deleted for good."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from todoapp.db import db
from todoapp.limits import BULK_MAX
from todoapp.models import TodoList
from todoapp.services import list_purge, lists, todo_bulk
from todoapp.services.access import Actor, visible_lists
from todoapp.services.preconditions import UNCONDITIONAL
from todoapp.services.todo_selection import Selection
from todoapp.services.trash_lines import Picked


class Done(NamedTuple):
    """How much was done."""

    #: Lists, each with the todos that are in it.
    lists: int
    #: Todos, those below them included; of a restore, without those of the lists.
    todos: int
    #: There was more than can be done at once.
    is_part: bool = False


def restore(actor: Actor, picked: Picked, *, at: datetime) -> Done:
    """Bring lists and todos back, each with what went into the trash with it.

    Of the todos no more than BULK_MAX at once. What has left the trash meanwhile is passed over.
    Raises Forbidden, and Conflict when a todo's list or parent is still there.
    """
    list_ids = _trashed(actor, picked)
    for list_id in list_ids:
        lists.restore(actor, list_id, {}, UNCONDITIONAL, at=at)
    todos, is_part = _run(actor, picked, BULK_MAX, "restore", at=at)
    return Done(len(list_ids), todos, is_part)


def purge(actor: Actor, picked: Picked, *, at: datetime) -> Done:
    """Delete lists and todos for good, with all that is in and below them; else as `restore`.

    A list with more todos than are deleted at once keeps the rest, and stays.
    """
    list_ids = _trashed(actor, picked)
    gone, inside = list_purge.purge(actor, list_ids, most=BULK_MAX, at=at)
    todos, is_part = _run(actor, picked, BULK_MAX - inside, "purge", at=at)
    return Done(gone, inside + todos, is_part or gone < len(list_ids))


def _trashed(actor: Actor, picked: Picked) -> list[int]:
    """Return those of the lists that the actor sees in the trash."""
    seen = select(TodoList.id).where(
        TodoList.id.in_(picked.list_ids),
        TodoList.id.in_(visible_lists(actor)),
        TodoList.deleted_at.is_not(None),
    )
    return list(db.session.scalars(seen))


def _run(actor: Actor, picked: Picked, most: int, action: str, *, at: datetime) -> tuple[int, bool]:
    """Return how many todos it was done to, and whether there were more than `most`."""
    ids = tuple(picked.todo_ids[:most])
    count = todo_bulk.run(actor, Selection(ids=ids), {"action": action}, at=at) if ids else 0
    return count, len(picked.todo_ids) > most
