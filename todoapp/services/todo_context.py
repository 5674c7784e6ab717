"""What stands around one todo: its list, its parent, its subtasks and its history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from todoapp.limits import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from todoapp.schemas.todo import TodoQuery
from todoapp.schemas.todo_out import TodoRow
from todoapp.services import history, list_rows, todo_choices, todo_pages, todo_rows
from todoapp.services.access import Actor
from todoapp.services.change_rows import Shown
from todoapp.services.todo_choices import ListChoice
from todoapp.services.todo_pages import Rows


@dataclass(frozen=True)
class Context:
    """All of it, as far as the actor sees it."""

    list: ListChoice
    parent: TodoRow | None
    #: The first of them, by position; of a todo in the trash those that are there, too.
    subtasks: Rows
    has_more_subtasks: bool
    #: The newest.
    changes: Shown
    has_earlier_changes: bool


def of(actor: Actor, todo: TodoRow, *, now: datetime) -> Context:
    """Return what stands around a todo that the actor sees."""
    asked: dict[str, Any] = TodoQuery.defaults() | {
        "parent_id": str(todo.id),
        "trashed": todo.deleted_at is not None,
        "sort": "position",
        "page_size": PAGE_SIZE_MAX,
    }
    page = todo_pages.page(actor, asked, None, now=now)
    changes, earlier = history.of_todo(actor, todo.id, {"page_size": PAGE_SIZE_DEFAULT}, None)
    return Context(
        todo_choices.choice(actor, list_rows.read(actor, todo.list_id)),
        todo_rows.read(actor, todo.parent_id) if todo.parent_id else None,
        page.rows,
        page.next is not None,
        changes,
        earlier is not None,
    )
