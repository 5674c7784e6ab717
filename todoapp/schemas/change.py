"""Entries of the change log, as clients get them."""

from marshmallow import fields

from todoapp.schemas.answer import Answer, Out, OutInstant


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
    noun = Out({"type": "string"})
    noun_id = Out({"type": "integer"})
    list_id = Out({"type": ["integer", "null"]})
    action = Out({"type": "string"})
    diff = Out(
        {
            "type": "object",
            "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2},
            "description": "`{field: [old, new]}`",
        }
    )
