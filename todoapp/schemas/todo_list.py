"""Lists: what clients send, what they get."""

from typing import ClassVar

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Out, OutInstant, Resource
from todoapp.schemas.fields import Flag, FlagWord, Number, Text, Whole
from todoapp.schemas.query import PageQuery
from todoapp.schemas.strict import Coded, Strict
from todoapp.schemas.todo_out import number


class ListPatch(Strict):
    """A merge patch (RFC 7396): an absent field is kept, null clears it."""

    read_only: ClassVar = frozenset(
        {"id", "url", "is_inbox", "owner", "my_role", "created_at", "updated_at", "deleted_at"}
    )

    name = Text(low=1, high=limits.LIST_NAME_MAX, metadata={"example": "Groceries"})
    description = Text(
        high=limits.LIST_DESCRIPTION_MAX, trim=False, multiline=True, allow_none=True
    )
    color = Text(
        high=7,
        pattern=limits.COLOR_PATTERN,
        example="#3366cc",
        allow_none=True,
        metadata={"example": "#3366cc"},
    )
    position = Number(
        allow_none=True, metadata={"description": "Order of the lists; null: after the last."}
    )
    is_archived = Flag(
        allow_none=True, metadata={"description": "Put away; its todos stay as they are."}
    )
    version = Whole(metadata={"description": "A precondition: the version that you changed."})


class ListPut(ListPatch):
    """A full replacement; what is omitted goes back to its default, `position` stays."""

    name = Text(low=1, high=limits.LIST_NAME_MAX, required=True, metadata={"example": "Groceries"})


class ListCreate(ListPut):
    """A new list; the caller owns it."""

    class Meta(Strict.Meta):
        """A list that does not exist yet has no version."""

        exclude = ("version",)

    read_only: ClassVar = frozenset()
    error_messages = {"unknown": Coded("Unknown or read-only field.", "unknown")}


class ListQuery(PageQuery):
    """Which lists."""

    is_archived = FlagWord(metadata={"description": "Only those put away, or only the others."})
    trashed = FlagWord(load_default=False, metadata={"description": "Only what is in the trash."})


class ListOut(Resource):
    """A list; what is unset is null."""

    collection = "lists"

    id = Out({"type": "integer"})
    version = Out({"type": "integer", "description": "Goes up by one with every change."})
    name = Out({"type": "string"})
    description = Out({"type": "string"})
    color = Out({"type": ["string", "null"]})
    position = fields.Function(lambda row: number(row.position), metadata={"type": "number"})
    is_inbox = Out({"type": "boolean"})
    is_archived = Out({"type": "boolean"})
    owner = Out({"type": "string"})
    my_role = Out({"type": "string", "enum": [role.value for role in limits.ListRole]})
    created_at = OutInstant()
    updated_at = OutInstant()
    deleted_at = OutInstant(nullable=True)
