"""What the database has counted, held against what there is."""

from flask import Flask
from sqlalchemy import func, select

from todoapp.db import db
from todoapp.limits import Status
from todoapp.models import Todo, TodoCount, TodoList

Counts = dict[tuple[int, str], int]


def are_right(app: Flask) -> None:
    """Fail unless the counts of every list are those of its todos."""
    with app.app_context():
        assert _counted() == _present()


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
