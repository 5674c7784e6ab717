"""Saved views: what clients send, what they get."""

from typing import ClassVar

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Out, OutInstant, Resource
from todoapp.schemas.fields import OneOf, Text, Whole
from todoapp.schemas.strict import Coded, Strict
from todoapp.schemas.todo import SIGNED_SORTS

_NAME = {"example": "Urgent"}


class ViewPatch(Strict):
    """A merge patch (RFC 7396): an absent field is kept, null clears it."""

    read_only: ClassVar = frozenset(
        {"id", "url", "todos_url", "owner", "my_role", "created_at", "updated_at"}
    )

    name = Text(low=1, high=limits.VIEW_NAME_MAX, metadata=_NAME)
    filter = Text(
        high=limits.FILTER_MAX,
        trim=False,
        multiline=True,
        allow_none=True,
        metadata={
            "example": "status = pending AND priority >= high",
            "description": "In the filter language; empty: every todo.",
        },
    )
    sort = OneOf(
        SIGNED_SORTS,
        allow_none=True,
        metadata={"description": "As in a list of todos; null: `-created_at`."},
    )
    list_id = Whole(
        allow_none=True,
        metadata={
            "description": "The list whose todos it shows, and with whose members it is shared; "
            "null: yours alone, over all the todos that you see."
        },
    )
    version = Whole(metadata={"description": "A precondition: the version that you changed."})


class ViewPut(ViewPatch):
    """A full replacement; what is omitted goes back to its default, `list_id` stays."""

    name = Text(low=1, high=limits.VIEW_NAME_MAX, required=True, metadata=_NAME)


class ViewCreate(ViewPut):
    """A new view."""

    class Meta(Strict.Meta):
        """A view that does not exist yet has no version."""

        exclude = ("version",)

    read_only: ClassVar = frozenset()
    error_messages = {"unknown": Coded("Unknown or read-only field.", "unknown")}


class ViewOut(Resource):
    """A saved view."""

    collection = "views"

    id = Out({"type": "integer"})
    version = Out({"type": "integer", "description": "Goes up by one with every change."})
    name = Out({"type": "string"})
    filter = Out({"type": "string"})
    sort = Out({"type": "string", "enum": list(SIGNED_SORTS)})
    list_id = Out({"type": ["integer", "null"], "description": "null: its owner's alone."})
    owner = Out({"type": "string", "description": "Who made it."})
    my_role = Out(
        {
            "type": "string",
            "enum": [role.value for role in limits.ListRole],
            "description": "Viewers may not change it. Of your own it is `owner`, of a shared one "
            "your role in the list.",
        }
    )
    todos_url = fields.Method(
        "_todos_url",
        metadata={"type": "string", "format": "uri", "description": "The todos that it shows."},
    )
    created_at = OutInstant()
    updated_at = OutInstant()

    def _todos_url(self, row: object) -> str:
        return f"{self._base}/api/v1/todos?view={row.id}"  # type: ignore[attr-defined]
