"""The only way to a todo by its id, for changing it: as services.access for lists."""

from sqlalchemy import select

from todoapp.errors import NotFound
from todoapp.models import Todo
from todoapp.services import row_scopes
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
