"""Entries of the change log, as clients get them."""

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Answer, Out, OutInstant
from todoapp.schemas.fields import OneOf, WholeWord
from todoapp.schemas.query import SizedQuery
from todoapp.schemas.strict import Strict


class ChangeKey(Answer):
    """The key that a change was made with."""

    id = Out({"type": "integer"})
    name = Out({"type": ["string", "null"], "description": "null: the key is gone."})


class ChangeOut(Answer):
    """One thing that was done to one thing."""

    id = Out({"type": "integer", "description": "The order of the log."})
    operation_id = Out(
        {"type": "string", "format": "uuid", "description": "Shared by all that one call did."}
    )
    at = OutInstant()
    actor = Out({"type": ["string", "null"], "description": "null: the service itself."})
    api_key = fields.Nested(ChangeKey, allow_none=True)
    request_id = Out({"type": ["string", "null"]})
    address = Out(
        {
            "type": ["string", "null"],
            "description": "From where: an IP address. Others' are for administrators to see.",
        }
    )
    user_agent = Out({"type": ["string", "null"]})
    noun = Out({"type": "string"})
    noun_id = Out({"type": "integer"})
    list_id = Out({"type": ["integer", "null"]})
    action = Out({"type": "string"})
    diff = Out(
        {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {}, "minItems": 2, "maxItems": 2},
            "description": "`{field: [old, new]}`",
        }
    )


class ChangesQuery(SizedQuery):
    """Which changes."""

    after = WholeWord(
        low=0,
        metadata={"description": "`next_after` of the call before; without it, from the start."},
    )
    noun = OneOf(
        tuple(noun for noun in limits.Noun if noun != limits.Noun.LOG),
        metadata={"description": "Only changes of this kind of thing."},
    )


class ChangesOut(Answer):
    """Some changes, in the order in which they were committed."""

    changes = fields.List(fields.Nested(ChangeOut))
    next_after = Out(
        {"type": "integer", "description": "Send it as `after` for what comes next, then or later."}
    )


class Undone(Answer):
    """What was undone, and by what: the header Change-Id is the handle to undo that."""

    undone_operation_id = Out({"type": "string", "format": "uuid"})


class Nothing(Strict):
    """A body without members, or none."""
