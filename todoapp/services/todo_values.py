"""A todo's own values: how each is set, and what the change log calls them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from todoapp.db import db
from todoapp.errors import Invalid
from todoapp.limits import PRIORITY_NAMES, PRIORITY_RANKS, Priority, Status
from todoapp.models import Todo, TodoTag
from todoapp.schemas.todo_out import due_text, number
from todoapp.text import fold

#: What a replacement puts where the client says nothing.
DEFAULTS: dict[str, Any] = {
    "description": None,
    "priority": None,
    "tags": None,
    "due_date": None,
    "assigned_to": None,
    "parent_id": None,
}


def assign(todo: Todo, wanted: dict[str, Any]) -> None:
    """Set every value that `wanted` names; null means the default."""
    for name, set_value in _SETTERS.items():
        if name in wanted:
            set_value(todo, wanted[name])


def _set_title(todo: Todo, title: str) -> None:
    todo.title, todo.title_key = title, fold(title)


def _set_description(todo: Todo, description: str | None) -> None:
    todo.description = description or ""


def _set_priority(todo: Todo, name: str | None) -> None:
    todo.priority = PRIORITY_RANKS[name] if name else Priority.MEDIUM


def _set_tags(todo: Todo, names: list[str] | None) -> None:
    if todo.tag_rows:
        if names == [tag.name for tag in todo.tag_rows]:
            return
        todo.tag_rows = []
        db.session.flush()  # else two tags that change places would collide half-way
    todo.tag_rows = [
        TodoTag(key=fold(name), name=name, position=position)
        for position, name in enumerate(names or [])
    ]


def _set_due_date(todo: Todo, due: date | datetime | None) -> None:
    at = due if isinstance(due, datetime) else None
    on = None if due is None or at else due
    todo.due_on, todo.due_at = on, at
    todo.due_key = datetime.combine(on, time(), UTC) if on else at


_SETTERS: dict[str, Callable[[Todo, Any], None]] = {
    "title": _set_title,
    "description": _set_description,
    "priority": _set_priority,
    "tags": _set_tags,
    "due_date": _set_due_date,
}


def set_status(todo: Todo, status: str, *, at: datetime) -> None:
    """Set the status, and `completed_at` with it."""
    if status != Status.COMPLETED:
        todo.completed_at = None
    elif todo.status != Status.COMPLETED:
        todo.completed_at = at
    todo.status = status


def wanted_status(stored: str | None, wanted: dict[str, Any], *, unset: str) -> str:
    """Return the status that `status` and `completed` ask for together.

    `stored` is the present status, None for a new todo; `unset` is what it is when neither is
    named. Of the two the one that differs from what is stored is meant, so that a client which
    knows only one of them can send back the other as it read it. Raises Invalid when both differ
    and contradict each other.
    """
    status = wanted.get("status", unset) or Status.PENDING
    if "completed" not in wanted:
        return status
    completed = bool(wanted["completed"])
    if "status" not in wanted:
        return _status_of(completed, status)
    return _reconcile(stored, status, completed)


def _status_of(completed: bool, otherwise: str) -> str:
    if completed:
        return Status.COMPLETED
    return Status.PENDING if otherwise == Status.COMPLETED else otherwise


def _reconcile(stored: str | None, status: str, completed: bool) -> str:
    if (status == Status.COMPLETED) == completed:
        return status
    if stored is not None and status == stored:
        return _status_of(completed, stored)
    if stored is not None and completed == (stored == Status.COMPLETED):
        return status
    raise Invalid.field("completed", "contradiction", f"Contradicts the status {status}.")


def facts(todo: Todo) -> dict[str, Any]:
    """Return what the change log keeps of a todo, named and written as the API does."""
    return {
        "list_id": todo.list_id,
        "title": todo.title,
        "description": todo.description,
        "status": str(todo.status),
        "priority": PRIORITY_NAMES[todo.priority],
        "tags": [tag.name for tag in todo.tag_rows],
        "due_date": due_text(todo.due_on, todo.due_at),
        "assigned_to": todo.assignee.username if todo.assignee else None,
        "parent_id": todo.parent_id,
        "position": number(todo.position),
    }
