"""What the database has counted, held against what there is."""

from flask import Flask
from sqlalchemy import func, or_, select

from todoapp.db import db
from todoapp.limits import Status
from todoapp.models import TagCount, Todo, TodoCount, TodoList, TodoTag

Counts = dict[tuple[int, str], int]


def are_right(app: Flask) -> None:
    """Fail unless the counts of every list are those of its todos, and of their tags."""
    with app.app_context():
        assert _counted() == _present()
        assert _counted_tags() == _present_tags()
        assert _strayed_tags() == []


def _counted() -> Counts:
    sums = [func.sum(getattr(TodoCount, status)) for status in Status]
    rows = db.session.execute(select(TodoCount.list_id, *sums).group_by(TodoCount.list_id))
    return {
        (list_id, str(status)): int(count)
        for list_id, *counts in rows
        for status, count in zip(Status, counts, strict=True)
    }


def _present() -> Counts:
    counts = {
        (list_id, str(status)): 0
        for list_id in db.session.scalars(select(TodoList.id))
        for status in Status
    }
    rows = db.session.execute(
        select(Todo.list_id, Todo.status, func.count())
        .where(Todo.deleted_at.is_(None))
        .group_by(Todo.list_id, Todo.status)
    )
    return counts | {(list_id, status): count for list_id, status, count in rows}


def _counted_tags() -> dict[tuple[int, str, str], int]:
    uses, spelling = func.sum(TagCount.uses), (TagCount.list_id, TagCount.key, TagCount.name)
    counted = select(*spelling, uses).group_by(*spelling).having(uses != 0)
    return {(list_id, key, name): int(n) for list_id, key, name, n in db.session.execute(counted)}


def _present_tags() -> dict[tuple[int, str, str], int]:
    spelling = (Todo.list_id, TodoTag.key, TodoTag.name)
    tags = select(*spelling, func.count()).join(Todo, Todo.id == TodoTag.todo_id)
    rows = db.session.execute(tags.where(Todo.deleted_at.is_(None)).group_by(*spelling))
    return {(list_id, key, name): n for list_id, key, name, n in rows}


def _strayed_tags() -> list[int]:
    """Return the todos whose tags know something else of them than what is."""
    other = or_(
        TodoTag.list_id != Todo.list_id,
        TodoTag.created_at != Todo.created_at,
        TodoTag.is_live != Todo.deleted_at.is_(None),
    )
    strayed = select(Todo.id).join(TodoTag, TodoTag.todo_id == Todo.id).where(other)
    return list(db.session.scalars(strayed))
