"""Deleting for good what has been in the trash for long."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from todoapp.db import db
from todoapp.installation import settings
from todoapp.limits import PRUNED_AT_ONCE
from todoapp.models import Todo, TodoList
from todoapp.services import list_purge, trash


def kept() -> timedelta | None:
    """Return how long the trash is kept for; None: until somebody empties it."""
    return timedelta(days=settings().trash_days) if settings().trash_days else None


def purge(*, before: datetime, at: datetime, most: int = PRUNED_AT_ONCE) -> int:
    """Delete todos and lists that came into the trash earlier than `before`; return how many.

    They are no more than `most`. What somebody restores at this moment is passed over, whole.
    All that is in a list came into the trash before it, or with it, and so a list is empty when its
    turn comes.
    """
    ids = _todos(before, most)
    trash.purge_all(None, ids, at=at)
    lists = _empty_lists(before, most - len(ids))
    for todo_list in lists:
        list_purge.delete_empty(None, todo_list, at=at)
    return len(ids) + len(lists)


def _todos(before: datetime, most: int) -> Sequence[int]:
    """Return the ids of todos, locked: all that one operation trashed, or none of it.

    No more than the first are looked at, by the index that has the trash alone: in the order of
    operations, which is that of time, and subtasks mostly before what they belong to.
    """
    first = select(Todo.id).where(Todo.trashed_by.is_not(None))
    first = first.order_by(Todo.trashed_by, Todo.id.desc()).limit(most)
    first = first.with_hint(Todo, "ix_todo_trashed_by", "sqlite")
    expired = select(Todo.id, Todo.trashed_by, Todo.list_id).where(Todo.id.in_(first))
    found = db.session.execute(expired.where(Todo.deleted_at < before)).all()
    # Whoever restores has locked the list, or the todo that was asked for, and not yet the rest.
    lists = _free_lists({row.list_id for row in found})
    held = _free_todos([row.id for row in found if row.list_id in lists], before)
    restored = {row.trashed_by for row in found if row.id not in held}
    return [row.id for row in found if row.trashed_by not in restored]


def _free_lists(ids: Collection[int]) -> set[int]:
    """Return those of the lists that nobody else has locked, locked."""
    free = select(TodoList.id).where(TodoList.id.in_(ids))
    return set(db.session.scalars(free.with_for_update(skip_locked=True)))


def _free_todos(ids: Collection[int], before: datetime) -> set[int]:
    """Return those of the todos that are still expired and nobody else has locked, locked."""
    free = select(Todo.id).where(Todo.id.in_(ids), Todo.deleted_at < before)
    return set(db.session.scalars(free.with_for_update(skip_locked=True)))


def _empty_lists(before: datetime, most: int) -> Sequence[TodoList]:
    """Return lists without todos, locked."""
    todos = select(Todo.id).where(Todo.list_id == TodoList.id)
    expired = select(TodoList).where(TodoList.deleted_at < before, ~todos.exists())
    oldest = expired.order_by(TodoList.id).limit(most)
    return db.session.scalars(oldest.with_for_update(skip_locked=True)).all()
