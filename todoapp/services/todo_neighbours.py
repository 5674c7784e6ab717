"""The todos before and after one, in a list that it is looked at from."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from todoapp.prepared import aware
from todoapp.schemas.todo_out import TodoRow, columns_of
from todoapp.services import todo_pages
from todoapp.services.access import Actor
from todoapp.services.todo_order import NULLABLE
from todoapp.services.todo_pages import Cursor
from todoapp.text import fold


class Neighbours(NamedTuple):
    """Each None at an end of the list."""

    previous: TodoRow | None
    next: TodoRow | None


def of(actor: Actor, todo: TodoRow, query: Mapping[str, Any], *, now: datetime) -> Neighbours:
    """Return the todos before and after `todo` among those that `query` (TodoQuery) asks for.

    The todo has a place there even if, by now, it is not one of them.
    """
    shape, bound = todo_pages.shape_of(actor, query, now=now)
    place = _place(todo, shape.sort)

    def nearest(*, back: bool) -> TodoRow | None:
        found, _ = todo_pages.found_from(shape, bound, place, 1, back=back)
        return TodoRow._make(columns_of(found[0])[:-1]) if found else None

    return Neighbours(nearest(back=True), nearest(back=False))


def _place(todo: TodoRow, sort: str) -> Cursor:
    key = _KEYS[sort](todo) if sort in _KEYS else getattr(todo, sort)
    return Cursor(int(sort in NULLABLE and key is None), key, todo.id)


def _due_key(todo: TodoRow) -> datetime | None:
    due_on = todo.due_on
    if due_on is None:
        return aware(todo.due_at)
    day = due_on if isinstance(due_on, date) else date.fromisoformat(due_on)
    return datetime.combine(day, time(), UTC)


#: What a todo is sorted by, where a column does not say it as it is.
_KEYS: dict[str, Callable[[TodoRow], Any]] = {
    "created_at": lambda todo: aware(todo.created_at),
    "updated_at": lambda todo: aware(todo.updated_at),
    "completed_at": lambda todo: aware(todo.completed_at),
    "due_date": _due_key,
    "title": lambda todo: fold(todo.title),
    "position": lambda todo: float(todo.position),
}
