"""The only way to todos by their ids, for changing them: as services.access for lists."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from todoapp.db import db, portions
from todoapp.errors import NotFound
from todoapp.models import Todo
from todoapp.schemas.todo_out import TodoRow
from todoapp.services import list_rows, row_scopes, todo_rows
from todoapp.services.access import SEATS, Actor, Permission, fresh, require_role


def todo_for(actor: Actor, todo_id: int, permission: Permission) -> Todo:
    """Return the todo, locked against other writers, in the trash or not.

    Raises NotFound or Forbidden.
    """
    seat = SEATS[actor.sight]
    statement = (
        select(Todo, seat.c.role)
        .join(seat, seat.c.list_id == Todo.list_id)
        .where(Todo.id == todo_id)
        # Its id stays what it is, so whoever refers to the todo need not wait: without key_share
        # two that move below each other's todo would wait for one another.
        .with_for_update(of=Todo, key_share=True)
    )
    found = fresh(statement, actor)
    # Asked once it is locked: what the filter looks at is no longer changed by others.
    if found is None or not row_scopes.covers(actor, todo_id):
        raise NotFound("No such todo.")
    require_role(found.role, permission)
    todo: Todo = found.Todo
    return todo


def lock(todo_ids: Collection[int]) -> None:
    """Lock the todos as `todo_for` does, whosever they are, for statements on sets.

    They are locked in the order of their ids, lest two that take many wait for each other.
    """
    for some in portions(sorted(todo_ids)):
        rows = select(Todo.id).where(Todo.id.in_(some)).order_by(Todo.id)
        db.session.execute(rows.with_for_update(of=Todo, key_share=True))


def load(todo_ids: Collection[int]) -> list[Todo]:
    """Return the todos as they stand, locked as by `lock`, with their tags and assignees."""
    found: list[Todo] = []
    for some in portions(sorted(todo_ids)):
        rows = select(Todo).where(Todo.id.in_(some)).order_by(Todo.id)
        rows = rows.options(selectinload(Todo.assignee)).with_for_update(of=Todo, key_share=True)
        found += db.session.scalars(rows, execution_options={"populate_existing": True})
    return found


def row_to_change(actor: Actor, todo_id: int) -> TodoRow:
    """Return the row of a todo that the actor may change, for a form; in the trash or not.

    Raises NotFound or Forbidden.
    """
    row = todo_rows.read(actor, todo_id)
    require_role(list_rows.read(actor, row.list_id).my_role, Permission.WRITE)
    return row
