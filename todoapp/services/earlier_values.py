"""Earlier values of a todo's fields: which of them its history still tells, and back to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from todoapp.errors import NotFound
from todoapp.limits import MAX_INTEGER, Action
from todoapp.services import history, todos
from todoapp.services.access import Actor
from todoapp.services.preconditions import UNCONDITIONAL


def before(change: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields that a change of a todo has changed were before it.

    The change is one of services.history. What a todo was in a list that the actor does not see,
    they are not told, and so cannot go back to.
    """
    diff = change["diff"]
    came_from = diff.get("list_id", [None])[0]
    if change["action"] == Action.UPDATE or (change["action"] == Action.ENTER and came_from):
        return {name: old for name, (old, _new) in diff.items()}
    return {}


def restore(actor: Actor, todo_id: int, change_id: int, field: str, *, at: datetime) -> None:
    """Give a field of the todo the value that it had before the change.

    Raises NotFound, also for a change of something else, and what todos.patch does.
    """
    # No change has an id out of these bounds, and databases take no number of any size.
    upto = min(max(change_id, 0), MAX_INTEGER)
    newest, _ = history.of_todo(actor, todo_id, {"page_size": 1}, upto + 1)
    values = before(newest[0]) if newest and newest[0]["id"] == change_id else {}
    if field not in values:
        raise NotFound("The history has no such value.")
    todos.patch(actor, todo_id, {field: values[field]}, UNCONDITIONAL, at=at)
