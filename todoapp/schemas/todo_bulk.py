"""What is done to many todos at once."""

from collections.abc import Mapping
from typing import Any

from todoapp import limits
from todoapp.schemas.fields import OneOf, Text, Whole
from todoapp.schemas.names import Tags
from todoapp.schemas.strict import Strict
from todoapp.schemas.times import DueDate
from todoapp.schemas.todo import PRIORITIES

ACTIONS = (
    "complete",
    "reopen",
    "status",
    "move",
    "tag",
    "untag",
    "priority",
    "assign",
    "due",
    "trash",
    "restore",
    "purge",
)


class BulkAction(Strict):
    """An action, by its name. Some need more: see `of`."""

    action = OneOf(ACTIONS, required=True)

    @classmethod
    def of(cls, body: Any) -> dict[str, Any]:
        """Return the values of `body`, read by the schema of its action; Invalid names errors."""
        name = body.get("action") if isinstance(body, Mapping) else None
        return _WITH_MORE.get(str(name), cls).parse(body)


class _Status(BulkAction):
    status = OneOf(limits.Status, required=True)


class _Move(BulkAction):
    #: Null: the Inbox.
    list_id = Whole(required=True, allow_none=True)


class _Tags(BulkAction):
    tags = Tags(required=True)


class _Priority(BulkAction):
    priority = OneOf(PRIORITIES, required=True)


class _Assign(BulkAction):
    #: Null: to nobody.
    assigned_to = Text(low=1, high=limits.USERNAME_MAX, required=True, allow_none=True)


class _Due(BulkAction):
    #: Null: at no time.
    due_date = DueDate(required=True, allow_none=True)


_WITH_MORE: dict[str, type[BulkAction]] = {
    "status": _Status,
    "move": _Move,
    "tag": _Tags,
    "untag": _Tags,
    "priority": _Priority,
    "assign": _Assign,
    "due": _Due,
}
