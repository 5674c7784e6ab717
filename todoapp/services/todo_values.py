"""A todo's own values: the columns that they become, and what the change log calls them."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from todoapp.errors import Invalid
from todoapp.limits import PRIORITY_NAMES, PRIORITY_RANKS, Priority, Status
from todoapp.schemas.todo_out import due_text, number
from todoapp.text import fold, search_text

#: What a replacement puts where the client says nothing.
DEFAULTS: dict[str, Any] = {
    "description": None,
    "priority": None,
    "tags": None,
    "due_date": None,
    "assigned_to": None,
    "parent_id": None,
}


def columns(wanted: Mapping[str, Any], stored: Any = None) -> dict[str, Any]:
    """Return the columns of what `wanted` names, as far as they are the todo's own values.

    Null means the default. `stored` is the todo that has the rest, None for a new one.
    """
    found: dict[str, Any] = {}
    for name, convert in _COLUMNS.items():
        if name in wanted:
            found |= convert(wanted[name])
    if "title" in found or "description" in found:
        texts = [found[n] if n in found else getattr(stored, n) for n in ("title", "description")]
        found["search_text"] = search_text(*texts)
    return found


def _due_date(due: date | datetime | None) -> dict[str, Any]:
    at = due if isinstance(due, datetime) else None
    on = None if due is None or at else due
    return {"due_on": on, "due_at": at, "due_key": datetime.combine(on, time(), UTC) if on else at}


_COLUMNS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "title": lambda title: {"title": title, "title_key": fold(title)},
    "description": lambda text: {"description": text or ""},
    "priority": lambda name: {"priority": PRIORITY_RANKS[name] if name else Priority.MEDIUM},
    "due_date": _due_date,
}


def tag_columns(names: list[str] | None, created_at: datetime) -> list[dict[str, Any]]:
    """Return the columns of the tags called `names`, in this order, of a todo as old as this."""
    return [
        {"position": position, "key": fold(name), "name": name, "created_at": created_at}
        for position, name in enumerate(names or [])
    ]


def progress(status: str, completed_at: datetime | None, *, at: datetime) -> dict[str, Any]:
    """Return the columns of a status; `completed_at` is that of a todo completed before."""
    completed = status == Status.COMPLETED
    return {"status": status, "completed_at": (completed_at or at) if completed else None}


def wanted_status(stored: str | None, wanted: Mapping[str, Any], *, unset: str) -> str:
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


#: The columns that `facts` tells of.
TOLD = (
    "list_id",
    "title",
    "description",
    "status",
    "priority",
    "due_on",
    "due_at",
    "parent_id",
    "position",
)


def facts(todo: Any, *, tags: list[str], assigned_to: str | None) -> dict[str, Any]:
    """Return what the change log keeps of a todo, named and written as the API does.

    `todo` is anything that has the columns TOLD as attributes.
    """
    return {
        "list_id": todo.list_id,
        "title": todo.title,
        "description": todo.description,
        "status": str(todo.status),
        "priority": PRIORITY_NAMES[todo.priority],
        "tags": tags,
        "due_date": due_text(todo.due_on, todo.due_at),
        "assigned_to": assigned_to,
        "parent_id": todo.parent_id,
        "position": number(todo.position),
    }
